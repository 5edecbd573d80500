// What a clock on the wall of the building shows, and whether a schedule is open by it. WIRE 6.6, minute by minute.
import type { Table, Zone } from './table.ts';

const DAY_S = 86_400;

export interface WallTime {
  /** Since 1970-01-01, a Thursday. */
  readonly day: number;
  readonly minute: number;
}

export function wallTime(zone: Zone, utcS: number): WallTime {
  let { offsetS } = zone;
  for (const transition of zone.transitions) if (transition.atS <= utcS) ({ offsetS } = transition);
  const localS = utcS + offsetS;
  const day = Math.floor(localS / DAY_S);
  return { day, minute: Math.floor((localS - day * DAY_S) / 60) };
}

/** 0 Monday ... 6 Sunday. */
const weekday = (day: number): number => (((day + 3) % 7) + 7) % 7;

export function isOpen(table: Table, schedule: number, utcS: number): boolean {
  const { day, minute } = wallTime(table.zone, utcS);
  const isDayOf = (days: number, of: number): boolean =>
    (days & (1 << (table.holidays.includes(of) ? 7 : weekday(of)))) !== 0;
  return (table.schedules[schedule - 1] ?? []).some(({ days, startMinute, endMinute }) => {
    if (startMinute <= endMinute) return isDayOf(days, day) && minute >= startMinute && minute <= endMinute;
    const isEvening = isDayOf(days, day) && minute >= startMinute;
    const isMorningAfter = isDayOf(days, day - 1) && minute <= endMinute;
    return isEvening || isMorningAfter;
  });
}
