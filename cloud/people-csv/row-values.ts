// One row of a people file as values: names, address, marks, Key names and dates in the property's own zone.
import type { ImportError } from '#protocol/api/imports.ts';
import { GRANTS_PER_INVITE_MAX, type PersonCredential } from '#protocol/api/people.ts';
import { Email, Line, Phone } from '#protocol/api/values.ts';
import { keyNamesOf } from './cells.ts';
import type { CsvColumn, CsvRow } from './csv-text.ts';
import { readDate } from './date-cells.ts';

export interface PersonRow {
  readonly line: number;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string | null;
  readonly credential: PersonCredential;
  readonly resident: boolean;
  readonly mayShare: boolean;
  readonly keyNames: readonly string[];
  /** Undefined where the row leaves it open. */
  readonly startsAtS: number | undefined;
  readonly expiresAtS: number | undefined;
}

const YES = new Set(['yes', 'y', 'true', '1', 'x']);
const NO = new Set(['', 'no', 'n', 'false', '0']);
/** As somebody may write it, in lower case. */
const CREDENTIALS: ReadonlyMap<string, PersonCredential> = new Map([
  ['', 'app'],
  ['app', 'app'],
  ['door app', 'app'],
  ['daily doorcode', 'daily-doorcode'],
  ['daily-doorcode', 'daily-doorcode'],
]);

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
    if (atS === undefined) fail(column, 'not a date like 2027-05-31, 2027-05-31 14:00 or 31.05.2027');
    return atS;
  };

  const mark = (column: 'resident' | 'may share'): boolean => {
    const said = cell(column).toLowerCase();
    if (!YES.has(said) && !NO.has(said)) fail(column, 'neither yes nor no');
    return YES.has(said);
  };

  const [resident, mayShare] = [mark('resident'), mark('may share')];
  const credential = CREDENTIALS.get(cell('credential').toLowerCase());
  if (credential === undefined) fail('credential', 'neither "app" nor "daily doorcode"');
  const keyNames = keyNamesOf(cell('keys'));
  if (keyNames.length > GRANTS_PER_INVITE_MAX) fail('keys', `more than ${GRANTS_PER_INVITE_MAX} Keys`);
  const values: PersonRow = {
    line: row.line,
    email: checked('email', Email),
    firstName: checked('first name', Line),
    lastName: checked('last name', Line),
    phone: cell('phone') === '' ? null : checked('phone', Phone),
    credential: credential ?? 'app',
    resident,
    mayShare,
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
