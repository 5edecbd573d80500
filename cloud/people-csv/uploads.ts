// An upload between preview and the end of its job: what it would do, the word to do it, how far it is, and the way to
// stop it. The rows are done by the import runner of whichever process has it.
import type { ImportConfirm, ImportPreview, ImportStatus } from '#protocol/api/imports.ts';
import type { Schema } from '../db/schema.ts';
import { sortedOut } from '../domain/sync/doors-behind.ts';
import { requireDates } from '../domain/access/grants.ts';
import { newId } from '../domain/ids.ts';
import { afterCursor, decodeCursor, pageOf, type PageWish } from '../domain/pages.ts';
import { notFound, Refusal } from '../domain/refusal.ts';
import { keysWithin } from '../domain/rights/rights-check.ts';
import { keyOf, propertyOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import { count, emptyTally, listed, type Tally } from './counted.ts';
import { fileContext, fileEntries, type Pause } from './file-rows.ts';
import { previewRows } from './preview-rows.ts';

const UPLOAD_LIFE_S = 86_400;
/** How long it can be looked up what became of one. */
export const RESULT_LIFE_S = 30 * 86_400;

export interface UploadDesk {
  read<T>(run: (work: Work) => Promise<T>): Promise<T>;
  write<T>(run: (work: Work) => Promise<T>): Promise<T>;
}

/** Keeps the file, and says what its confirm would do. Throws CSV_INVALID for the file as a whole. */
export async function previewUpload(
  desk: UploadDesk,
  propertyId: string,
  bytes: Uint8Array,
  pause: Pause,
): Promise<ImportPreview> {
  const context = await desk.read(async (work) => {
    const { zone } = await propertyOf(work, propertyId);
    return fileContext(work, propertyId, zone);
  });
  const entries = await fileEntries(bytes, context, 'to-come', pause);
  const { outcomes, items } = await previewRows((run) => desk.read(run), propertyId, entries, pause);
  const tally = emptyTally();
  for (const outcome of outcomes) count(tally, outcome);
  const kept = await desk.write((work) => keepUpload(work, propertyId, bytes, entries.length));
  const lists = listed(items);
  return {
    ...kept,
    ...tally,
    ...lists,
    isShortened: tally.errorsLeftOut > 0 || lists.itemsLeftOut > 0,
  };
}

async function keepUpload(
  work: Work,
  propertyId: string,
  bytes: Uint8Array,
  rowsTotal: number,
): Promise<{ id: string; expiresAtS: number }> {
  await propertyOf(work, propertyId);
  const { trx, random, nowS } = work;
  await trx.deleteFrom('imports').where('expires_at_s', '<=', nowS).where('state', '!=', 'running').execute();
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
      rows_total: rowsTotal,
      rows_done: 0,
      progress: null,
      claimed_until_s: null,
      created_at_s: nowS,
      expires_at_s: expiresAtS,
      result: null,
    })
    .execute();
  return { id, expiresAtS };
}

/** Again is harmless. Throws IMPORT_ENDED, IMPORT_STARTED. */
export async function confirmUpload(
  work: Work,
  importId: string,
  confirm: ImportConfirm,
): Promise<ImportStatus> {
  const upload = await uploadOf(work, importId);
  const wish = JSON.stringify(confirm);
  if (upload.state !== 'previewed') {
    if (upload.wish === wish) {
      work.trace.isVoid = true;
      return statusOf(work, upload);
    }
    throw new Refusal('IMPORT_STARTED', 'The upload was confirmed already, with other Keys or dates.', {
      subject: importId,
      next: 'Upload the file again to add more to it.',
    });
  }
  if (upload.expires_at_s <= work.nowS) {
    throw new Refusal('IMPORT_ENDED', 'The upload was too long ago.', { next: 'Upload the file again.' });
  }
  await requireWizard(work, upload.property_id, confirm);
  const begun = { state: 'running', wish, account_id: work.caller?.accountId ?? null } as const;
  await work.trx.updateTable('imports').set(begun).where('id', '=', importId).execute();
  noteImport(work, upload);
  return statusOf(work, { ...upload, ...begun });
}

/** Between two rows; what is done stays. Again is harmless. */
export async function cancelUpload(work: Work, importId: string): Promise<ImportStatus> {
  const upload = await uploadOf(work, importId);
  if (upload.state !== 'previewed' && upload.state !== 'running') {
    work.trace.isVoid = true;
    return statusOf(work, upload);
  }
  const ended = endOf(work.nowS, 'cancelled', null);
  await work.trx.updateTable('imports').set(ended).where('id', '=', importId).execute();
  noteImport(work, upload);
  return statusOf(work, { ...upload, ...ended });
}

export async function getUpload(work: Work, importId: string): Promise<ImportStatus> {
  return statusOf(work, await uploadOf(work, importId));
}

/** The newest last. */
export async function listUploads(work: Work, propertyId: string, wish: PageWish) {
  await propertyOf(work, propertyId);
  const rows = await work.trx
    .selectFrom('imports')
    .selectAll()
    .where('property_id', '=', propertyId)
    .$if(keysWithin(work, propertyId) !== undefined, (query) =>
      query.where('account_id', '=', work.caller?.accountId ?? ''),
    )
    .where(afterCursor(decodeCursor(wish.after), 'created_at_s', 'id'))
    .orderBy('created_at_s')
    .orderBy('id')
    .limit(wish.limit + 1)
    .execute();
  const page = pageOf(
    rows,
    wish.limit,
    ({ created_at_s: sort, id }) => ({ sort, id }),
    (row) => row,
  );
  const items: ImportStatus[] = [];
  for (const row of page.items) items.push(await statusOf(work, row));
  return { items, next: page.next };
}

export interface Progress extends Tally {
  readonly doorIds: readonly string[];
}

export const progressOf = ({ progress }: Pick<Schema['imports'], 'progress'>): Progress =>
  progress === null ? { ...emptyTally(), doorIds: [] } : (JSON.parse(progress) as Progress);

/** The file itself is not needed any more. */
export const endOf = (nowS: number, state: 'done' | 'cancelled' | 'failed', failure: string | null) => ({
  state,
  result: failure,
  bytes: new Uint8Array(0),
  claimed_until_s: null,
  expires_at_s: nowS + RESULT_LIFE_S,
});

export function noteImport(
  work: Work,
  { id, property_id }: Pick<Schema['imports'], 'id' | 'property_id'>,
): void {
  work.outbox.announce({ kind: 'imports', propertyId: property_id, subject: id });
}

/** A manager of named Keys sees the own uploads alone: errors quote what others wrote. */
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
  const isOthers = found.account_id !== work.caller?.accountId;
  if (isOthers && keysWithin(work, found.property_id) !== undefined) throw notFound('upload');
  return found;
}

async function requireWizard(work: Work, propertyId: string, confirm: ImportConfirm): Promise<void> {
  for (const keyId of confirm.keyIds) {
    const key = await keyOf(work, keyId);
    if (key.property_id === propertyId) continue;
    throw new Refusal('NOT_FOUND', `The Key ${key.name} is of another property.`, { subject: keyId });
  }
  const startsAtS = confirm.startsAtS ?? work.nowS;
  requireDates(work, { startsAtS, expiresAtS: confirm.expiresAtS });
}

async function statusOf(work: Work, upload: Schema['imports']): Promise<ImportStatus> {
  const { doorIds, ...tally } = progressOf(upload);
  return {
    id: upload.id,
    propertyId: upload.property_id,
    state: upload.state,
    rowsTotal: upload.rows_total,
    rowsDone: upload.rows_done,
    ...tally,
    isShortened: tally.errorsLeftOut > 0,
    ...(await sortedOut(work, doorIds)),
    failure: upload.result,
    createdAtS: upload.created_at_s,
    expiresAtS: upload.expires_at_s,
  };
}
