// Whether a door may stand open to everybody at hours that its hold-open does not have any more: its lock goes by the head
// that it has until the next Door Sync.
import type { Head } from '#protocol/table/head.ts';
import { holdOpenFrom, windowsOf } from '../access/key-schedules.ts';
import { isSameSchedule } from './exposed-rows.ts';
import { headsAtLock } from './heads-at-lock.ts';
import { hoursNow } from './hours-at-lock.ts';
import type { Work } from '../work.ts';

export async function mayBeHeldOpen(work: Work, doorId: string): Promise<boolean> {
  const heads = (await headsAtLock(work, doorId)).filter(({ head }) => head.policies.holdOpen !== null);
  if (heads.length === 0) return false;
  const { hold_open: kept } = await work.trx
    .selectFrom('doors')
    .select('hold_open')
    .where('id', '=', doorId)
    .executeTakeFirstOrThrow();
  const isAtSameHours = await hoursNow(work, doorId);
  return heads.some(({ head }) => !isAtSameHours(head) || !isKept(head, kept));
}

/** One that asks for more before it holds the door open is another one. */
function isKept({ policies, schedules }: Head, kept: string | null): boolean {
  const [atLock, now] = [policies.holdOpen, holdOpenFrom(kept)];
  if (atLock === null) return true;
  const windows = schedules[atLock.schedule - 1];
  return (
    now !== null &&
    windows !== undefined &&
    isSameSchedule(windows, windowsOf(JSON.stringify(now.schedule))) &&
    atLock.needsFirstUnlock === now.firstUnlock &&
    atLock.exceptHolidays === now.exceptHolidays
  );
}
