// Doing what a people file says, row by row: each goes in whole or is skipped with its reason, and a row that
// asks for what is there already changes nothing.
import { sql } from 'kysely';
import type { ImportConfirm, ImportCounts, ImportError, ImportPreview } from '#protocol/api/imports.ts';
import { requireCapacity, type RowBounds } from '../domain/capacity.ts';
import { changeDates, giveKeys, heldGrant } from '../domain/grants.ts';
import { findByEmail, insertPerson } from '../domain/people.ts';
import { Refusal } from '../domain/refusal.ts';
import { keyOf, propertyOf } from '../domain/tenancy.ts';
import { DoorChanges, type Work } from '../domain/work.ts';
import { parseCsv } from './csv-text.ts';
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
  const items: ImportOutcome['items'][number][] = [];
  const bounds: RowBounds = new Map();
  for (const [i, row] of file.rows.entries()) {
    if (i % ROWS_BETWEEN_PAUSES === 0) await pause();
    const values = readRow(row, property.zone);
    if (Array.isArray(values)) {
      errors.push(...values);
      continue;
    }
    const keyIds: string[] = [...defaults.keyIds];
    const unknown = values.keyNames.find((name) => {
      const keyId = keyIdOf.get(name);
      if (keyId !== undefined && !keyIds.includes(keyId)) keyIds.push(keyId);
      return keyId === undefined;
    });
    if (unknown !== undefined) {
      errors.push({ line: row.line, column: 'keys', reason: `the property has no Key named "${unknown}"` });
      continue;
    }
    const action = await importRow(work, propertyId, values, keyIds, defaults, bounds);
    if (typeof action === 'string') items.push({ line: row.line, email: values.email, action });
    else errors.push(action);
  }
  errors.sort((a, b) => a.line - b.line);
  return { counts: countsOf(items, errors), items, errors, doorIds: work.changes.doorIds() };
}

/** Behind a savepoint: a row that is refused leaves nothing behind. */
async function importRow(
  work: Work,
  propertyId: string,
  row: PersonRow,
  keyIds: readonly string[],
  defaults: ImportDefaults,
  bounds: RowBounds,
): Promise<RowAction | ImportError> {
  const inner: Work = { ...work, changes: new DoorChanges() };
  await sql`savepoint import_row`.execute(work.trx);
  try {
    const action = await applyRow(inner, propertyId, row, keyIds, defaults);
    await requireCapacity(inner, inner.changes.doorIds(), bounds);
    await sql`release savepoint import_row`.execute(work.trx);
    work.changes.addAll(inner.changes);
    return action;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await sql`rollback to savepoint import_row`.execute(work.trx);
    await sql`release savepoint import_row`.execute(work.trx);
    return { line: row.line, column: null, reason: error.message };
  }
}

async function applyRow(
  work: Work,
  propertyId: string,
  row: PersonRow,
  keyIds: readonly string[],
  defaults: ImportDefaults,
): Promise<RowAction> {
  const dates = {
    startsAtS: row.startsAtS ?? defaults.startsAtS,
    expiresAtS: row.expiresAtS ?? defaults.expiresAtS,
  };
  const existing = await findByEmail(work, propertyId, row.email);
  if (existing === undefined) {
    const personId = await insertPerson(work, propertyId, { ...row, mayShare: false });
    await giveKeys(work, personId, keyIds, dates);
    return 'invite';
  }
  const missing: string[] = [];
  let hasChanged = false;
  for (const keyId of keyIds) {
    const held = await heldGrant(work, existing.id, keyId);
    if (held === undefined) {
      missing.push(keyId);
      continue;
    }
    // What the file leaves open stays as it is.
    const changed = await changeDates(work, held, {
      startsAtS: row.startsAtS ?? held.starts_at_s,
      expiresAtS: row.expiresAtS ?? held.expires_at_s,
    });
    hasChanged ||= changed;
  }
  await giveKeys(work, existing.id, missing, dates);
  if (missing.length > 0) return 'add-access';
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
    dateChanges: count('change-dates'),
    unchanged: count('nothing'),
    skipped,
  };
}
