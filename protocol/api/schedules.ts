// Key Schedules: when a credential works at a door, as weekly windows in the property's time, any of which is enough.
// And the holidays that they go by.
import { z } from 'zod';
import { Line } from './values.ts';

/** In the order of their bits in a table's head. `holidays`: on a holiday only windows that name it count. */
export const scheduleDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'holidays'] as const;
const ScheduleDay = z.enum(scheduleDays);

/** Far above what a lock takes, which the cloud refuses with the limit's name. */
const WINDOWS_READ_MAX = 64;
const HOLIDAYS_READ_MAX = 1_000;

const WallTime = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'a time such as 17:59');

/** Both minutes are inclusive; an end before the start runs past midnight. */
const ScheduleWindow = z.strictObject({
  days: z
    .array(ScheduleDay)
    .min(1)
    .max(scheduleDays.length)
    .transform((days) => scheduleDays.filter((day) => days.includes(day))),
  start: WallTime,
  end: WallTime,
});

export const KeySchedule = z.strictObject({
  windows: z.array(ScheduleWindow).min(1).max(WINDOWS_READ_MAX),
});
export type KeySchedule = z.infer<typeof KeySchedule>;

/** When a reader holds its door open. */
export const HoldOpen = z.strictObject({
  schedule: KeySchedule,
  /** Only from the first credential on that opens within the window. */
  firstUnlock: z.boolean().default(false),
  exceptHolidays: z.boolean().default(true),
});
export type HoldOpen = z.infer<typeof HoldOpen>;

const CalendarDate = z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'a date such as 2027-12-25');

/** The whole list: what is left out is no holiday any more. */
export const HolidayList = z.strictObject({
  items: z.array(z.strictObject({ date: CalendarDate, name: Line })).max(HOLIDAYS_READ_MAX),
});
export type HolidayList = z.infer<typeof HolidayList>;
