// A door's table: the head, and one row for each credential and each time it works. Made once for a version and kept,
// so that every package of that version is of the very same table. Where it can be, it is made of the table before and
// of those people whose access has changed since.
import { decodeHex, equalBytes, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import type { Hash } from '#protocol/ids.ts';
import type { Random } from '#protocol/ports/random.ts';
import { eachRow, hashTable } from '#protocol/table/chunks.ts';
import {
  countRows,
  credentialIdAt,
  credentialIdOf,
  encodeRow,
  endAt,
  joinRows,
  mergeRows,
  NO_END,
  sortRows,
  verifierOf,
} from '#protocol/table/rows.ts';
import { appVerifier, keyedVerifier } from '#protocol/table/verifier.ts';
import { ROWS_MAX } from '#protocol/limits.ts';
import type { Triple } from '#protocol/triple.ts';
import { WireError } from '#protocol/wire-error.ts';
import { prepared } from '../db/prepared.ts';
import type { Schema } from '../db/schema.ts';
import type { Trx } from '../db/store.ts';
import { changedSince } from '../domain/access/access-changes.ts';
import { tableFull } from '../domain/access/capacity.ts';
import { wireDoorId } from '../domain/ids.ts';
import { liveRowsAt, type LiveRow } from '../domain/access/live-access.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Work } from '../domain/work.ts';
import { headWishOf, keepsNumbers, makeHead, type DoorForHead, type HeadWish } from './table-head.ts';

/** With more people than this the whole table is as soon read. */
const CHANGED_MAX = 200;
/** Now and then a table is made from nothing but the grants, whatever was noted of changes. */
const WHOLE_EVERY_VERSIONS = 64;

export interface LockTable {
  readonly headBytes: Uint8Array;
  /** Encoded, in order, one behind the other. */
  readonly rows: Uint8Array;
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

/** The table of that version as it is kept, or what it is to be made of. */
export async function keptOrDraft(
  work: Work,
  door: DoorForHead,
  lock: Schema['locks'],
  triple: Triple,
): Promise<LockTable | TableDraft> {
  const [newest] = await newestTables(work.trx, lock.id, lock.ownership_epoch);
  if (newest?.key_epoch === triple.keyEpoch && newest.table_version === triple.tableVersion) {
    return { headBytes: newest.head, rows: newest.rows, tableHash: newest.table_hash as Hash };
  }
  const before = newest === undefined || newest.head.length === 0 ? undefined : newest;
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
  const made = inOrder(door, draft.rows.rows.map(encoderOf(engine, draft, head.numberOf)));
  const rows =
    draft.rows.kind === 'whole'
      ? joinRows(made)
      : keptAnd(draft.before, draft.rows.numbers, draft.nowS, made);
  const capacity = Math.min(lock.capacity_rows, ROWS_MAX);
  const count = countRows(rows);
  if (count > capacity) throw tableFull(door.id, door.name, count, capacity);
  return { headBytes: head.headBytes, rows, tableHash: hashTable(engine, head.headBytes, rows).tableHash };
}

/**
 * In a writing transaction. False where another process was first with another one, which is then the table of that
 * version.
 */
export async function keepTable(
  trx: Trx,
  nowS: number,
  lockId: string,
  { ownershipEpoch, keyEpoch, tableVersion }: Triple,
  { headBytes, rows, tableHash }: LockTable,
): Promise<boolean> {
  const key = [lockId, ownershipEpoch, keyEpoch, tableVersion] as const;
  const inserted = await insertTable(trx, ...key, headBytes, rows, tableHash, nowS);
  if (inserted.length > 0) return true;
  const [kept] = await hashOfTable(trx, ...key);
  return kept !== undefined && equalBytes(kept.table_hash, tableHash);
}

const insertTable = prepared(
  (
    db,
    lock_id: string,
    ownership_epoch: number,
    key_epoch: number,
    table_version: number,
    head: Uint8Array,
    rows: Uint8Array,
    table_hash: Uint8Array,
    created_at_s: number,
  ) =>
    db
      .insertInto('lock_tables')
      .values({ lock_id, ownership_epoch, key_epoch, table_version, head, rows, table_hash, created_at_s })
      .onConflict((conflict) => conflict.doNothing())
      .returning('table_version'),
);

const hashOfTable = prepared(
  (db, lockId: string, ownershipEpoch: number, keyEpoch: number, tableVersion: number) =>
    db
      .selectFrom('lock_tables')
      .select('table_hash')
      .where('lock_id', '=', lockId)
      .where('ownership_epoch', '=', ownershipEpoch)
      .where('key_epoch', '=', keyEpoch)
      .where('table_version', '=', tableVersion),
);

const newestTables = prepared((db, lockId: string, ownershipEpoch: number) =>
  db
    .selectFrom('lock_tables')
    .selectAll()
    .where('lock_id', '=', lockId)
    .where('ownership_epoch', '=', ownershipEpoch)
    .orderBy('key_epoch', 'desc')
    .orderBy('table_version', 'desc')
    .limit(1),
);

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

/** Of everybody else as they were, without those whose end has passed, and the new ones. */
function keptAnd(
  before: TableBefore | undefined,
  numbers: ReadonlySet<number>,
  nowS: number,
  made: readonly Uint8Array[],
): Uint8Array {
  if (before === undefined) return joinRows(made);
  const { rows } = before;
  return mergeRows(rows, (at) => numbers.has(credentialIdAt(rows, at)) || endAt(rows, at) <= nowS, made);
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
