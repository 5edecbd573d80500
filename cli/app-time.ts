// Times as who lives there reads them: in the zone of the building, with its short name, wherever the machine stands.
import type { Known } from '#gateway/phone/phone-files.ts';
import { counted } from './counted.ts';

/** Each of them knows the short names of its own part of the world, and says GMT+1 of the others. */
const SPEAKERS = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'en-CA'] as const;
const OFFSET = /^(?:GMT|UTC)[+\-−]/;

/** `2026-03-01 18:00 CET`. A zone that this machine does not know is read as UTC. */
export function timeIn(zone: string | undefined, atS: number): string {
  const at = new Date(atS * 1_000);
  const timeZone = zone !== undefined && isKnown(zone) ? zone : 'UTC';
  const wall = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone }).format(
    at,
  );
  return `${wall} ${shortName(timeZone, at)}`;
}

/** By property. */
export const timesOf =
  ({ zones }: Pick<Known, 'zones'>) =>
  (propertyId: string, atS: number): string =>
    timeIn(zones[propertyId], atS);

/** For what belongs to no property: where all are in one zone, that one. */
export function ownZone({ zones }: Pick<Known, 'zones'>): string | undefined {
  const [zone, ...others] = new Set(Object.values(zones));
  return others.length === 0 ? zone : undefined;
}

function shortName(timeZone: string, at: Date): string {
  const names = SPEAKERS.map((locale) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' });
    return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
  });
  return names.find((name) => !OFFSET.test(name)) ?? names[0] ?? 'UTC';
}

function isKnown(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
    return true;
  } catch {
    return false;
  }
}

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** How old something is, in the largest unit that fits. */
export function ageText(ageS: number): string {
  const [count, unit] =
    ageS < MINUTE_S
      ? [0, '']
      : ageS < HOUR_S
        ? [Math.floor(ageS / MINUTE_S), 'minute']
        : ageS < DAY_S
          ? [Math.floor(ageS / HOUR_S), 'hour']
          : [Math.floor(ageS / DAY_S), 'day'];
  return count === 0 ? 'just now' : `${counted(count, unit)} ago`;
}
