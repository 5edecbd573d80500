// A sync task for every bound lock: after a rotation of the keys, and after a restore, none of them has what it should have.
import type { TaskReason } from '#protocol/api/door-sync.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Schema } from '../db/schema.ts';
import type { Trx } from '../db/store.ts';
import { batchesOf } from '../domain/batches.ts';
import { newId } from '../domain/ids.ts';

export interface DoorWithTask {
  readonly propertyId: string;
  readonly doorId: string;
}

/** For the versions that the doors have now. Due at once. */
export async function addTasksForAll(
  trx: Trx,
  random: Random,
  { keyEpoch, reason, atS }: { readonly keyEpoch: number; readonly reason: TaskReason; readonly atS: number },
): Promise<DoorWithTask[]> {
  const locks = await trx
    .selectFrom('locks')
    .innerJoin('doors', 'doors.id', 'locks.door_id')
    .select([
      'locks.id',
      'locks.ownership_epoch',
      'locks.door_id',
      'doors.property_id',
      'doors.target_version',
    ])
    .execute();
  const tasks = locks.map((lock): Schema['sync_tasks'] => ({
    id: newId(random, 'task'),
    property_id: lock.property_id,
    door_id: lock.door_id,
    lock_id: lock.id,
    ownership_epoch: lock.ownership_epoch,
    key_epoch: keyEpoch,
    table_version: lock.target_version,
    reason,
    since_s: atS,
    due_s: atS,
    closed_at_s: null,
    receipt_id: null,
  }));
  for (const batch of batchesOf(tasks)) await trx.insertInto('sync_tasks').values(batch).execute();
  return locks.map((lock) => ({ propertyId: lock.property_id, doorId: lock.door_id }));
}
