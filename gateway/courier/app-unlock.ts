// An app unlock: meets the lock, opens a channel, says unlock, and leaves. With handles of an earlier meeting nothing is
// discovered. Safe in a browser.
import type { ChannelAnswer, ChannelCommand } from '#protocol/channel/channel-messages.ts';
import type { EventReason } from '#protocol/log/event-types.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import type { CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import type { RadioErrorCode } from '#radio/ports/errors.ts';
import type { GattTable } from '#radio/ports/gatt.ts';
import { CHANNEL_MEETINGS_MAX, CONNECT_DEADLINE_MS } from './courier-limits.ts';
import { isMeetingFailure } from './meeting-failure.ts';
import {
  ChannelOver,
  PhoneChannel,
  type ChannelFailure,
  type ChannelJob,
  type ChannelOptions,
} from './phone-channel.ts';

export interface AppCommandOptions extends ChannelOptions {
  /** Where the lock was seen. */
  readonly connect: (options: ConnectOptions) => Promise<CentralLink>;
  /** Of an earlier meeting with this lock. */
  readonly gattTable?: GattTable | undefined;
  /** The link of a command that was done stays up, for what may be said behind it. */
  readonly keepsLink?: boolean;
  /** The command goes out now: from here on the lock may have it. */
  readonly onSaid?: () => void;
}

export type AppCommandEnd =
  | { readonly result: 'answered'; readonly answer: ChannelAnswer }
  | { readonly result: 'unreachable'; readonly code: RadioErrorCode; readonly detail: string }
  | ChannelFailure;

export type AppCommandOutcome = AppCommandEnd & {
  /** To be kept for the next meeting; undefined where the lock was not met. */
  readonly gattTable: GattTable | undefined;
  /** Where it was to be kept: the caller's to disconnect. */
  readonly link: CentralLink | undefined;
};

/**
 * One command over a connection of its own. What goes wrong before the command is said is tried again: nothing has come of
 * it. What goes wrong behind it is told as it is. Throws RadioError where the radio itself is of no use.
 */
export async function commandLock(
  job: ChannelJob,
  kind: ChannelCommand['kind'],
  options: AppCommandOptions,
): Promise<AppCommandOutcome> {
  let { gattTable } = options;
  for (let meeting = 1; ; meeting++) {
    const { isSaid, outcome } = await meet(job, kind, options, gattTable);
    const isWorthMore = isPassing(outcome) || (gattTable !== undefined && isAstray(outcome));
    const isOver = isSaid || !isWorthMore || meeting >= CHANNEL_MEETINGS_MAX || options.signal.aborted;
    if (isOver) return outcome;
    // Discovery is what helps against handles of another layout, and it can't be stale itself.
    if (isAstray(outcome)) gattTable = undefined;
  }
}

/** Handles of another layout: an error, or silence where the handshake went elsewhere. */
const isAstray = (end: AppCommandEnd): boolean =>
  end.result === 'garbled' || (end.result === 'timed-out' && end.awaited === 'handshake');

/** A link that dropped, or on which something came twice or out of turn. */
function isPassing(end: AppCommandEnd): boolean {
  switch (end.result) {
    case 'link-lost':
    case 'garbled':
      return true;
    case 'unreachable':
      return end.code === 'LINK_LOST';
    case 'refused':
      return end.error.code === 'OUT_OF_SEQUENCE' || end.error.code === 'CHANNEL_BROKEN';
    case 'answered':
    case 'timed-out':
    case 'cancelled':
      return false;
  }
}

interface Meeting {
  readonly outcome: AppCommandOutcome;
  /** The command went out: the lock may have it. */
  readonly isSaid: boolean;
}

async function meet(
  job: ChannelJob,
  kind: ChannelCommand['kind'],
  options: AppCommandOptions,
  gattTable: GattTable | undefined,
): Promise<Meeting> {
  let isSaid = false;
  const ended = (outcome: AppCommandEnd, gattTableNow?: GattTable, kept?: CentralLink): Meeting => ({
    isSaid,
    outcome: { ...outcome, gattTable: gattTableNow, link: kept },
  });
  let isKept = false;
  let link: CentralLink;
  try {
    link = await options.connect({
      deadlineMs: CONNECT_DEADLINE_MS,
      signal: options.signal,
      ...(gattTable === undefined ? { serviceUuids: [DOOR_SYNC_SERVICE] } : { gattTable }),
    });
  } catch (error) {
    if (!isMeetingFailure(error)) throw error;
    if (options.signal.aborted) return ended({ result: 'cancelled' });
    return ended({ result: 'unreachable', code: error.code, detail: error.message });
  }
  try {
    const channel = await PhoneChannel.open(link, job, options);
    isSaid = true;
    options.onSaid?.();
    const answer = await channel.command(kind);
    channel.close();
    isKept = options.keepsLink === true && answer.outcome === 'done';
    return ended({ result: 'answered', answer }, link.gattTable, isKept ? link : undefined);
  } catch (error) {
    if (!(error instanceof ChannelOver)) throw error;
    return ended(error.failure);
  } finally {
    if (!isKept) await link.disconnect();
  }
}

/** What a phone shows of a decision, one sentence a reason; the lock's own log says more. */
export const REASON_SENTENCES: Readonly<Record<EventReason, string>> = {
  OPENED: 'The door is open.',
  NO_TABLE: 'The lock has no access list yet: it needs a sync.',
  TABLE_DAMAGED: 'The lock can’t read its access list: it needs a sync.',
  UNKNOWN_CREDENTIAL: 'The lock does not know this phone: it needs a sync, or the access has ended.',
  NOT_YET: 'The access has not begun.',
  EXPIRED: 'The access has ended.',
  OUT_OF_SCHEDULE: 'The access is closed at this hour.',
  CLOCK_UNTRUSTED: 'The lock has lost its clock: a sync sets it.',
  LOCKED_OUT: 'The keypad is locked out.',
  CODE_BARRED: 'This code has been barred.',
  CODE_USED: 'This code has been used.',
  PRIVACY: 'The door is locked from the inside.',
  MALFORMED: 'This phone has no key that a lock could know.',
};
