// Target versions: each transaction that changes a door's access raises the door's target by one and leaves a
// sync task for its lock, within that same transaction.
import type { Schema } from '../../db/schema.ts';
import { batchesOf } from '../batches.ts';
import { newId } from '../ids.ts';
import { requireVersionRoom } from './version-room.ts';
import type { DoorChange, Work } from '../work.ts';

/** The last act of every writing transaction. Throws VERSIONS_EXHAUSTED. */
export async function raiseTargets(work: Work): Promise<void> {
  for (const batch of batchesOf(work.changes.entries())) await raiseSome(work, new Map(batch));
}

async function raiseSome(work: Work, changes: ReadonlyMap<string, DoorChange>): Promise<void> {
  const { trx, nowS, random, keyEpoch } = work;
  const doorIds = [...changes.keys()];
  const raised = await trx
    .updateTable('doors')
    .set(({ eb }) => ({ target_version: eb('target_version', '+', 1) }))
    .where('id', 'in', doorIds)
    .returning(['id', 'target_version', 'property_id'])
    .execute();
  await requireVersionRoom(work, raised);
  const locks = await trx
    .selectFrom('locks')
    .select(['id', 'door_id', 'ownership_epoch'])
    .where('door_id', 'in', doorIds)
    .execute();
  const lockAt = new Map(locks.map((lock) => [lock.door_id, lock]));
  const doorAt = new Map(raised.map((door) => [door.id, door]));
  const tasks = [...changes].flatMap(([doorId, { reason, dueS }]): Schema['sync_tasks'][] => {
    const door = doorAt.get(doorId);
    if (door === undefined) return [];
    work.outbox.announce({ kind: 'door-target', propertyId: door.property_id, doorId });
    const lock = lockAt.get(doorId);
    if (lock === undefined) return []; // The task comes with the lock.
    return [
      {
        id: newId(random, 'task'),
        property_id: door.property_id,
        door_id: doorId,
        lock_id: lock.id,
        ownership_epoch: lock.ownership_epoch,
        key_epoch: keyEpoch,
        table_version: door.target_version,
        reason,
        since_s: nowS,
        due_s: Math.max(nowS, dueS),
        closed_at_s: null,
        receipt_id: null,
      },
    ];
  });
  if (tasks.length > 0) await trx.insertInto('sync_tasks').values(tasks).execute();
}
