// What a courier does behind the receipt, on the same connection: it gives the lock the time and takes its event log to
// the cloud. Nothing here undoes a Door Sync: where it is cut off, or a cloud offers none of it, the next one goes on.
import type { Clock } from '#protocol/ports/clock.ts';
import type { LockId } from '#protocol/ids.ts';
import { peekLogBatch } from '#protocol/signed/log-batch.ts';
import { encodeLogPull } from '#protocol/sync/log-messages.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import type { TimeAnswer } from '#protocol/sync/time-messages.ts';
import { WireError } from '#protocol/wire-error.ts';
import { RadioError } from '#radio/ports/errors.ts';
import * as limits from './courier-limits.ts';
import { Talk, TalkEnded, type TalkControl } from './talk.ts';

/** What the cloud gave, or the code of why it gave nothing. */
export type Given<T> = { readonly given: T } | { readonly withheld: string };

/** The cloud's half. Never rejects for what a cloud may say. */
export interface UpkeepCloud {
  /** A time statement over the nonce of the lock's challenge. */
  signTime(nonce: Uint8Array): Promise<Given<Uint8Array>>;
  takeLogBatch(batch: Uint8Array): Promise<Given<LogTaken>>;
}

export interface LogTaken {
  /** For the lock. */
  readonly ack: Uint8Array | undefined;
  /** The first row that the cloud has not. */
  readonly next: number;
}

export type UpkeepEnd =
  | { readonly result: 'done' }
  /** The cloud gave nothing. */
  | { readonly result: 'withheld'; readonly code: string }
  | { readonly result: 'refused'; readonly code: string }
  /** A log batch is longer than what a lock holds back for a courier that reads: it waits for another courier. */
  | { readonly result: 'no-notifications' }
  | { readonly result: 'cut-off'; readonly detail: string };

export interface UpkeepReport {
  readonly time: UpkeepEnd & {
    /** What the lock's clock is since. */
    readonly clock?: TimeAnswer;
  };
  readonly log: UpkeepEnd & {
    readonly batches: number;
    /** Rows up to this number may go at the lock; 0 where it did not say. */
    readonly acknowledged: number;
  };
}

/** It is there, or this courier will not bring it there however often it tries. */
export const isLogOver = ({ log }: UpkeepReport): boolean =>
  log.result === 'done' || log.result === 'withheld' || log.result === 'no-notifications';

export interface UpkeepOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly lockId: LockId;
  readonly cloud: UpkeepCloud;
}

/** Over a greeted connection that nobody else talks on any more. Rejects for nothing that a lock or a radio does. */
export async function keepUp(control: TalkControl, options: UpkeepOptions): Promise<UpkeepReport> {
  const talk = new Talk(control, options);
  talk.lockId = options.lockId;
  talk.takeOver();
  try {
    const time = await giveTime(talk, options.cloud);
    return {
      time,
      log: control.canNotify
        ? await carryLog(talk, options)
        : { result: 'no-notifications', batches: 0, acknowledged: 0 },
    };
  } finally {
    talk.close();
  }
}

async function giveTime(talk: Talk, cloud: UpkeepCloud): Promise<UpkeepReport['time']> {
  try {
    talk.say(MESSAGE.timeRequest, new Uint8Array(0));
    const { challenge } = await talk.hear('time-challenge', limits.TIME_CHALLENGE_DEADLINE_MS);
    const signed = await cloud.signTime(challenge.nonce);
    if ('withheld' in signed) return { result: 'withheld', code: signed.withheld };
    talk.say(MESSAGE.time, signed.given);
    const { answer: clock } = await talk.hear('time-answer', limits.TIME_ANSWER_DEADLINE_MS);
    return { result: 'done', clock };
  } catch (error) {
    return endOf(error);
  }
}

async function carryLog(talk: Talk, options: UpkeepOptions): Promise<UpkeepReport['log']> {
  const carried = { batches: 0, acknowledged: 0 };
  try {
    return { ...(await pullAll(talk, options, carried)), ...carried };
  } catch (error) {
    return { ...endOf(error), ...carried };
  }
}

/** `carried` is kept up to date on the way: it counts whatever ends the pull. */
async function pullAll(
  talk: Talk,
  { lockId, cloud }: UpkeepOptions,
  carried: { batches: number; acknowledged: number },
): Promise<UpkeepEnd> {
  // The lock knows what was acknowledged; what the cloud has beyond that it says itself.
  let from: number | null = null;
  while (carried.batches < limits.LOG_BATCHES_MAX) {
    const { batches, to, isLast } = await pull(talk, lockId, from);
    let taken: LogTaken | undefined;
    let ack: Uint8Array | undefined;
    for (const batch of batches) {
      const answer = await cloud.takeLogBatch(batch);
      if ('withheld' in answer) return { result: 'withheld', code: answer.withheld };
      taken = answer.given;
      ack = taken.ack ?? ack;
      carried.batches++;
    }
    if (ack !== undefined) {
      talk.say(MESSAGE.logAck, ack);
      const { answer } = await talk.hear('log-ack-answer', limits.LOG_ACK_ANSWER_DEADLINE_MS);
      carried.acknowledged = answer.acknowledged;
    }
    const next = taken?.next ?? to + 1;
    if (isLast && next > to) return { result: 'done' };
    if (from !== null && next <= from) {
      return { result: 'cut-off', detail: `the cloud asks for row ${next} again` };
    }
    from = next;
  }
  return { result: 'cut-off', detail: `more than ${limits.LOG_BATCHES_MAX} batches` };
}

interface Pulled {
  readonly batches: readonly Uint8Array[];
  /** Number of the last row in them. */
  readonly to: number;
  readonly isLast: boolean;
}

async function pull(talk: Talk, lockId: LockId, from: number | null): Promise<Pulled> {
  talk.say(MESSAGE.logPull, encodeLogPull({ from, credit: limits.LOG_CREDIT }));
  const batches: Uint8Array[] = [];
  for (;;) {
    const { batch } = await talk.hear('log-batch', limits.LOG_BATCH_DEADLINE_MS);
    const { to, isLast } = peekLogBatch(batch, lockId);
    batches.push(batch);
    if (isLast || batches.length === limits.LOG_CREDIT) return { batches, to, isLast };
  }
}

function endOf(error: unknown): UpkeepEnd {
  if (error instanceof TalkEnded) {
    const { end } = error;
    switch (end.result) {
      case 'refused':
        return { result: 'refused', code: end.refusal.code };
      case 'timed-out':
        return { result: 'cut-off', detail: `no ${end.awaited.replaceAll('-', ' ')} came` };
      case 'link-lost':
        return { result: 'cut-off', detail: end.detail };
    }
  }
  if (error instanceof WireError || error instanceof RadioError) {
    return { result: 'cut-off', detail: error.message };
  }
  throw error;
}
