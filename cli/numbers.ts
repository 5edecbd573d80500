// Numbers and times in arguments, parsed whole or refused with what was expected.
import { CliError } from './errors.ts';

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** As a person reads it. */
  readonly unit?: string;
}

/** A whole number within the range. Throws USAGE. */
export function numberOf(flag: string, text: string, { min, max, unit }: NumberRange): number {
  const value = Number(text);
  if (/^-?\d{1,10}$/.test(text) && value >= min && value <= max) return value;
  throw new CliError(
    'USAGE',
    `${flag}: expected a whole number${unit === undefined ? '' : ` of ${unit}`} from ${min} to ${max}, not "${text}".`,
  );
}

const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const U32_MAX = 0xffff_ffff;

/** UTC milliseconds, in whole seconds: a fraction is left out. A day without a time is its first moment, UTC. Throws USAGE. */
export function timeOf(flag: string, text: string): number {
  const ms = TIME.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes the 30th of February for the 2nd of March.
  const isDay = Number(text.slice(8, 10)) <= daysOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
  if (ms >= 0 && ms <= U32_MAX * 1_000 && isDay) return Math.floor(ms / 1_000) * 1_000;
  throw new CliError('USAGE', `${flag}: expected a time with its zone, not "${text}".`, {
    next: 'Write it as 2026-12-24T18:00Z or 2026-12-24T18:00+01:00.',
  });
}

const daysOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** "2026-12-24 18:00:00 UTC". */
export const timeText = (utcS: number): string =>
  `${new Date(utcS * 1_000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
