// Dates in cells: days and minutes on the clocks of the property, or any second in UTC.
import { TIME_MAX_S } from '#protocol/api/values.ts';
import { offsetAtS, utcOfLocalS } from '../domain/zone.ts';

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?$/;
/** As spreadsheets save days where people write them so; with slashes nobody can tell the day from the month. */
const DOTTED = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,? (\d{1,2}):(\d{2})(?::00)?)?$/;
const UTC = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})Z$/;
const DAY_MS = 86_400_000;

/** A bare expiration goes through its whole day: it ends at the next local midnight. */
export type WholeDay = 'from' | 'through';

/** Undefined for what is no date. */
export function readDate(text: string, zone: string, wholeDay: WholeDay): number | undefined {
  const atS = UTC.test(text) ? readUtc(text) : readLocal(text, zone, wholeDay);
  return atS !== undefined && atS >= 0 && atS <= TIME_MAX_S ? atS : undefined;
}

/** As people write it, where that is read back as the same second; otherwise in UTC. */
export function dateCell(atS: number, zone: string, wholeDay: WholeDay): string {
  const localMs = (atS + offsetAtS(zone, atS)) * 1000;
  const day = isoOf(wholeDay === 'through' ? localMs - DAY_MS : localMs).slice(0, 10);
  const minute = isoOf(localMs).slice(0, 16).replace('T', ' ');
  const reads = (text: string): boolean => readDate(text, zone, wholeDay) === atS;
  return [day, minute].find(reads) ?? isoOf(atS * 1000).replace('.000Z', 'Z');
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

function readUtc(text: string): number | undefined {
  const ms = Date.parse(text.replace(' ', 'T'));
  // Days that do not exist are moved on, or are none.
  return Number.isNaN(ms) || isoOf(ms).slice(0, 10) !== text.slice(0, 10) ? undefined : ms / 1000;
}

type Parts = readonly [year: number, month: number, day: number, hour?: number, minute?: number];

function partsOf(text: string): Parts | undefined {
  const dashed = LOCAL.exec(text);
  const dotted = DOTTED.exec(text);
  const [, first, month, last, hour, minute] = dashed ?? dotted ?? [];
  if (first === undefined) return undefined;
  const [year, day] = dashed === null ? [last, first] : [first, last];
  const date = [Number(year), Number(month), Number(day)] as const;
  return hour === undefined ? date : [...date, Number(hour), Number(minute)];
}

function readLocal(text: string, zone: string, wholeDay: WholeDay): number | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const [year, month, day, hour = 0, minute = 0] = parts;
  const dayMs = Date.UTC(year, month - 1, day);
  const isReal = new Date(dayMs).getUTCMonth() === month - 1 && new Date(dayMs).getUTCDate() === day;
  if (!isReal || hour > 23 || minute > 59) return undefined;
  const isWhole = parts[3] === undefined;
  const shown = new Date(isWhole && wholeDay === 'through' ? dayMs + DAY_MS : dayMs);
  return utcOfLocalS(zone, {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour,
    minute,
  });
}
