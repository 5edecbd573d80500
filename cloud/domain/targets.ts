// Target versions: each transaction that changes a door's access raises the door's target by one and leaves a
// sync task for its lock, within that same transaction.
import { newId } from './ids.ts';
import type { Work } from './work.ts';

/** The last act of every writing transaction. */
export async function raiseTargets(work: Work): Promise<void> {
  const { trx, nowS, random, keyEpoch } = work;
  for (const [doorId, { reason, dueS }] of work.changes.entries()) {
    const { target_version: tableVersion, property_id } = await trx
      .updateTable('doors')
      .set(({ eb }) => ({ target_version: eb('target_version', '+', 1) }))
      .where('id', '=', doorId)
      .returning(['target_version', 'property_id'])
      .executeTakeFirstOrThrow();
    const lock = await trx
      .selectFrom('locks')
      .select(['id', 'ownership_epoch'])
      .where('door_id', '=', doorId)
      .executeTakeFirst();
    if (lock === undefined) continue; // The task comes with the lock.
    await trx
      .insertInto('sync_tasks')
      .values({
        id: newId(random, 'task'),
        property_id,
        door_id: doorId,
        lock_id: lock.id,
        ownership_epoch: lock.ownership_epoch,
        key_epoch: keyEpoch,
        table_version: tableVersion,
        reason,
        since_s: nowS,
        due_s: Math.max(nowS, dueS),
        closed_at_s: null,
        receipt_id: null,
      })
      .execute();
  }
}

/** The version that the door's table will have once this transaction is done. */
export async function comingVersion(work: Work, doorId: string): Promise<number> {
  const { target_version: target } = await work.trx
    .selectFrom('doors')
    .select('target_version')
    .where('id', '=', doorId)
    .executeTakeFirstOrThrow();
  return target + 1;
}
