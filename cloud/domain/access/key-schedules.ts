// Key Schedules as they are kept, as a lock's head carries them, and the limit on how many a door can have.
import { scheduleDays, type HoldOpen, type KeySchedule } from '#protocol/api/schedules.ts';
import { SCHEDULES_MAX, WINDOWS_PER_SCHEDULE_MAX } from '#protocol/limits.ts';
import type { ScheduleWindow } from '#protocol/table/head.ts';
import { prepared } from '../../db/prepared.ts';
import { Refusal } from '../refusal.ts';
import type { Work } from '../work.ts';

/** Equal schedules are equal text. Throws HEAD_LIMIT, naming the door. */
export function keptSchedule(schedule: KeySchedule | null, doorName: string): string | null {
  if (schedule === null) return null;
  const { windows } = schedule;
  if (windows.length > WINDOWS_PER_SCHEDULE_MAX) {
    throw new Refusal(
      'HEAD_LIMIT',
      `A schedule of ${windows.length} windows at ${doorName}: a lock takes ${WINDOWS_PER_SCHEDULE_MAX} windows a schedule.`,
      { next: 'Join windows of the same hours into one with several days.' },
    );
  }
  const inOrder = windows.map(({ days, start, end }) => ({ days, start, end }));
  return JSON.stringify({
    windows: inOrder.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  });
}

/** As it was kept. */
export const scheduleFrom = (kept: string | null): KeySchedule | null =>
  kept === null ? null : (JSON.parse(kept) as KeySchedule);

export const holdOpenFrom = (kept: string | null): HoldOpen | null =>
  kept === null ? null : (JSON.parse(kept) as HoldOpen);

export const windowsOf = (kept: string): ScheduleWindow[] =>
  (scheduleFrom(kept)?.windows ?? []).map(({ days, start, end }) => ({
    days: days.reduce((bits, day) => bits | (1 << scheduleDays.indexOf(day)), 0),
    startMinute: minuteOf(start),
    endMinute: minuteOf(end),
  }));

const minuteOf = (wallTime: string): number => Number(wallTime.slice(0, 2)) * 60 + Number(wallTime.slice(3));

/** Each once, in an order of their own: of the Keys that hold the door, and of its hold-open. */
export async function schedulesAt(
  work: Pick<Work, 'trx'>,
  door: { readonly id: string; readonly hold_open: string | null },
): Promise<string[]> {
  const rows = await schedulesOfKeys(work.trx, door.id);
  const all = rows.flatMap(({ schedule }) => (schedule === null ? [] : [schedule]));
  const holdOpen = holdOpenFrom(door.hold_open);
  if (holdOpen !== null) all.push(JSON.stringify(holdOpen.schedule));
  return [...new Set(all)].sort();
}

const schedulesOfKeys = prepared((db, doorId: string) =>
  db
    .selectFrom('key_doors')
    .select('schedule')
    .distinct()
    .where('door_id', '=', doorId)
    .where('schedule', 'is not', null),
);

/** Call it after the schedules of a door were written. Throws HEAD_LIMIT, naming the door. */
export async function requireSchedulesFit(
  work: Work,
  door: { readonly id: string; readonly name: string; readonly hold_open: string | null },
): Promise<void> {
  const count = (await schedulesAt(work, door)).length;
  if (count <= SCHEDULES_MAX) return;
  throw new Refusal(
    'HEAD_LIMIT',
    `${door.name} would have ${count} different schedules; a lock takes ${SCHEDULES_MAX}.`,
    { subject: door.id, next: 'Use the same hours in several Keys of this door.' },
  );
}
