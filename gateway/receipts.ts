// Receipts on their way to the cloud: in the journal first, told then, struck out last. Told twice is harmless, lost
// is not.
import { createHash } from 'node:crypto';
import type { ReceiptResult } from '#protocol/api/door-sync.ts';
import { encodeHex } from '#protocol/bytes.ts';
import type { LockId } from '#protocol/ids.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import { CloudError, type CloudErrorCode } from './cloud-error.ts';
import { bytesOf, type Cloud } from './cloud-client.ts';
import { JournalError, type Journal } from './journal.ts';
import type { HeldReceipt } from './journal-state.ts';

export interface ReceiptParts {
  readonly cloud: Cloud;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
}

export type Told =
  | { readonly told: 'taken'; readonly result: ReceiptResult }
  /** Kept for the next run. */
  | { readonly told: 'not-yet'; readonly error: CloudError }
  /** The cloud will never take it; kept to be looked at. */
  | { readonly told: 'refused'; readonly error: CloudError };

/** Refusals that no other token and no later moment changes. */
const FINAL: readonly CloudErrorCode[] = [
  'RECEIPT_INVALID',
  'RECEIPT_STALE_NONCE',
  'RECEIPT_OTHER_TABLE',
  'DOOR_WITHOUT_LOCK',
  'NOT_FOUND',
  'INPUT_INVALID',
];

const ID_CHARACTERS = 32;

/**
 * Holds a receipt and tells the cloud. Where the disk takes it not, the cloud is told all the same; JOURNAL_NOT_WRITTEN
 * is thrown only where neither has it.
 */
export async function carryReceipt(
  parts: ReceiptParts,
  doorId: string,
  lockId: LockId,
  receiptBytes: Uint8Array,
  signal?: AbortSignal,
): Promise<Told> {
  const held: HeldReceipt = {
    type: 'receipt-held',
    id: createHash('sha256').update(receiptBytes).digest('hex').slice(0, ID_CHARACTERS),
    doorId,
    lockId: encodeHex(lockId),
    receipt: encodeHex(receiptBytes),
    atS: nowS(parts.clock),
  };
  const notWritten = await written(parts.journal.append(held));
  const told = await tell(parts, held, signal);
  if (notWritten !== undefined && told.told === 'not-yet') throw notWritten;
  return told;
}

/** Those of earlier runs, oldest first, until the cloud is gone. */
export async function tellHeld(parts: ReceiptParts, signal?: AbortSignal): Promise<readonly Told[]> {
  const all: Told[] = [];
  for (const held of parts.journal.state.held.values()) {
    const told = await tell(parts, held, signal);
    all.push(told);
    if (told.told === 'not-yet') break;
  }
  return all;
}

async function tell(parts: ReceiptParts, held: HeldReceipt, signal: AbortSignal | undefined): Promise<Told> {
  const { cloud, journal, log } = parts;
  try {
    const result = await cloud.postReceipt(held.doorId, bytesOf(held.receipt), { signal });
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
