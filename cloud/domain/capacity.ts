// A table that would not fit the lock is refused with the change that would make it so, never at the door.
import { ROWS_MAX } from '#protocol/limits.ts';
import { countLiveRowsAt } from './live-access.ts';
import { Refusal } from './refusal.ts';
import type { Work } from './work.ts';

/** Rows of each door as last counted, plus what was added since: an upper bound that saves counting again. */
export type RowBounds = Map<string, number>;

export interface Growth {
  readonly bounds: RowBounds;
  /** The most rows that this change can have added to one door. */
  readonly addedMax: number;
}

/** Throws TABLE_FULL with both numbers. Doors without a lock have no limit yet. */
export async function requireCapacity(
  work: Work,
  doorIds: readonly string[],
  { bounds, addedMax }: Growth = { bounds: new Map(), addedMax: 0 },
): Promise<void> {
  for (const doorId of doorIds) {
    const lock = await work.trx
      .selectFrom('locks')
      .innerJoin('doors', 'doors.id', 'locks.door_id')
      .select(['locks.capacity_rows', 'doors.name'])
      .where('locks.door_id', '=', doorId)
      .executeTakeFirst();
    if (lock === undefined) continue;
    const capacity = Math.min(lock.capacity_rows, ROWS_MAX);
    const bound = bounds.get(doorId);
    if (bound !== undefined && bound + addedMax <= capacity) {
      bounds.set(doorId, bound + addedMax);
      continue;
    }
    const rows = await countLiveRowsAt(work.trx, doorId, work.nowS);
    if (rows > capacity) throw tableFull(doorId, lock.name, rows, capacity);
    bounds.set(doorId, rows);
  }
}

export const tableFull = (doorId: string, doorName: string, rows: number, capacity: number): Refusal =>
  new Refusal('TABLE_FULL', `${doorName} would need ${rows} rows; its lock holds ${capacity}.`, {
    subject: doorId,
    next: 'Remove people who have left, or take the door out of a Key that many hold.',
  });
