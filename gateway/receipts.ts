// Receipts on their way to the cloud: in the journal first, told then, struck out last. Told twice is harmless, lost
// is not.
import { createHash } from 'node:crypto';
import type { ReceiptResult } from '#protocol/api/door-sync.ts';
import { encodeHex } from '#protocol/bytes.ts';
import type { LockId } from '#protocol/ids.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import { uniform, type Random } from '#protocol/ports/random.ts';
import { CloudError, isCloudAway, type CloudErrorCode } from './cloud-error.ts';
import { bytesOf, type Cloud } from './cloud-client.ts';
import type { CallOptions } from './cloud-call.ts';
import { CLOUD_CALL_DEADLINE_MS, TELL_HELD_DEADLINE_MS } from './cloud-limits.ts';
import { JournalError, type Journal } from './journal.ts';
import type { HeldReceipt } from './journal-state.ts';

export interface ReceiptParts {
  readonly cloud: Cloud;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export type Told =
  | { readonly told: 'taken'; readonly result: ReceiptResult }
  /** Kept for the next run. */
  | { readonly told: 'not-yet'; readonly error: CloudError }
  /** The cloud will never take it; kept to be looked at. */
  | { readonly told: 'refused'; readonly error: CloudError };

/**
 * Refusals by the receipt itself, which no other token and no later moment changes. That there is no such door is
 * none: a token of another portfolio sees as little.
 */
const FINAL: readonly CloudErrorCode[] = [
  'RECEIPT_INVALID',
  'RECEIPT_STALE_NONCE',
  'RECEIPT_OTHER_TABLE',
  // The lock gave way to another one, or to none: what it signs is news of a binding that is over.
  'LOCK_RELEASED',
  'DOOR_WITHOUT_LOCK',
  'INPUT_INVALID',
];

/** What the next receipt would hear too, beside that nobody is there. A cloud that fails may fail at this one alone. */
const FOR_ALL: readonly CloudErrorCode[] = ['CANCELLED', 'NOT_SIGNED_IN', 'SCOPE_MISSING'];

const ID_CHARACTERS = 32;

/**
 * Holds a receipt and tells the cloud. Where the disk takes it not, the cloud is told all the same; JOURNAL_NOT_WRITTEN
 * is thrown only where neither has it. `onHeld`: the disk has had its turn.
 */
export async function carryReceipt(
  parts: ReceiptParts,
  doorId: string,
  lockId: LockId,
  receiptBytes: Uint8Array,
  onHeld: () => void = () => {},
): Promise<Told> {
  const held: HeldReceipt = {
    type: 'receipt-held',
    id: createHash('sha256').update(receiptBytes).digest('hex').slice(0, ID_CHARACTERS),
    doorId,
    lockId: encodeHex(lockId),
    receipt: encodeHex(receiptBytes),
    cloud: parts.cloud.baseUrl,
    atS: nowS(parts.clock),
  };
  const notWritten = await written(parts.journal.append(held));
  onHeld();
  const told = await tell(parts, held, {});
  if (notWritten !== undefined && told.told === 'not-yet') throw notWritten;
  return told;
}

/**
 * Those of earlier runs that are for this cloud, until it is gone, and for TELL_HELD_DEADLINE_MS at most: what a slow cloud
 * leaves waits for the next run. One that is kept holds up no other.
 */
export async function tellHeld(parts: ReceiptParts, signal?: AbortSignal): Promise<readonly Told[]> {
  const all: Told[] = [];
  const untilMs = parts.clock.monotonicMs() + TELL_HELD_DEADLINE_MS;
  // Another cloud would refuse it, or, being a copy of the right one, take it and leave that one without.
  const isForThis = ({ cloud }: HeldReceipt): boolean => cloud === undefined || cloud === parts.cloud.baseUrl;
  for (const held of inTurn([...parts.journal.state.held.values()].filter(isForThis), parts.random)) {
    const leftMs = untilMs - parts.clock.monotonicMs();
    if (leftMs <= 0) break;
    const told = await tell(parts, held, { signal, deadlineMs: Math.min(leftMs, CLOUD_CALL_DEADLINE_MS) });
    all.push(told);
    if (told.told === 'not-yet' && (FOR_ALL.includes(told.error.code) || isCloudAway(told.error))) break;
  }
  return all;
}

/** One of each door, oldest first, then another of each, beginning with any: none waits behind those that fail, each time. */
function inTurn(all: readonly HeldReceipt[], random: Random): readonly HeldReceipt[] {
  const byDoor = new Map<string, HeldReceipt[]>();
  for (const held of all) {
    const own = byDoor.get(held.doorId);
    if (own === undefined) byDoor.set(held.doorId, [held]);
    else own.push(held);
  }
  const doors = [...byDoor.values()];
  const first = doors.length > 1 ? uniform(random, doors.length) : 0;
  const turned = [...doors.slice(first), ...doors.slice(0, first)];
  const rounds = Math.max(0, ...doors.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => turned.flatMap((own) => own[round] ?? [])).flat();
}

async function tell(parts: ReceiptParts, held: HeldReceipt, options: CallOptions): Promise<Told> {
  const { cloud, journal, log } = parts;
  try {
    const result = await cloud.postReceipt(held.doorId, bytesOf(held.receipt), options);
    // Where this is not written, it is told again the next time, which changes nothing.
    await written(journal.append({ type: 'receipt-posted', id: held.id }));
    return { told: 'taken', result };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (!FINAL.includes(error.code)) return { told: 'not-yet', error };
    log.warn('receipt.refused', { doorId: held.doorId, error: error.code });
    await written(journal.append({ type: 'receipt-refused', id: held.id, code: error.code }));
    return { told: 'refused', error };
  }
}

async function written(append: Promise<void>): Promise<JournalError | undefined> {
  try {
    await append;
    return undefined;
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
}
