// What came of a round of syncs, door by door, and what it comes to.
import type { ReceiptResult } from '#protocol/api/door-sync.ts';
import type { DoorlabError } from '#protocol/errors.ts';
import type { Receipt } from '#protocol/signed/receipt.ts';
import type { CloudError } from './cloud-error.ts';
import type { DeliveryFacts } from './courier/delivery.ts';
import { GatewayError } from './gateway-error.ts';

export interface SyncedDoor {
  readonly doorId: string;
  readonly doorName: string;
}

export type DoorEnd =
  /** The lock shows the version that the cloud holds its receipt for: no connection was made. */
  | { readonly result: 'nothing-to-do' }
  | {
      readonly result: 'applied' | 'already-current';
      readonly receipt: Receipt;
      readonly cloud: ReceiptResult;
      readonly delivery: DeliveryFacts;
    }
  /** The lock is deactivated, and the door has none any more. */
  | {
      readonly result: 'left';
      readonly receipt: Receipt;
      readonly cloud: ReceiptResult;
      readonly delivery: DeliveryFacts;
    }
  /** Done at the lock; the receipt waits in the journal for a cloud that takes it. */
  | {
      readonly result: 'receipt-held';
      readonly receipt: Receipt;
      readonly error: CloudError;
      readonly delivery: DeliveryFacts;
    }
  | { readonly result: 'failed'; readonly error: DoorlabError };

export type DoorOutcome = SyncedDoor & DoorEnd;

export interface SyncReport {
  /** In the order in which they ended. */
  readonly doors: readonly DoorOutcome[];
  /** Receipts of earlier runs that the cloud took first. */
  readonly toldBefore: number;
  /** Receipts that still wait, those of earlier runs included. */
  readonly stillHeld: number;
}

const DONE: readonly DoorOutcome['result'][] = ['nothing-to-do', 'applied', 'already-current', 'left'];
const isDone = ({ result }: DoorOutcome): boolean => DONE.includes(result);

/**
 * The error that the whole comes to: undefined where every door is done; PARTLY_DONE where some are, or where a
 * receipt waits; otherwise the first door's own.
 */
export function errorOfReport({ doors }: SyncReport): DoorlabError | undefined {
  const undone = doors.filter((door) => !isDone(door));
  const [first] = undone;
  if (first === undefined) return undefined;
  const isAll = undone.length === doors.length;
  if (isAll && undone.every(({ result }) => result === 'failed') && first.result === 'failed') {
    return first.error;
  }
  const held = undone.filter(({ result }) => result === 'receipt-held');
  const failed = undone.length - held.length;
  const parts = [
    `${doors.length - undone.length} of ${doors.length} done`,
    ...(held.length > 0 ? [`${held.length} done at the lock and not told to the cloud yet`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return new GatewayError('PARTLY_DONE', `${parts.join(', ')}.`, {
    next:
      failed > 0
        ? 'Run it again for the doors that failed.'
        : 'Run it again once the cloud answers: the receipts are kept.',
  });
}
