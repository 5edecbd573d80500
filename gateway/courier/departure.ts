// A lock leaves its door, or its owner: one signed statement is brought to it, over as many meetings as it takes, until its
// receipt is here. What it has to tell is taken before that: afterwards no cloud takes it as that door's. WIRE 16.1, 16.3.
import { equalBytes } from '#protocol/bytes.ts';
import type { LockId } from '#protocol/ids.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { KEY_SET_STEPS_PER_CONNECTION_MAX } from '#protocol/limits.ts';
import { NONCE_BYTES } from '#protocol/signed/receipt.ts';
import { MESSAGE, type HelloAnswer } from '#protocol/sync/messages.ts';
import { isOfConnection } from '#protocol/sync/refusals.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import type { CourierPorts } from './carrier.ts';
import { ControlLink } from './control-link.ts';
import * as limits from './courier-limits.ts';
import { greet } from './greeting.ts';
import type { CarriedReceipt } from './lock-messages.ts';
import { Meetings, type MeetingParts, type MeetingPlan, type MeetingsEnd, type Verdict } from './meetings.ts';
import { Talk, TalkEnded, talkFailureOf, type TalkFailure } from './talk.ts';
import { isLogOver, keepUp, type UpkeepCloud, type UpkeepReport } from './upkeep.ts';

export interface DepartureJob {
  readonly lockId: LockId;
  /** By which the lock is met: its own while it holds the door, its label's before and after that. */
  readonly advertisingKeys: readonly [Uint8Array, ...Uint8Array[]];
  readonly kind: 'deactivate' | 'release';
  readonly statement: Uint8Array;
  /** What the statement brings the lock to. */
  readonly ownershipEpoch: number;
  /** Of the set that signed it. Undefined: the roots did, and the lock checks them by the set that it has. */
  readonly keySetNumber: number | undefined;
}

export type DepartureStep = 'greeted' | 'left';

export interface DepartureOptions extends Pick<MeetingParts, 'connect'> {
  /** Signed key sets from the one after `number` on, in order. */
  readonly keySetsAfter: (number: number) => Promise<readonly Uint8Array[]>;
  /** At once, while the lock is still connected. */
  readonly onReceipt?: (receipt: CarriedReceipt) => Promise<void>;
  /** Undefined: the lock's log stays with it. */
  readonly upkeep?: UpkeepCloud | undefined;
  readonly onStep?: (step: DepartureStep) => void;
  readonly signal?: AbortSignal | undefined;
}

type TalkEnding =
  | ({ readonly result: 'left' } & CarriedReceipt)
  | TalkFailure
  /** Nobody handed over the key set that comes after this number. */
  | { readonly result: 'no-key-sets'; readonly after: number }
  /** The lock took as many as one connection may bring. */
  | { readonly result: 'more-key-sets' };

export type DepartureEnd = Exclude<TalkEnding, { readonly result: 'more-key-sets' }> | MeetingsEnd;

export type DepartureOutcome = DepartureEnd & {
  /** Links that came up. */
  readonly connections: number;
  /** Undefined where the lock was not asked. */
  readonly upkeep: UpkeepReport | undefined;
};

/** Rejects where the radio itself fails (no adapter, closed), and by what `keySetsAfter` and `onReceipt` reject with. */
export async function depart(
  ports: CourierPorts,
  job: DepartureJob,
  options: DepartureOptions,
): Promise<DepartureOutcome> {
  const signal = options.signal ?? new AbortController().signal;
  const meetings = new Meetings({ clock: ports.clock, connect: options.connect, signal });
  const departure = new Departure(ports, job, options, signal);
  const end = await meetings.run(departure);
  return { ...end, connections: meetings.connections, upkeep: departure.upkeep };
}

class Departure implements MeetingPlan<TalkEnding, DepartureEnd> {
  upkeep: UpkeepReport | undefined;
  readonly #ports: CourierPorts;
  readonly #job: DepartureJob;
  readonly #options: DepartureOptions;
  readonly #signal: AbortSignal;
  #logMeetings = 0;
  /** In this meeting the lock took a key set, or the cloud rows of it. */
  #hasMoved = false;

  constructor(ports: CourierPorts, job: DepartureJob, options: DepartureOptions, signal: AbortSignal) {
    this.#ports = ports;
    this.#job = job;
    this.#options = options;
    this.#signal = signal;
  }

  isProof({ result }: TalkEnding): boolean {
    return result === 'left';
  }

  judge(ending: TalkEnding): Verdict<DepartureEnd> {
    switch (ending.result) {
      case 'more-key-sets':
        return { go: 'on', hasMoved: true };
      case 'timed-out':
      case 'link-lost':
      case 'garbled':
        return { go: 'again', last: ending, hasMoved: this.#hasMoved };
      case 'refused':
        // Met under one key, it went by another when it was greeted.
        if (ending.error.code === 'WRONG_MAC') return { go: 'again', last: ending, hasMoved: false };
        if (isOfConnection(ending.error.code)) return { go: 'again', last: ending, hasMoved: this.#hasMoved };
        return { go: 'end', end: ending };
      case 'left':
      case 'no-key-sets':
        return { go: 'end', end: ending };
    }
  }

  async over(link: CentralLink): Promise<TalkEnding> {
    const control = new ControlLink(link);
    const talk = new Talk(control, { clock: this.#ports.clock, signal: this.#signal });
    talk.lockId = this.#job.lockId;
    this.#hasMoved = false;
    let ending: TalkEnding;
    try {
      ending = await this.#talk(talk, control, link);
    } catch (error) {
      ending = talkFailureOf(error);
    } finally {
      talk.close();
    }
    if (ending.result === 'left') {
      await this.#options.onReceipt?.(ending);
      this.#options.onStep?.('left');
    }
    return ending;
  }

  async #talk(talk: Talk, control: ControlLink, link: CentralLink): Promise<TalkEnding> {
    const { engine, random } = this.#ports;
    const { advertisingKeys, kind, statement } = this.#job;
    const courierNonce = random.bytes(NONCE_BYTES);
    const answer = await greet(talk, link, { engine, advertisingKeys, courierNonce });
    this.#options.onStep?.('greeted');
    const stopped = await this.#bringKeySets(talk, answer);
    if (stopped !== undefined) return stopped;
    if (answer.activated) await this.#takeLog(control);
    talk.takeOver();
    talk.say(MESSAGE[kind], statement);
    const { receiptBytes, receipt } = await talk.hear('receipt', limits.DEPARTURE_DEADLINE_MS);
    const isOfThis =
      equalBytes(receipt.courierNonce, courierNonce) &&
      receipt.tableState === 'none' &&
      receipt.triple.ownershipEpoch === this.#job.ownershipEpoch;
    if (!isOfThis) throw new WireError('OUT_OF_SEQUENCE', 'a receipt for something else');
    return { result: 'left', receiptBytes, receipt };
  }

  /** What ends the meeting; undefined where the lock knows the key that signed. */
  async #bringKeySets(talk: Talk, { keySetNumber }: HelloAnswer): Promise<TalkEnding | undefined> {
    const wanted = this.#job.keySetNumber;
    // A lock without an owner has nobody's key to be brought further from, and refuses by itself.
    if (wanted === undefined || keySetNumber === 0 || keySetNumber >= wanted) return undefined;
    const keySets = await withDeadline(
      this.#ports.clock,
      limits.KEY_SET_FETCH_DEADLINE_MS,
      this.#options.keySetsAfter(keySetNumber),
      () => new TalkEnded({ result: 'link-lost', detail: 'nobody handed over the key sets in time' }),
    );
    const queue = keySets.slice(0, Math.min(wanted - keySetNumber, KEY_SET_STEPS_PER_CONNECTION_MAX));
    let number = keySetNumber;
    for (const keySet of queue) {
      talk.say(MESSAGE.keySet, keySet);
      const { answer } = await talk.hear('key-set-answer', limits.KEY_SET_ANSWER_DEADLINE_MS);
      if (answer.keySetNumber <= number)
        throw new WireError('OUT_OF_RANGE', 'a key set taken without effect');
      number = answer.keySetNumber;
      this.#hasMoved = true;
    }
    if (number >= wanted) return undefined;
    return queue.length < KEY_SET_STEPS_PER_CONNECTION_MAX
      ? { result: 'no-key-sets', after: number }
      : { result: 'more-key-sets' };
  }

  /** A cloud that takes none of it, or a log that breaks the link each time, keeps no lock at its door. */
  async #takeLog(control: ControlLink): Promise<void> {
    const { upkeep: cloud } = this.#options;
    const isOver = this.upkeep !== undefined && isLogOver(this.upkeep);
    if (cloud === undefined || isOver || this.#logMeetings >= limits.LAST_LOG_MEETINGS_MAX) return;
    this.#logMeetings++;
    const { clock } = this.#ports;
    const { lockId } = this.#job;
    this.upkeep = await keepUp(control, { clock, signal: this.#signal, lockId, cloud });
    if (this.upkeep.log.batches > 0) this.#hasMoved = true;
  }
}
