// One row of a people file as values: names, address, marks, Key names and dates in the property's own zone.
import { CSV_KEY_SEPARATOR, type ImportError } from '#protocol/api/imports.ts';
import { GRANTS_PER_INVITE_MAX } from '#protocol/api/people.ts';
import { Email, Line, Phone, TIME_MAX_S } from '#protocol/api/values.ts';
import { utcOfLocalS } from '../domain/zone.ts';
import type { CsvColumn, CsvRow } from './csv-text.ts';

export interface PersonRow {
  readonly line: number;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string | null;
  readonly resident: boolean;
  readonly keyNames: readonly string[];
  /** Undefined where the row leaves it open. */
  readonly startsAtS: number | undefined;
  readonly expiresAtS: number | undefined;
}

const YES = new Set(['yes', 'y', 'true', '1', 'x']);
const NO = new Set(['', 'no', 'n', 'false', '0']);
const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}))?$/;

/** Every error of the row, or its values. */
export function readRow(row: CsvRow, zone: string): PersonRow | ImportError[] {
  const errors: ImportError[] = [];
  const cell = (column: CsvColumn): string => row.cells[column] ?? '';
  const fail = (column: CsvColumn, reason: string): void => {
    errors.push({ line: row.line, column, reason });
  };
  const checked = (column: CsvColumn, schema: typeof Line | typeof Email): string => {
    const parsed = schema.safeParse(cell(column));
    if (!parsed.success) fail(column, parsed.error.issues[0]?.message ?? 'not valid');
    return parsed.data ?? '';
  };
  const date = (column: 'start' | 'expiration', wholeDay: 'from' | 'through'): number | undefined => {
    if (cell(column) === '') return undefined;
    const atS = readDate(cell(column), zone, wholeDay);
    if (atS === undefined) fail(column, 'not a date like 2027-05-31 or 2027-05-31 14:00');
    return atS;
  };

  const resident = cell('resident').toLowerCase();
  if (!YES.has(resident) && !NO.has(resident)) fail('resident', 'neither yes nor no');
  const keyNames = keysOf(cell('keys'));
  if (keyNames.length > GRANTS_PER_INVITE_MAX) fail('keys', `more than ${GRANTS_PER_INVITE_MAX} Keys`);
  const values: PersonRow = {
    line: row.line,
    email: checked('email', Email),
    firstName: checked('first name', Line),
    lastName: checked('last name', Line),
    phone: cell('phone') === '' ? null : checked('phone', Phone),
    resident: YES.has(resident),
    keyNames,
    startsAtS: date('start', 'from'),
    expiresAtS: date('expiration', 'through'),
  };
  const { startsAtS, expiresAtS } = values;
  if (startsAtS !== undefined && expiresAtS !== undefined && expiresAtS <= startsAtS) {
    fail('expiration', 'comes before the start');
  }
  return errors.length > 0 ? errors : values;
}

const keysOf = (cell: string): string[] => [
  ...new Set(
    cell
      .split(CSV_KEY_SEPARATOR)
      .map((name) => name.normalize('NFC').trim())
      .filter((name) => name !== ''),
  ),
];

/** A bare expiration date goes through its whole day: it ends at the next local midnight. */
function readDate(text: string, zone: string, wholeDay: 'from' | 'through'): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match
    .slice(1)
    .map((part) => Number(part || 0));
  const dayMs = Date.UTC(year, month - 1, day);
  const isReal = new Date(dayMs).getUTCMonth() === month - 1 && new Date(dayMs).getUTCDate() === day;
  if (!isReal || hour > 23 || minute > 59) return undefined;
  const isWhole = match[4] === undefined;
  const shown = new Date(isWhole && wholeDay === 'through' ? dayMs + 86_400_000 : dayMs);
  const atS = utcOfLocalS(zone, {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour,
    minute,
  });
  return atS >= 0 && atS <= TIME_MAX_S ? atS : undefined;
}
