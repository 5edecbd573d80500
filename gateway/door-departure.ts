// A lock leaves its door: the deactivation that the cloud signed is brought to it, and the receipt, in the journal first, to
// the cloud, which has the door free by it. Rows of its event log come to the cloud before.
import { encodeHex, equalBytes } from '#protocol/bytes.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { invariant } from '#protocol/errors.ts';
import { bytesOf } from './cloud-client.ts';
import { CLOUD_CALL_AT_LOCK_DEADLINE_MS } from './cloud-limits.ts';
import { depart, type DepartureOptions, type DepartureOutcome } from './courier/departure.ts';
import { noteUpkeep, upkeepOf } from './door-upkeep.ts';
import { failureOf, otherLock } from './gateway-error.ts';
import { noteVisit } from './journal-notes.ts';
import { carryReceipt, type Told } from './receipts.ts';
import type { DoorEnd } from './sync-report.ts';
import type { LeavingLock, VisitedDoor, VisitParts } from './visit-parts.ts';

/** Throws as `visitDoor` does; NOT_FOUND where another courier was faster. */
export async function departFrom(
  parts: VisitParts,
  door: VisitedDoor,
  leaving: LeavingLock,
  { connect, signal }: Pick<DepartureOptions, 'connect' | 'signal'>,
): Promise<DoorEnd> {
  const { cloud, journal, clock, log } = parts;
  const { doorId, doorName, lockId } = door;
  const asked = await cloud.deactivation(doorId, { signal });
  if (!equalBytes(bytesOf(asked.lockId), lockId)) throw otherLock(doorName);
  const target = { ownershipEpoch: asked.ownershipEpoch, keyEpoch: 0, tableVersion: 0 };
  await journal.append({
    type: 'delivery-begun',
    doorId,
    lockId: encodeHex(lockId),
    target,
    atS: nowS(clock),
  });
  let told: Promise<Told> | undefined;
  const outcome = await depart(
    parts,
    {
      lockId,
      advertisingKeys: [door.advertisingKey, leaving.advertisingKey],
      kind: 'deactivate',
      statement: bytesOf(asked.statement),
      ownershipEpoch: asked.ownershipEpoch,
      keySetNumber: asked.keyEpoch,
    },
    {
      connect,
      signal,
      keySetsAfter: (number) =>
        cloud.keySetsAfter(number, { signal, deadlineMs: CLOUD_CALL_AT_LOCK_DEADLINE_MS }),
      onReceipt: ({ receiptBytes }) =>
        new Promise((held) => {
          told = carryReceipt(parts, doorId, lockId, receiptBytes, held);
          // What it rejects with is thrown below, once the lock has been let go.
          told.catch(() => held());
        }),
      upkeep: leaving.isLost ? undefined : upkeepOf(cloud, doorId, signal),
    },
    // However it ended: a receipt that neither disk nor cloud has is the news, and the journal is not closed under it.
  ).finally(() => told);
  const end = endOf(doorName, outcome, await told);
  noteUpkeep(log, doorId, outcome.upkeep);
  await noteVisit(parts, door, undefined, end.result);
  return end;
}

function endOf(doorName: string, outcome: DepartureOutcome, told: Told | undefined): DoorEnd {
  if (outcome.result !== 'left') return { result: 'failed', error: failureOf(doorName, outcome) };
  invariant(told !== undefined, 'a receipt is carried as it comes');
  const { receipt, connections, upkeep } = outcome;
  const delivery = { connections, framesSent: 0, handles: undefined, upkeep };
  switch (told.told) {
    case 'taken':
      return { result: 'left', receipt, cloud: told.result, delivery };
    case 'not-yet':
      return { result: 'receipt-held', receipt, error: told.error, delivery };
    case 'refused':
      return { result: 'failed', error: told.error };
  }
}
