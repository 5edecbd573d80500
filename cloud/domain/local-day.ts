// Local days, counted from 1970-01-01, and where they begin: what daily codes and holidays go by.
import { offsetAtS, utcOfLocalS } from './zone.ts';

export const DAY_S = 86_400;

export const localDayOf = (zone: string, atS: number): number =>
  Math.floor((atS + offsetAtS(zone, atS)) / DAY_S);

/** UTC seconds at which the local day begins; where the clock skips midnight, when it does. */
export function startOfDayS(zone: string, localDay: number): number {
  const date = new Date(localDay * DAY_S * 1000);
  return utcOfLocalS(zone, {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: 0,
    minute: 0,
  });
}

/** `2027-05-31`. */
export const dateOfDay = (localDay: number): string =>
  new Date(localDay * DAY_S * 1000).toISOString().slice(0, 10);

/** Undefined for what is no date. */
export function dayOfDate(date: string): number | undefined {
  const atMs = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(atMs)) return undefined;
  const day = atMs / 1000 / DAY_S;
  return dateOfDay(day) === date ? day : undefined;
}
