// Is a door's schedule open at a local time? Weekly windows by the clock on the wall, OR-ed; a window past
// midnight belongs to the day on which it starts; on a holiday only windows with the holiday bit apply. WIRE 6.6.
import type { Head, ScheduleWindow } from '#protocol/table/head.ts';
import { localTimeOf, weekdayOf, type LocalTime } from '#protocol/table/zone.ts';

const HOLIDAY_BIT = 7;

/** `schedule` as rows have it, from 1 on. False for one that the head does not have: deny is the default. */
export function isInSchedule(head: Head, schedule: number, atS: number): boolean {
  const windows = head.schedules[schedule - 1] ?? [];
  const local = localTimeOf(head.zone, atS);
  return windows.some((window) => isInWindow(window, local, head.holidays));
}

export const isHoliday = (holidays: readonly number[], day: number): boolean => holidays.includes(day);

function isInWindow(
  window: ScheduleWindow,
  { day, minute }: LocalTime,
  holidays: readonly number[],
): boolean {
  const { startMinute, endMinute } = window;
  if (startMinute <= endMinute) {
    return minute >= startMinute && minute <= endMinute && startsOn(window, day, holidays);
  }
  return (
    (minute >= startMinute && startsOn(window, day, holidays)) ||
    (minute <= endMinute && startsOn(window, day - 1, holidays))
  );
}

const startsOn = ({ days }: ScheduleWindow, day: number, holidays: readonly number[]): boolean =>
  ((days >> (isHoliday(holidays, day) ? HOLIDAY_BIT : weekdayOf(day))) & 1) === 1;
