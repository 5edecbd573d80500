// Local days as a lock counts them: by the zone in its head, whatever the property says since. A daily code is one of such
// a day.
import type { Head } from '#protocol/table/head.ts';
import { localTimeOf, zoneOffsetS } from '#protocol/table/zone.ts';
import { DAY_S } from '../local-day.ts';

type Zone = Head['zone'];

/** After its end no daily code opens for longer: a day at the lock, the 26 h that two zones can lie apart, and to spare. */
export const DAILY_CODE_OPENS_MAX_S = 3 * DAY_S;

/** No zone is further from UTC, and no change of one further from the midnight that it moves. */
const OFFSET_MAX_S = 2 * DAY_S;

export const dayAtLock = ({ zone }: Pick<Head, 'zone'>, atS: number): number => localTimeOf(zone, atS).day;

/** UTC seconds at which the day begins there; where the clock goes back over midnight, the later time. */
export function startOfDayAtLock({ zone }: Pick<Head, 'zone'>, day: number): number {
  const nearS = day * DAY_S;
  const changes = zone.transitions.filter(({ atS }) => Math.abs(atS - nearS) <= OFFSET_MAX_S);
  const offsets = [zoneOffsetS(zone, nearS - OFFSET_MAX_S), ...changes.map(({ offsetS }) => offsetS)];
  const times = [...offsets.map((offsetS) => nearS - offsetS), ...changes.map(({ atS }) => atS)];
  return Math.max(...times.filter((atS) => isStart(zone, day, atS)));
}

const isStart = (zone: Zone, day: number, atS: number): boolean =>
  localTimeOf(zone, atS).day >= day && localTimeOf(zone, atS - 1).day < day;
