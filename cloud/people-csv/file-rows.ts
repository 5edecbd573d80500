// A people file as entries in the order of its lines, each a row that can be done or the errors that it is skipped for.
// The same file against the same property gives the same entries, so that a job can go on where another left off.
import type { ImportConfirm, ImportError } from '#protocol/api/imports.ts';
import { keysWithin } from '../domain/rights/rights-check.ts';
import type { Work } from '../domain/work.ts';
import { parseCsv, type CsvRow } from './csv-text.ts';
import { FileDates, type StatedDates } from './file-dates.ts';
import { readRow, type PersonRow } from './row-values.ts';

export interface GoodRow {
  readonly values: PersonRow;
  /** Its own and those from the wizard, each once. */
  readonly keyIds: readonly string[];
  /** By Key, what the whole file says of this person's dates. */
  readonly datesOf: (keyId: string) => StatedDates;
}

export type Entry =
  | { readonly line: number; readonly row: GoodRow }
  | { readonly line: number; readonly errors: readonly ImportError[] };

/** Keys and dates for every row, from the wizard. */
export type ImportDefaults = Pick<ImportConfirm, 'keyIds' | 'startsAtS' | 'expiresAtS'>;

export const NO_DEFAULTS: ImportDefaults = { keyIds: [], expiresAtS: null };

/** What a file's words mean at a property, for one caller. */
export interface FileContext {
  readonly zone: string;
  readonly keyIdOf: ReadonlyMap<string, string>;
  /** Keys that the caller may give; undefined: all. */
  readonly within: ReadonlySet<string> | undefined;
}

/** Lets the program do other things before it resolves. */
export type Pause = () => Promise<void>;

const ROWS_BETWEEN_PAUSES = 200;

export async function fileContext(work: Work, propertyId: string, zone: string): Promise<FileContext> {
  const keys = await work.trx
    .selectFrom('access_keys')
    .select(['id', 'name'])
    .where('property_id', '=', propertyId)
    .where('deleted_at_s', 'is', null)
    .execute();
  return {
    zone,
    keyIdOf: new Map(keys.map(({ id, name }) => [name, id])),
    within: keysWithin(work, propertyId),
  };
}

/** `to-come`: the wizard may still add Keys to every row. Throws CSV_INVALID for the file as a whole. */
export async function fileEntries(
  bytes: Uint8Array,
  context: FileContext,
  wizardKeyIds: readonly string[] | 'to-come',
  pause: Pause,
): Promise<Entry[]> {
  const file = parseCsv(bytes);
  const entries = new Map<number, Entry>();
  for (const error of file.errors) entries.set(error.line, { line: error.line, errors: [error] });
  const dates = new FileDates();
  for (const [i, row] of file.rows.entries()) {
    if (i % ROWS_BETWEEN_PAUSES === 0) await pause();
    entries.set(row.line, entryOf(row, context, wizardKeyIds, dates));
  }
  return [...entries.values()].sort((a, b) => a.line - b.line);
}

function entryOf(
  csvRow: CsvRow,
  { zone, keyIdOf, within }: FileContext,
  wizardKeyIds: readonly string[] | 'to-come',
  dates: FileDates,
): Entry {
  const { line } = csvRow;
  const values = readRow(csvRow, zone);
  if (Array.isArray(values)) return { line, errors: values };
  const skipped = (column: string | null, reason: string): Entry => ({
    line,
    errors: [{ line, column, reason }],
  });
  const unknown = values.keyNames.find((name) => !keyIdOf.has(name));
  if (unknown !== undefined) return skipped('keys', `the property has no Key named "${unknown}"`);
  const named = values.keyNames.map((name) => ({ name, id: keyIdOf.get(name) ?? '' }));
  const foreign = named.find(({ id }) => within?.has(id) === false);
  if (foreign !== undefined) return skipped('keys', `the Key "${foreign.name}" is not yours to give`);
  const isToCome = wizardKeyIds === 'to-come';
  const keyIds = [...new Set([...(isToCome ? [] : wizardKeyIds), ...named.map(({ id }) => id)])];
  if (within !== undefined && keyIds.length === 0 && !isToCome)
    return skipped('keys', 'no Key that is yours to give');
  const otherLine = dates.state(values, keyIds);
  if (otherLine !== undefined) {
    return skipped(null, `line ${otherLine} gives this person the same Key with other dates`);
  }
  return { line, row: { values, keyIds, datesOf: (keyId) => dates.of(values.email, keyId) } };
}
