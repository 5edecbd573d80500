// A Door Sync at one lock that can be met, from the cloud's nonce to its receipt at the cloud, with time and event log
// behind it; where the lock is to leave its door, that in its place. The receipt is in the journal before anything else is
// said to the lock, and told while that goes on.
import { nowS } from '#protocol/ports/clock.ts';
import { encodeHex, equalBytes } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import { bytesOf } from './cloud-client.ts';
import { CLOUD_CALL_AT_LOCK_DEADLINE_MS } from './cloud-limits.ts';
import { deliver, type DeliveryOptions, type DeliveryOutcome } from './courier/delivery.ts';
import { departFrom } from './door-departure.ts';
import { noteUpkeep, upkeepOf } from './door-upkeep.ts';
import { failureOf, otherLock } from './gateway-error.ts';
import { noteVisit } from './journal-notes.ts';
import { carryReceipt, type Told } from './receipts.ts';
import type { DoorEnd } from './sync-report.ts';
import type { VisitedDoor, VisitParts } from './visit-parts.ts';

export interface VisitOptions extends Pick<
  DeliveryOptions,
  'connect' | 'shownNonce' | 'onProgress' | 'signal'
> {
  /** Also where a delta would do. */
  readonly wholeSets?: boolean | undefined;
}

/** Throws CloudError, JournalError and DOOR_UNKNOWN, RadioError where the radio is of no use. */
export async function visitDoor(
  parts: VisitParts,
  door: VisitedDoor,
  { connect, shownNonce, onProgress, signal, wholeSets = false }: VisitOptions,
): Promise<DoorEnd> {
  const { cloud, journal, clock, log } = parts;
  const { doorId } = door;
  if (door.leaving !== undefined) return departFrom(parts, door, door.leaving, { connect, signal });
  const started = await cloud.startDelivery(doorId, { signal });
  if (!equalBytes(bytesOf(started.lockId), door.lockId)) throw otherLock(door.doorName);
  if (started.leaving !== null) {
    // Asked for since the door was listed.
    const leaving = { advertisingKey: bytesOf(started.leaving.advertisingKey), isLost: false };
    return departFrom(parts, door, leaving, { connect, signal });
  }
  const base = wholeSets ? undefined : started.delta?.base;
  const set = await cloud.package(doorId, door.lockId, { signal, base });
  const lockId = encodeHex(door.lockId);
  const { target } = started;
  await journal.append({ type: 'delivery-begun', doorId, lockId, target, atS: nowS(clock) });
  let told: Promise<Told> | undefined;
  const outcome = await deliver(
    parts,
    {
      lockId: door.lockId,
      advertisingKey: door.advertisingKey,
      cloudNonce: bytesOf(started.cloudNonce),
      package: set,
    },
    {
      connect,
      shownNonce,
      keySetsAfter: (number) =>
        cloud.keySetsAfter(number, { signal, deadlineMs: CLOUD_CALL_AT_LOCK_DEADLINE_MS }),
      ...(base === undefined ? {} : { fullSet: () => cloud.package(doorId, door.lockId, { signal }) }),
      handles: journal.state.handles.get(lockId),
      ...(onProgress === undefined ? {} : { onProgress }),
      onReceipt: ({ receiptBytes }) =>
        new Promise((held) => {
          // Also of another table: what a lock vouches for is news to the cloud whatever it is.
          told = carryReceipt(parts, doorId, door.lockId, receiptBytes, held);
          // What it rejects with is thrown below, once the lock has been let go.
          told.catch(() => held());
        }),
      upkeep: upkeepOf(cloud, doorId, signal),
      signal,
    },
    // However it ended: a receipt that neither disk nor cloud has is the news, and the journal is not closed under it.
  ).finally(() => told);
  const end = endOf(door, outcome, await told);
  noteUpkeep(log, doorId, outcome.upkeep);
  await noteVisit(parts, door, outcome.handles, end.result);
  return end;
}

function endOf(door: VisitedDoor, outcome: DeliveryOutcome, told: Told | undefined): DoorEnd {
  if (!('receipt' in outcome)) return { result: 'failed', error: failureOf(door.doorName, outcome) };
  invariant(told !== undefined, 'a receipt is carried as it comes');
  const { receipt, connections, framesSent, handles, upkeep } = outcome;
  const delivery = { connections, framesSent, handles, upkeep };
  if (outcome.result === 'not-applied') return { result: 'failed', error: failureOf(door.doorName, outcome) };
  switch (told.told) {
    case 'taken':
      return { result: outcome.result, receipt, cloud: told.result, delivery };
    case 'not-yet':
      return { result: 'receipt-held', receipt, error: told.error, delivery };
    case 'refused':
      return { result: 'failed', error: told.error };
  }
}
