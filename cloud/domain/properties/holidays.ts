// Holidays of a property: local days on which Key Schedules go by their holiday windows. Changing them reaches every
// door of the property.
import type { HolidayList } from '#protocol/api/schedules.ts';
import { HOLIDAYS_MAX } from '#protocol/limits.ts';
import { prepared } from '../../db/prepared.ts';
import { batchesOf } from '../batches.ts';
import { dateOfDay, dayOfDate, localDayOf } from '../local-day.ts';
import { Refusal } from '../refusal.ts';
import { noteOtherHours } from './settings-change.ts';
import { propertyOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

export async function listHolidays(work: Work, propertyId: string): Promise<HolidayList> {
  await propertyOf(work, propertyId);
  const rows = await work.trx
    .selectFrom('holidays')
    .selectAll()
    .where('property_id', '=', propertyId)
    .orderBy('day')
    .execute();
  return { items: rows.map(({ day, name }) => ({ date: dateOfDay(day), name })) };
}

/** The whole list. Those that are over are not kept. Throws HEAD_LIMIT above what a lock takes. */
export async function setHolidays(work: Work, propertyId: string, list: HolidayList): Promise<HolidayList> {
  const property = await propertyOf(work, propertyId);
  const today = localDayOf(property.zone, work.nowS);
  const wanted = new Map<number, string>();
  for (const [i, { date, name }] of list.items.entries()) {
    const day = dayOfDate(date);
    if (day === undefined) {
      throw new Refusal('INPUT_INVALID', `${date} is not a day of the calendar.`, {
        fields: [{ path: `items.${i}.date`, message: 'not a date' }],
      });
    }
    if (day >= today) wanted.set(day, name);
  }
  if (wanted.size > HOLIDAYS_MAX) {
    throw new Refusal('HEAD_LIMIT', `${wanted.size} holidays; the locks take ${HOLIDAYS_MAX} at a time.`, {
      subject: propertyId,
      next: 'Leave those of later years out until these are over.',
    });
  }
  const before = await work.trx
    .selectFrom('holidays')
    .select('day')
    .where('property_id', '=', propertyId)
    .where('day', '>=', today)
    .execute();
  await work.trx.deleteFrom('holidays').where('property_id', '=', propertyId).execute();
  const rows = [...wanted].map(([day, name]) => ({ property_id: propertyId, day, name }));
  for (const batch of batchesOf(rows)) await work.trx.insertInto('holidays').values(batch).execute();
  const isSame = before.length === wanted.size && before.every(({ day }) => wanted.has(day));
  if (!isSame) await noteOtherHours(work, propertyId);
  return listHolidays(work, propertyId);
}

/** Of a table that is made now: yesterday's counts where the night that began on it goes on. */
export async function holidaysFrom(
  work: Pick<Work, 'trx' | 'nowS'>,
  propertyId: string,
  zone: string,
): Promise<number[]> {
  const rows = await holidaysSince(work.trx, propertyId, localDayOf(zone, work.nowS) - 1);
  return rows.map(({ day }) => day);
}

const holidaysSince = prepared((db, propertyId: string, day: number) =>
  db
    .selectFrom('holidays')
    .select('day')
    .where('property_id', '=', propertyId)
    .where('day', '>=', day)
    .orderBy('day')
    .limit(HOLIDAYS_MAX),
);
