// Local time by a head's own offsets and transitions: a lock has no zone database. Behind the last transition its
// offset holds for ever. WIRE 6.6.
import type { Head } from './head.ts';

const SECONDS_PER_DAY = 86_400;
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 3;

export interface LocalTime {
  /** Local days since 1970-01-01; negative before. */
  readonly day: number;
  /** 0 to 1,439, as a clock on the wall shows it: in a gap of daylight saving some never come, in an overlap twice. */
  readonly minute: number;
}

/** Seconds east of UTC at that UTC second. */
export function zoneOffsetS(zone: Head['zone'], atS: number): number {
  let { offsetS } = zone;
  for (const transition of zone.transitions) {
    if (transition.atS > atS) break;
    ({ offsetS } = transition);
  }
  return offsetS;
}

export function localTimeOf(zone: Head['zone'], atS: number): LocalTime {
  const localS = atS + zoneOffsetS(zone, atS);
  const day = Math.floor(localS / SECONDS_PER_DAY);
  return { day, minute: Math.floor((localS - day * SECONDS_PER_DAY) / 60) };
}

/** 0 = Monday ... 6 = Sunday. */
export const weekdayOf = (day: number): number => (((day + FIRST_WEEKDAY) % 7) + 7) % 7;
