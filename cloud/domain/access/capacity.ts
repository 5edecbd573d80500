// A table that would not fit the lock is refused with the change that would make it so, never at the door. Rows are not
// counted with each change: a bound of them is kept, and raised by what a change can have added, until that would be too
// much; only then is it seen how many there are.
import { ROWS_MAX } from '#protocol/limits.ts';
import { batchesOf } from '../batches.ts';
import { countLiveRowsAt } from './live-access.ts';
import { Refusal } from '../refusal.ts';
import type { DoorChange, Work } from '../work.ts';

/** Doors at once whose rows are counted. */
const DOORS_AT_ONCE = 200;

/**
 * Of the doors changed so far. Throws TABLE_FULL with both numbers. Doors without a lock have no limit yet, and taking
 * access away is never refused, however full a lock is.
 */
export async function requireCapacity(work: Work): Promise<void> {
  for (const batch of batchesOf(work.changes.entries(), DOORS_AT_ONCE))
    await requireSome(work, new Map(batch));
  work.changes.rowsFit();
}

async function requireSome(work: Work, changes: ReadonlyMap<string, DoorChange>): Promise<void> {
  const { trx, nowS } = work;
  const locks = await trx
    .selectFrom('locks')
    .innerJoin('doors', 'doors.id', 'locks.door_id')
    .leftJoin('row_bounds', 'row_bounds.lock_id', 'locks.id')
    .select(['locks.id', 'locks.capacity_rows', 'doors.id as door_id', 'doors.name', 'row_bounds.at_most'])
    .where('locks.door_id', 'in', [...changes.keys()])
    .execute();
  const bounded: { readonly lock_id: string; readonly at_most: number }[] = [];
  const toCount: typeof locks = [];
  for (const lock of locks) {
    const { rows, reason } = changes.get(lock.door_id) ?? { rows: 0, reason: 'access-revoked' };
    const most = lock.at_most === null ? Infinity : lock.at_most + rows;
    if (most > capacityOf(lock) && reason !== 'access-revoked') toCount.push(lock);
    else if (rows > 0 && most < Infinity) bounded.push({ lock_id: lock.id, at_most: most });
  }
  const counts = await countLiveRowsAt(
    trx,
    toCount.map((lock) => lock.door_id),
    nowS,
  );
  for (const lock of toCount) {
    const rows = counts.get(lock.door_id) ?? 0;
    if (rows > capacityOf(lock)) throw tableFull(lock.door_id, lock.name, rows, capacityOf(lock));
    bounded.push({ lock_id: lock.id, at_most: rows });
  }
  if (bounded.length === 0) return;
  await trx
    .insertInto('row_bounds')
    .values(bounded)
    .onConflict((conflict) =>
      conflict.column('lock_id').doUpdateSet((eb) => ({ at_most: eb.ref('excluded.at_most') })),
    )
    .execute();
}

const capacityOf = (lock: { readonly capacity_rows: number }): number =>
  Math.min(lock.capacity_rows, ROWS_MAX);

export const tableFull = (doorId: string, doorName: string, rows: number, capacity: number): Refusal =>
  new Refusal('TABLE_FULL', `${doorName} would need ${rows} rows; its lock holds ${capacity}.`, {
    subject: doorId,
    next: 'Remove people who have left, or take the door out of a Key that many hold.',
  });
