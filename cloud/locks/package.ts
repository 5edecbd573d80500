// Packages: compiled, sealed and signed when somebody first asks, once for a lock, version and base, and from then on
// only the stored bytes are served, to everyone the same. They are made outside of any writing transaction.
import { decodeHex, encodeHex, equalBytes } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import { asLockId, type Hash, type LockId } from '#protocol/ids.ts';
import {
  encodePackage,
  makeDeltaPackage,
  makeFullPackage,
  type MadePackage as SealedPackage,
} from '#protocol/table/package.ts';
import type { Triple } from '#protocol/triple.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Asking, Desk } from '../desk.ts';
import { prepared } from '../db/prepared.ts';
import type { Schema } from '../db/schema.ts';
import type { Trx } from '../db/store.ts';
import { Refusal } from '../domain/refusal.ts';
import { sweepPackages } from '../domain/sweep.ts';
import { doorOf, lockOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import type { CloudKeys } from '../keys/cloud-keys.ts';
import { isSameHead, type HeadWork } from './table-head.ts';
import { keepTable, keptOrDraft, makeTable, type LockTable, type TableDraft } from './table.ts';

const FULL = '';
const MINIMUM_FIRMWARE = 0;
/** Somebody else has made another table of the same version meanwhile: the next look finds theirs. */
const ATTEMPTS_MAX = 3;

export interface StoredPackage {
  readonly lock: Schema['locks'];
  readonly triple: Triple;
  readonly tableHash: Hash;
  readonly manifestHash: Hash;
  /** Hex of the base's table hash; empty in a full set. */
  readonly base: string;
  readonly bytes: Uint8Array;
}

/** Strong: the stored bytes never change. */
export const entityTag = (stored: StoredPackage): string => `"${encodeHex(stored.manifestHash)}"`;

/**
 * The newest set: from that base where one is named, we still have it, and what leads from it fits a delta; otherwise
 * whole. Throws DOOR_WITHOUT_LOCK, TABLE_FULL, TOO_MANY_OVERLAPS, HEAD_LIMIT.
 */
export async function packageFor(
  desk: Desk,
  asking: Asking,
  doorId: string,
  base: string = FULL,
): Promise<StoredPackage> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const seen = await desk.read(asking, (work) => look(work, doorId, base));
    if ('bytes' in seen) return seen;
    const made = make(desk, seen);
    if (made === undefined) return await packageFor(desk, asking, doorId);
    // Whoever may have it was found out by the look; what is kept is the same for all.
    const stored = await desk.parts.store.write((trx) => keep({ trx, nowS: desk.nowS() }, seen, made));
    if (stored !== undefined) return stored;
  }
  throw new Refusal('NOT_READY', 'The set of this door changes faster than it can be made.', {
    next: 'Try again in a moment.',
  });
}

export function wireLockId(hex: string): LockId {
  const bytes = decodeHex(hex);
  const id = bytes === undefined ? undefined : asLockId(bytes);
  invariant(id, 'a lock id as it was stored');
  return id;
}

export const withoutLock = (door: { id: string; name: string }): Refusal =>
  new Refusal('DOOR_WITHOUT_LOCK', `${door.name} has no lock yet.`, {
    subject: door.id,
    next: 'Activate a lock at this door first.',
  });

/** What a package is made of, as one view of the database had it. */
interface PackageDraft {
  readonly doorId: string;
  readonly lock: Schema['locks'];
  readonly triple: Triple;
  readonly keys: CloudKeys;
  readonly table: LockTable | TableDraft;
  readonly base: (LockTable & { readonly tableVersion: number }) | undefined;
}

interface MadePackage {
  readonly table: LockTable;
  readonly base: string;
  readonly bytes: Uint8Array;
  readonly manifestHash: Hash;
}

async function look(work: Work, doorId: string, base: string): Promise<StoredPackage | PackageDraft> {
  const door = await doorOf(work, doorId);
  const lock = await lockOf(work, doorId);
  if (lock === undefined) throw withoutLock(door);
  const triple: Triple = {
    ownershipEpoch: lock.ownership_epoch,
    keyEpoch: work.keyEpoch,
    tableVersion: door.target_version,
  };
  const kept = await stored(work.trx, lock, triple, base);
  if (kept !== undefined) return kept;
  const baseTable = base === FULL ? undefined : await tableByHash(work, lock, base);
  if (base !== FULL && baseTable === undefined) {
    const full = await stored(work.trx, lock, triple, FULL);
    if (full !== undefined) return full;
  }
  const table = await keptOrDraft(work, door, lock, triple);
  return { doorId, lock, triple, keys: work.signing(), table, base: baseTable };
}

/** Undefined where no delta leads there: then the full set is asked for. */
function make(desk: Desk, draft: PackageDraft): MadePackage | undefined {
  const { engine, random } = desk.parts;
  const { lock, triple, base } = draft;
  const table = 'tableHash' in draft.table ? draft.table : makeTable(engine, random, draft.table);
  const set = {
    lockId: wireLockId(lock.id),
    lockSealingKey: lock.sealing_key,
    triple,
    headBytes: table.headBytes,
    rows: table.rows,
    minimumFirmware: MINIMUM_FIRMWARE,
  };
  const signer = draft.keys.tableSigner;
  const done = (made: SealedPackage, from: string): MadePackage => ({
    table,
    base: from,
    bytes: encodePackage(made),
    manifestHash: made.manifestHash,
  });
  if (base === undefined) return done(makeFullPackage(engine, signer, random.bytes(32), set), FULL);
  if (equalBytes(base.tableHash, table.tableHash)) return undefined;
  try {
    return done(
      makeDeltaPackage(engine, signer, random.bytes(32), { ...set, base }),
      encodeHex(base.tableHash),
    );
  } catch (error) {
    if (error instanceof WireError && error.code === 'LIMIT_EXCEEDED') return undefined;
    throw error;
  }
}

/** Undefined where the lock, the table of that version, or what its head is to say is another one by now. */
async function keep(
  { trx, nowS }: HeadWork,
  { lock, triple, table }: PackageDraft,
  made: MadePackage,
): Promise<StoredPackage | undefined> {
  if ((await binding(trx, lock.id, lock.ownership_epoch)).length === 0) return undefined;
  if (!('tableHash' in table) && !(await isSameHead({ trx, nowS }, table))) return undefined;
  if (!(await keepTable(trx, nowS, lock.id, triple, made.table))) return undefined;
  await sweepPackages(trx, lock.id);
  const { base, bytes, manifestHash } = made;
  const { ownershipEpoch, keyEpoch, tableVersion } = triple;
  const key = [lock.id, ownershipEpoch, keyEpoch, tableVersion, base] as const;
  const inserted = await insertPackage(trx, ...key, manifestHash, bytes, nowS);
  if (inserted.length > 0) {
    return { lock, triple, tableHash: made.table.tableHash, manifestHash, base, bytes };
  }
  // Another process was first: its bytes are the ones.
  return await stored(trx, lock, triple, base);
}

const binding = prepared((db, lockId: string, ownershipEpoch: number) =>
  db.selectFrom('locks').select('id').where('id', '=', lockId).where('ownership_epoch', '=', ownershipEpoch),
);

const insertPackage = prepared(
  (
    db,
    lock_id: string,
    ownership_epoch: number,
    key_epoch: number,
    table_version: number,
    base: string,
    manifest_hash: Uint8Array,
    bytes: Uint8Array,
    created_at_s: number,
  ) =>
    db
      .insertInto('packages')
      .values({
        lock_id,
        ownership_epoch,
        key_epoch,
        table_version,
        base,
        manifest_hash,
        bytes,
        created_at_s,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('base'),
);

/** One that was swept cannot be a base any more. */
async function tableByHash(work: Work, lock: Schema['locks'], hash: string): Promise<PackageDraft['base']> {
  const bytes = decodeHex(hash);
  if (bytes === undefined) return undefined;
  const row = await work.trx
    .selectFrom('lock_tables')
    .selectAll()
    .where('lock_id', '=', lock.id)
    .where('ownership_epoch', '=', lock.ownership_epoch)
    .where('table_hash', '=', bytes)
    .orderBy('key_epoch', 'desc')
    .orderBy('table_version', 'desc')
    .executeTakeFirst();
  if (row === undefined || row.head.length === 0) return undefined;
  return {
    headBytes: row.head,
    rows: row.rows,
    tableHash: row.table_hash as Hash,
    tableVersion: row.table_version,
  };
}

async function stored(
  trx: Trx,
  lock: Schema['locks'],
  triple: Triple,
  base: string,
): Promise<StoredPackage | undefined> {
  const { ownershipEpoch, keyEpoch, tableVersion } = triple;
  const [row] = await storedPackage(trx, lock.id, ownershipEpoch, keyEpoch, tableVersion, base);
  if (row === undefined) return undefined;
  return {
    lock,
    triple,
    tableHash: row.table_hash as Hash,
    manifestHash: row.manifest_hash as Hash,
    base: row.base,
    bytes: row.bytes,
  };
}

const storedPackage = prepared(
  (db, lockId: string, ownershipEpoch: number, keyEpoch: number, tableVersion: number, base: string) =>
    db
      .selectFrom('packages')
      .innerJoin('lock_tables', (join) =>
        join
          .onRef('lock_tables.lock_id', '=', 'packages.lock_id')
          .onRef('lock_tables.ownership_epoch', '=', 'packages.ownership_epoch')
          .onRef('lock_tables.key_epoch', '=', 'packages.key_epoch')
          .onRef('lock_tables.table_version', '=', 'packages.table_version'),
      )
      .select(['packages.bytes', 'packages.manifest_hash', 'packages.base', 'lock_tables.table_hash'])
      .where('packages.lock_id', '=', lockId)
      .where('packages.ownership_epoch', '=', ownershipEpoch)
      .where('packages.key_epoch', '=', keyEpoch)
      .where('packages.table_version', '=', tableVersion)
      .where('packages.base', '=', base),
);
