// What the hours of Key Schedules mean at a lock: its head has a zone and holidays of its own, and goes by them until the
// next Door Sync, whatever the property says since.
import type { Head } from '#protocol/table/head.ts';
import { DAY_S, localDayOf } from '../local-day.ts';
import { holidaysFrom } from '../properties/holidays.ts';
import type { Work } from '../work.ts';
import { zoneOfHeads } from '../zone-of-heads.ts';

/** Zones that do the same for a year from now are the same here: a head made last year looks less far ahead. */
const AHEAD_S = 366 * DAY_S;

/** Whether hours under that head fall when they do by the property as it is now. */
export async function hoursNow(work: Work, doorId: string): Promise<(head: Head) => boolean> {
  const { zone, property_id: propertyId } = await work.trx
    .selectFrom('doors')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .select(['properties.zone', 'doors.property_id'])
    .where('doors.id', '=', doorId)
    .executeTakeFirstOrThrow();
  const yesterday = localDayOf(zone, work.nowS) - 1;
  const offsets = offsetsFrom(zoneOfHeads(zone, work.nowS), work.nowS);
  const holidays = String(await holidaysFrom(work, propertyId, zone));
  return (head) =>
    offsetsFrom(head.zone, work.nowS) === offsets &&
    String(head.holidays.filter((day) => day >= yesterday)) === holidays;
}

function offsetsFrom({ offsetS, transitions }: Head['zone'], nowS: number): string {
  const past = transitions.filter(({ atS }) => atS <= nowS).at(-1);
  const coming = transitions.filter(({ atS }) => atS > nowS && atS <= nowS + AHEAD_S);
  return [past?.offsetS ?? offsetS, ...coming.map((change) => `${change.atS} ${change.offsetS}`)].join();
}
