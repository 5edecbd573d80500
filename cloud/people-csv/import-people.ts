// Doing what a people file says, row by row: each goes in whole or is skipped with its reason, and a row that
// asks for what is there already changes nothing.
import { sql } from 'kysely';
import type { ImportConfirm, ImportCounts, ImportError, ImportPreview } from '#protocol/api/imports.ts';
import { requireCapacity, type RowBounds } from '../domain/capacity.ts';
import { changeDates, giveKeys, hasLostAccess, heldGrant } from '../domain/grants.ts';
import { findByEmail, insertPerson } from '../domain/people.ts';
import { Refusal } from '../domain/refusal.ts';
import { keyOf, propertyOf } from '../domain/tenancy.ts';
import { DoorChanges, type Work } from '../domain/work.ts';
import { Announcements } from '../live/announcements.ts';
import { parseCsv, type CsvRow } from './csv-text.ts';
import { FileDates } from './file-dates.ts';
import { readRow, type PersonRow } from './row-values.ts';

type RowAction = ImportPreview['items'][number]['action'];

export interface ImportOutcome {
  readonly counts: ImportCounts;
  readonly items: readonly ImportPreview['items'][number][];
  readonly errors: readonly ImportError[];
  readonly doorIds: readonly string[];
}

/** Keys and dates for every row, from the wizard. */
export type ImportDefaults = Pick<ImportConfirm, 'keyIds' | 'startsAtS' | 'expiresAtS'>;

export const NO_DEFAULTS: ImportDefaults = { keyIds: [], expiresAtS: null };

/** Lets the program do other things before it resolves. */
export type Pause = () => Promise<void>;

/** The database answers without waiting: between pauses nothing else happens in the program, some 50 ms here. */
const ROWS_BETWEEN_PAUSES = 50;

/** In a writing transaction; a preview rolls it back. Throws CSV_INVALID for the file as a whole. */
export async function importPeople(
  work: Work,
  propertyId: string,
  bytes: Uint8Array,
  defaults: ImportDefaults,
  pause: Pause,
): Promise<ImportOutcome> {
  const property = await propertyOf(work, propertyId);
  const file = parseCsv(bytes);
  const keyIdOf = await keysByName(work, propertyId);
  for (const keyId of defaults.keyIds) {
    const key = await keyOf(work, keyId);
    if (key.property_id !== propertyId) {
      throw new Refusal('NOT_FOUND', `The Key ${key.name} is of another property.`, { subject: keyId });
    }
  }
  const errors = [...file.errors];
  const dates = new FileDates();
  const good: GoodRow[] = [];
  for (const [i, row] of file.rows.entries()) {
    if (i % ROWS_BETWEEN_PAUSES === 0) await pause();
    const read = goodRow(row, property.zone, keyIdOf, defaults.keyIds, dates);
    if (Array.isArray(read)) errors.push(...read);
    else good.push(read);
  }
  const items: ImportOutcome['items'][number][] = [];
  const bounds: RowBounds = new Map();
  for (const [i, row] of good.entries()) {
    if (i % ROWS_BETWEEN_PAUSES === 0) await pause();
    const action = await importRow(work, propertyId, row, { defaults, dates }, bounds);
    const { line, email } = row.values;
    if (typeof action === 'string') items.push({ line, email, action });
    else errors.push(action);
  }
  errors.sort((a, b) => a.line - b.line);
  return { counts: countsOf(items, errors), items, errors, doorIds: work.changes.doorIds() };
}

interface GoodRow {
  readonly values: PersonRow;
  /** Its own and those from the wizard, each once. */
  readonly keyIds: readonly string[];
}

function goodRow(
  row: CsvRow,
  zone: string,
  keyIdOf: ReadonlyMap<string, string>,
  furtherKeyIds: readonly string[],
  dates: FileDates,
): GoodRow | ImportError[] {
  const values = readRow(row, zone);
  if (Array.isArray(values)) return values;
  const { line } = row;
  const unknown = values.keyNames.find((name) => !keyIdOf.has(name));
  if (unknown !== undefined) {
    return [{ line, column: 'keys', reason: `the property has no Key named "${unknown}"` }];
  }
  const keyIds = [...new Set([...furtherKeyIds, ...values.keyNames.map((name) => keyIdOf.get(name) ?? '')])];
  const otherLine = dates.state(values, keyIds);
  if (otherLine === undefined) return { values, keyIds };
  return [
    { line, column: null, reason: `line ${otherLine} gives this person the same Key with other dates` },
  ];
}

interface Plan {
  readonly defaults: ImportDefaults;
  readonly dates: FileDates;
}

/** Behind a savepoint: a row that is refused leaves nothing behind. */
async function importRow(
  work: Work,
  propertyId: string,
  row: GoodRow,
  plan: Plan,
  bounds: RowBounds,
): Promise<RowAction | ImportError> {
  const inner: Work = { ...work, changes: new DoorChanges(), outbox: new Announcements() };
  await sql`savepoint import_row`.execute(work.trx);
  try {
    const action = await applyRow(inner, propertyId, row, plan);
    await requireCapacity(inner, inner.changes.doorIds(), { bounds, addedMax: row.keyIds.length });
    await sql`release savepoint import_row`.execute(work.trx);
    work.changes.addAll(inner.changes);
    work.outbox.addAll(inner.outbox);
    return action;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await sql`rollback to savepoint import_row`.execute(work.trx);
    await sql`release savepoint import_row`.execute(work.trx);
    return { line: row.values.line, column: null, reason: error.message };
  }
}

async function applyRow(
  work: Work,
  propertyId: string,
  { values, keyIds }: GoodRow,
  { defaults, dates }: Plan,
): Promise<RowAction> {
  const give = async (personId: string, keyId: string): Promise<void> => {
    const { startsAtS = defaults.startsAtS, expiresAtS = defaults.expiresAtS } = dates.of(
      values.email,
      keyId,
    );
    await giveKeys(work, personId, [keyId], { startsAtS, expiresAtS });
  };
  const existing = await findByEmail(work, propertyId, values.email);
  if (existing === undefined) {
    const personId = await insertPerson(work, propertyId, {
      ...values,
      credential: 'app',
      mayShare: false,
    });
    for (const keyId of keyIds) await give(personId, keyId);
    return 'invite';
  }
  const isRestored = await hasLostAccess(work, existing.id);
  const missing: string[] = [];
  let hasChanged = false;
  for (const keyId of keyIds) {
    const held = await heldGrant(work, existing.id, keyId);
    if (held === undefined) {
      missing.push(keyId);
      continue;
    }
    // What the row leaves open stays as it is.
    const { startsAtS = held.starts_at_s, expiresAtS = held.expires_at_s } = values;
    const changed = await changeDates(work, held, { startsAtS, expiresAtS });
    hasChanged ||= changed;
  }
  for (const keyId of missing) await give(existing.id, keyId);
  if (missing.length > 0) return isRestored ? 'restore-access' : 'add-access';
  return hasChanged ? 'change-dates' : 'nothing';
}

async function keysByName(work: Work, propertyId: string): Promise<ReadonlyMap<string, string>> {
  const keys = await work.trx
    .selectFrom('access_keys')
    .select(['id', 'name'])
    .where('property_id', '=', propertyId)
    .execute();
  return new Map(keys.map(({ id, name }) => [name, id]));
}

function countsOf(items: ImportOutcome['items'], errors: readonly ImportError[]): ImportCounts {
  const count = (action: RowAction): number => items.filter((item) => item.action === action).length;
  const skipped = new Set(errors.map(({ line }) => line)).size;
  return {
    rows: items.length + skipped,
    invites: count('invite'),
    additions: count('add-access'),
    restored: count('restore-access'),
    dateChanges: count('change-dates'),
    unchanged: count('nothing'),
    skipped,
  };
}
