// What a receipt means for the sync tasks of its lock: those that it proves close, and a lock that is not where it should be
// keeps one.
import type { Receipt } from '#protocol/signed/receipt.ts';
import type { Triple } from '#protocol/triple.ts';
import { newId } from '../domain/ids.ts';
import { isAtLeast } from '../domain/sync/triples.ts';
import type { Work } from '../domain/work.ts';

/** The only place where a task closes. */
export async function closeTasks(
  work: Work,
  lockId: string,
  receipt: Receipt,
  receiptId: string,
): Promise<number> {
  const open = await work.trx
    .selectFrom('sync_tasks')
    .selectAll()
    .where('lock_id', '=', lockId)
    .where('closed_at_s', 'is', null)
    .execute();
  const proven = open.filter((task) =>
    isAtLeast(receipt.triple, {
      ownershipEpoch: task.ownership_epoch,
      keyEpoch: task.key_epoch,
      tableVersion: task.table_version,
    }),
  );
  for (const { id } of proven) {
    await work.trx
      .updateTable('sync_tasks')
      .set({ closed_at_s: work.nowS, receipt_id: receiptId })
      .where('id', '=', id)
      .execute();
  }
  return proven.length;
}

/** A lock that is not where it should be has a task, even if its last one was closed; one that was reset says why. */
export async function ensureTask(
  work: Work,
  door: { readonly id: string; readonly property_id: string },
  lockId: string,
  target: Triple,
  isReset: boolean,
): Promise<void> {
  const open = await work.trx
    .selectFrom('sync_tasks')
    .select('id')
    .where('lock_id', '=', lockId)
    .where('closed_at_s', 'is', null)
    .$if(isReset, (query) => query.where('reason', '=', 'table-lost'))
    .executeTakeFirst();
  if (open !== undefined) return;
  await work.trx
    .insertInto('sync_tasks')
    .values({
      id: newId(work.random, 'task'),
      property_id: door.property_id,
      door_id: door.id,
      lock_id: lockId,
      ownership_epoch: target.ownershipEpoch,
      key_epoch: target.keyEpoch,
      table_version: target.tableVersion,
      reason: 'table-lost',
      since_s: work.nowS,
      due_s: work.nowS,
      closed_at_s: null,
      receipt_id: null,
    })
    .execute();
}
