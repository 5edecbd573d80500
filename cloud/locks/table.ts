// A door's table: the head, and one row for each credential and each time it works. Made once for a version and kept,
// so that every package of that version is of the very same table. Where it can be, it is made of the table before and
// of those people whose access has changed since.
import { concat, decodeHex, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import type { Hash } from '#protocol/ids.ts';
import type { Random } from '#protocol/ports/random.ts';
import { eachRow, hashTable } from '#protocol/table/chunks.ts';
import { credentialIdOf, encodeRow, endOf, NO_END, sortRows, verifierOf } from '#protocol/table/rows.ts';
import { appVerifier, keyedVerifier } from '#protocol/table/verifier.ts';
import { ROWS_MAX } from '#protocol/limits.ts';
import type { Triple } from '#protocol/triple.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Schema } from '../db/schema.ts';
import { changedSince } from '../domain/access-changes.ts';
import { tableFull } from '../domain/capacity.ts';
import { wireDoorId } from '../domain/ids.ts';
import { liveRowsAt, type LiveRow } from '../domain/live-access.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Work } from '../domain/work.ts';
import { headWishOf, keepsNumbers, makeHead, type DoorForHead, type HeadWish } from './table-head.ts';

/** With more people than this the whole table is as soon read. */
const CHANGED_MAX = 200;
/** Now and then a table is made from nothing but the grants, whatever was noted of changes. */
const WHOLE_EVERY_VERSIONS = 64;

export interface LockTable {
  readonly headBytes: Uint8Array;
  /** Encoded and in order. */
  readonly rows: readonly Uint8Array[];
  readonly tableHash: Hash;
}

export interface TableBefore {
  readonly headBytes: Uint8Array;
  readonly rows: Uint8Array;
}

/** All that a table is made of, read in one view of the database; making it needs nothing more of it. */
export interface TableDraft {
  readonly door: DoorForHead;
  readonly lock: Schema['locks'];
  readonly nowS: number;
  readonly head: HeadWish;
  readonly before: TableBefore | undefined;
  /** What the rows are, or how they differ from those before. */
  readonly rows:
    | { readonly kind: 'whole'; readonly rows: readonly LiveRow[] }
    | {
        readonly kind: 'changed';
        /** Of the people whose rows are given anew. */
        readonly numbers: ReadonlySet<number>;
        readonly rows: readonly LiveRow[];
      };
}

/** The table of that version as it is kept. */
export async function keptTable(work: Work, lockId: string, triple: Triple): Promise<LockTable | undefined> {
  const kept = await work.trx
    .selectFrom('lock_tables')
    .selectAll()
    .where('lock_id', '=', lockId)
    .where('ownership_epoch', '=', triple.ownershipEpoch)
    .where('key_epoch', '=', triple.keyEpoch)
    .where('table_version', '=', triple.tableVersion)
    .executeTakeFirst();
  if (kept === undefined) return undefined;
  return { headBytes: kept.head, rows: [...eachRow(kept.rows)], tableHash: kept.table_hash as Hash };
}

export async function draftTable(
  work: Work,
  door: DoorForHead,
  lock: Schema['locks'],
  triple: Triple,
): Promise<TableDraft> {
  const before = await newestTable(work, lock);
  const head = await headWishOf(work, door);
  const parts = {
    door,
    lock,
    nowS: work.nowS,
    head,
    before: before === undefined ? undefined : { headBytes: before.head, rows: before.rows },
  };
  const changed = before === undefined ? undefined : await changesSince(work, door, head, before, triple);
  if (changed === undefined) {
    return { ...parts, rows: { kind: 'whole', rows: await liveRowsAt(work.trx, door.id, work.nowS) } };
  }
  return {
    ...parts,
    rows: {
      kind: 'changed',
      numbers: await numbersOf(work, door.id, changed),
      rows: await liveRowsAt(work.trx, door.id, work.nowS, changed),
    },
  };
}

/** Throws TABLE_FULL, TOO_MANY_OVERLAPS, HEAD_LIMIT. */
export function makeTable(engine: CryptoEngine, random: Random, draft: TableDraft): LockTable {
  const { door, lock, before } = draft;
  const head = makeHead(random, draft.nowS, draft.head, before?.headBytes);
  const encode = encoderOf(engine, draft, head.numberOf);
  const made = draft.rows.rows.map(encode);
  const rows =
    draft.rows.kind === 'whole' ? made : [...keptRows(draft.before, draft.rows.numbers, draft.nowS), ...made];
  const capacity = Math.min(lock.capacity_rows, ROWS_MAX);
  if (rows.length > capacity) throw tableFull(door.id, door.name, rows.length, capacity);
  const sorted = inOrder(door, rows);
  return {
    headBytes: head.headBytes,
    rows: sorted,
    tableHash: hashTable(engine, head.headBytes, sorted).tableHash,
  };
}

/** In a writing transaction; another process may have been first, and then nothing is written. */
export async function keepTable(work: Work, lockId: string, triple: Triple, table: LockTable): Promise<void> {
  await work.trx
    .insertInto('lock_tables')
    .values({
      lock_id: lockId,
      ownership_epoch: triple.ownershipEpoch,
      key_epoch: triple.keyEpoch,
      table_version: triple.tableVersion,
      head: table.headBytes,
      rows: concat(...table.rows),
      table_hash: table.tableHash,
      created_at_s: work.nowS,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const newestTable = (work: Work, lock: Schema['locks']) =>
  work.trx
    .selectFrom('lock_tables')
    .selectAll()
    .where('lock_id', '=', lock.id)
    .where('ownership_epoch', '=', lock.ownership_epoch)
    .orderBy('key_epoch', 'desc')
    .orderBy('table_version', 'desc')
    .limit(1)
    .executeTakeFirst();

/** People whose rows are to be made anew; undefined where all are. */
async function changesSince(
  work: Work,
  door: DoorForHead,
  head: HeadWish,
  before: Schema['lock_tables'],
  triple: Triple,
): Promise<string[] | undefined> {
  if (triple.tableVersion % WHOLE_EVERY_VERSIONS === 0 || before.table_version > triple.tableVersion) {
    return undefined;
  }
  if (!keepsNumbers(head, before.head)) return undefined;
  const changed = await changedSince(work, door.id, before.table_version, CHANGED_MAX + 1);
  return changed.length > CHANGED_MAX ? undefined : changed;
}

async function numbersOf(work: Work, doorId: string, personIds: readonly string[]): Promise<Set<number>> {
  if (personIds.length === 0) return new Set();
  const rows = await work.trx
    .selectFrom('credential_holders')
    .select('number')
    .where('person_id', 'in', [...personIds])
    .where('door_id', '=', doorId)
    .execute();
  return new Set(rows.map(({ number }) => number));
}

/** Of everybody else, without those whose end has passed. */
function keptRows(before: TableBefore | undefined, numbers: ReadonlySet<number>, nowS: number): Uint8Array[] {
  const rows: Uint8Array[] = [];
  if (before === undefined) return rows;
  for (const row of eachRow(before.rows)) {
    if (!numbers.has(credentialIdOf(row)) && endOf(row) > nowS) rows.push(row);
  }
  return rows;
}

/** A credential's verifier is the same in every table of one binding: only new ones are worked out. */
function encoderOf(
  engine: CryptoEngine,
  { door, lock, before, rows }: TableDraft,
  numberOf: (schedule: string | null) => number,
): (row: LiveRow) => Uint8Array {
  const known = new Map<number, Uint8Array>();
  if (rows.kind === 'whole' && before !== undefined) {
    for (const row of eachRow(before.rows)) known.set(credentialIdOf(row), verifierOf(row));
  }
  const doorId = wireDoorId(door.id);
  const verifier = ({ number, kind, value }: LiveRow): Uint8Array => {
    const found = known.get(number);
    if (found !== undefined) return found;
    const bytes = kind === 'doorcode' ? utf8(value) : decodeHex(value);
    invariant(bytes, 'hex, as it was kept');
    const made =
      kind === 'app'
        ? appVerifier(engine, bytes)
        : keyedVerifier(engine, lock.credential_key, kind, doorId, bytes);
    known.set(number, made);
    return made;
  };
  return (row) =>
    encodeRow({
      verifier: verifier(row),
      credentialId: row.number,
      kind: row.kind,
      isGuest: row.isGuest,
      schedule: numberOf(row.schedule),
      startS: row.startsAtS,
      endS: row.expiresAtS ?? NO_END,
    });
}

function inOrder(door: DoorForHead, rows: readonly Uint8Array[]): Uint8Array[] {
  try {
    return sortRows(rows);
  } catch (error) {
    if (!(error instanceof WireError) || error.code !== 'GROUP_TOO_LARGE') throw error;
    throw new Refusal('TOO_MANY_OVERLAPS', `At ${door.name} one credential would have a ninth row.`, {
      cause: error,
      subject: door.id,
      next: 'Give overlapping Keys the same dates, or remove one of them.',
    });
  }
}
