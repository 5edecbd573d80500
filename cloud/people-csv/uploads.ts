// An upload between preview and confirm. The preview does everything the confirm will do and takes it back, so
// that the two can only differ by what happened in between.
import { sql } from 'kysely';
import type { ImportConfirm, ImportPreview, ImportResult } from '#protocol/api/imports.ts';
import { csvColumns, IMPORT_LISTED_MAX } from '#protocol/api/imports.ts';
import type { Schema } from '../db/schema.ts';
import { newId } from '../domain/ids.ts';
import { notFound, Refusal } from '../domain/refusal.ts';
import { propertyOf } from '../domain/tenancy.ts';
import { DoorChanges, type Work } from '../domain/work.ts';
import { Announcements } from '../live/announcements.ts';
import { importPeople, NO_DEFAULTS, type ImportOutcome, type Pause } from './import-people.ts';

const UPLOAD_LIFE_S = 86_400;
/** A reason may quote a cell. */
const REASON_MAX_CHARACTERS = 200;

/** Two rows to write over; an upload of the template as it is skips none and invites both. */
export const template = (): string =>
  [
    csvColumns.join(','),
    'Ada,Example,ada@example.com,+1 555 0100,yes,Unit 4B;Front doors,2027-01-01,2027-12-31',
    'Ben,Example,ben@example.com,,no,Front doors,,2027-06-30 18:00',
    '',
  ].join('\r\n');

/** Keeps the file, and says what its confirm would do. Throws CSV_INVALID for the file as a whole. */
export async function previewUpload(
  work: Work,
  propertyId: string,
  bytes: Uint8Array,
  pause: Pause,
): Promise<ImportPreview> {
  const outcome = await dryRun(work, propertyId, bytes, pause);
  const { trx, random, nowS } = work;
  await trx.deleteFrom('imports').where('expires_at_s', '<=', nowS).execute();
  const id = newId(random, 'import');
  const expiresAtS = nowS + UPLOAD_LIFE_S;
  await trx
    .insertInto('imports')
    .values({
      id,
      property_id: propertyId,
      account_id: work.caller?.accountId ?? null,
      bytes,
      state: 'previewed',
      wish: null,
      rows_total: outcome.counts.rows,
      rows_done: 0,
      progress: null,
      claimed_until_s: null,
      created_at_s: nowS,
      expires_at_s: expiresAtS,
      result: null,
    })
    .execute();
  const items = outcome.items.slice(0, IMPORT_LISTED_MAX);
  const itemsLeftOut = outcome.items.length - items.length;
  const listed = listedErrors(outcome.errors);
  const isShortened = listed.isShortened || itemsLeftOut > 0;
  return { id, expiresAtS, ...outcome.counts, items, itemsLeftOut, ...listed, isShortened };
}

/** What it changes is taken back, and touches no door. */
async function dryRun(
  work: Work,
  propertyId: string,
  bytes: Uint8Array,
  pause: Pause,
): Promise<ImportOutcome> {
  const inner: Work = { ...work, changes: new DoorChanges(), outbox: new Announcements() };
  await sql`savepoint dry_run`.execute(work.trx);
  const outcome = await importPeople(inner, propertyId, bytes, NO_DEFAULTS, pause);
  await sql`rollback to savepoint dry_run`.execute(work.trx);
  await sql`release savepoint dry_run`.execute(work.trx);
  return outcome;
}

function listedErrors(
  all: ImportOutcome['errors'],
): Pick<ImportResult, 'errors' | 'errorsLeftOut' | 'isShortened'> {
  const errors = all
    .slice(0, IMPORT_LISTED_MAX)
    .map((error) => ({ ...error, reason: error.reason.slice(0, REASON_MAX_CHARACTERS) }));
  const errorsLeftOut = all.length - errors.length;
  return { errors, errorsLeftOut, isShortened: errorsLeftOut > 0 };
}

/** Again is harmless: the result is kept with the upload. Throws IMPORT_ENDED. */
export async function confirmUpload(
  work: Work,
  importId: string,
  confirm: ImportConfirm,
  pause: Pause,
): Promise<ImportResult> {
  const upload = await uploadOf(work, importId);
  if (upload.result !== null) return JSON.parse(upload.result) as ImportResult;
  if (upload.expires_at_s <= work.nowS) {
    throw new Refusal('IMPORT_ENDED', 'The upload was too long ago.', { next: 'Upload the file again.' });
  }
  const outcome = await importPeople(work, upload.property_id, upload.bytes, confirm, pause);
  const result: ImportResult = {
    id: importId,
    ...outcome.counts,
    ...listedErrors(outcome.errors),
    doorsToSync: await withLocks(work, outcome.doorIds),
  };
  await work.trx
    .updateTable('imports')
    .set({ result: JSON.stringify(result), bytes: new Uint8Array(0) })
    .where('id', '=', importId)
    .execute();
  return result;
}

async function uploadOf(work: Work, importId: string): Promise<Schema['imports']> {
  const found = await work.trx
    .selectFrom('imports')
    .innerJoin('properties', 'properties.id', 'imports.property_id')
    .selectAll('imports')
    .where('imports.id', '=', importId)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('upload');
  await propertyOf(work, found.property_id);
  return found;
}

async function withLocks(work: Work, doorIds: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const doorId of doorIds) {
    const lock = await work.trx
      .selectFrom('locks')
      .select('id')
      .where('door_id', '=', doorId)
      .executeTakeFirst();
    if (lock !== undefined) found.push(doorId);
  }
  return found;
}
