// Is a door's schedule open at a local time? Weekly windows by the clock on the wall, OR-ed; a window past
// midnight belongs to the day on which it starts; on a holiday only windows with the holiday bit apply. WIRE 6.6.
import type { Head, ScheduleWindow } from '#protocol/table/head.ts';
import { localTimeOf, weekdayOf, type LocalTime } from '#protocol/table/zone.ts';

const HOLIDAY_BIT = 7;

interface Calendar {
  readonly holidays: readonly number[];
  /** No window starts on a holiday, not even one that names it. */
  readonly exceptHolidays: boolean;
}

/** `schedule` as rows have it, from 1 on. False for one that the head does not have: deny is the default. */
export function isInSchedule(head: Head, schedule: number, atS: number, exceptHolidays = false): boolean {
  const windows = head.schedules[schedule - 1] ?? [];
  const local = localTimeOf(head.zone, atS);
  const calendar = { holidays: head.holidays, exceptHolidays };
  return windows.some((window) => isInWindow(window, local, calendar));
}

export const isHoliday = (holidays: readonly number[], day: number): boolean => holidays.includes(day);

function isInWindow(window: ScheduleWindow, { day, minute }: LocalTime, calendar: Calendar): boolean {
  const { startMinute, endMinute } = window;
  if (startMinute <= endMinute) {
    return minute >= startMinute && minute <= endMinute && startsOn(window, day, calendar);
  }
  return (
    (minute >= startMinute && startsOn(window, day, calendar)) ||
    (minute <= endMinute && startsOn(window, day - 1, calendar))
  );
}

function startsOn({ days }: ScheduleWindow, day: number, { holidays, exceptHolidays }: Calendar): boolean {
  const isOnHoliday = isHoliday(holidays, day);
  if (isOnHoliday && exceptHolidays) return false;
  return ((days >> (isOnHoliday ? HOLIDAY_BIT : weekdayOf(day))) & 1) === 1;
}
