// What came of a Door Sync at one door, in words and for programs.
import { formatTriple } from '#protocol/triple.ts';
import type { DoorOutcome } from '#gateway/sync-report.ts';
import type { JsonObject } from './output.ts';

export function outcomeJson(outcome: DoorOutcome): JsonObject {
  const { doorId, doorName: door, result } = outcome;
  if (!('receipt' in outcome)) return { door, doorId, result };
  if (outcome.receipt.tableState === 'none') return { door, doorId, result };
  return {
    door,
    doorId,
    result,
    version: formatTriple(outcome.receipt.triple),
    frames: outcome.delivery.framesSent,
  };
}

export function outcomeText(outcome: DoorOutcome): string {
  const { doorName, result } = outcome;
  switch (result) {
    case 'nothing-to-do':
      return `${doorName}: up to date, no connection was needed`;
    case 'applied':
      return `${doorName}: table ${formatTriple(outcome.receipt.triple)} is in force, its receipt is at the cloud`;
    case 'already-current':
      return `${doorName}: had table ${formatTriple(outcome.receipt.triple)} already`;
    case 'left':
      return `${doorName}: its lock is deactivated, and the door has none any more`;
    case 'receipt-held':
      if (outcome.receipt.tableState === 'none')
        return `${doorName}: its lock is deactivated; the receipt waits here for the cloud`;
      return `${doorName}: table ${formatTriple(outcome.receipt.triple)} is in force; the receipt waits here for the cloud`;
    case 'failed':
      return `${doorName}: ${outcome.error.message}`;
  }
}
