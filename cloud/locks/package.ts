// Packages: compiled, sealed and signed when somebody first asks, once for a lock and version, and from then on
// only the stored bytes are served, to everyone the same.
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import { asLockId, type Hash, type LockId } from '#protocol/ids.ts';
import { manifestHash, parseManifest } from '#protocol/signed/manifest.ts';
import { encodePackage, makeFullPackage } from '#protocol/table/package.ts';
import type { Triple } from '#protocol/triple.ts';
import type { Schema } from '../db/schema.ts';
import type { Trx } from '../db/store.ts';
import { Refusal } from '../domain/refusal.ts';
import { sweepPackages } from '../domain/sweep.ts';
import { doorOf, lockOf } from '../domain/tenancy.ts';
import type { Work } from '../domain/work.ts';
import type { CloudParts } from './cloud-parts.ts';
import { ensureTable } from './table.ts';

const FULL = '';
const MINIMUM_FIRMWARE = 0;

export interface StoredPackage {
  readonly lock: Schema['locks'];
  readonly triple: Triple;
  readonly tableHash: Hash;
  readonly manifestHash: Hash;
  readonly bytes: Uint8Array;
}

/** Strong: the stored bytes never change. */
export const entityTag = (stored: StoredPackage): string => `"${encodeHex(stored.manifestHash)}"`;

/** The newest set as it is stored, or undefined where it is still to be made. Throws DOOR_WITHOUT_LOCK. */
export async function findPackage(work: Work, doorId: string): Promise<StoredPackage | undefined> {
  const { lock, triple } = await wanted(work, doorId);
  return await stored(work.trx, lock, triple);
}

/** In a writing transaction. Throws as `ensureTable` does. */
export async function ensurePackage(work: Work, parts: CloudParts, doorId: string): Promise<StoredPackage> {
  const { door, lock, triple } = await wanted(work, doorId);
  const found = await stored(work.trx, lock, triple);
  if (found !== undefined) return found;
  const table = await ensureTable(work, parts, door, lock, triple);
  await sweepPackages(work.trx, lock.id);
  const lockId = wireLockId(lock.id);
  const made = makeFullPackage(parts.engine, work.signing().tableSigner, work.random.bytes(32), {
    lockId,
    lockSealingKey: lock.sealing_key,
    triple,
    headBytes: table.headBytes,
    rows: table.rows,
    minimumFirmware: MINIMUM_FIRMWARE,
  });
  await work.trx
    .insertInto('packages')
    .values({
      lock_id: lock.id,
      ownership_epoch: triple.ownershipEpoch,
      key_epoch: triple.keyEpoch,
      table_version: triple.tableVersion,
      base: FULL,
      manifest_hash: manifestHash(parts.engine, parseManifest(made.manifestBytes, lockId)),
      bytes: encodePackage(made),
      created_at_s: work.nowS,
    })
    // Another process may have been first: then its bytes are the ones.
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const kept = await stored(work.trx, lock, triple);
  invariant(kept, 'a package that was just stored');
  return kept;
}

export function wireLockId(hex: string): LockId {
  const bytes = decodeHex(hex);
  const id = bytes === undefined ? undefined : asLockId(bytes);
  invariant(id, 'a lock id as it was stored');
  return id;
}

async function wanted(work: Work, doorId: string) {
  const door = await doorOf(work, doorId);
  const lock = await lockOf(work, doorId);
  if (lock === undefined) throw withoutLock(door);
  const triple: Triple = {
    ownershipEpoch: lock.ownership_epoch,
    keyEpoch: work.keyEpoch,
    tableVersion: door.target_version,
  };
  return { door, lock, triple };
}

export const withoutLock = (door: { id: string; name: string }): Refusal =>
  new Refusal('DOOR_WITHOUT_LOCK', `${door.name} has no lock yet.`, {
    subject: door.id,
    next: 'Activate a lock at this door first.',
  });

async function stored(trx: Trx, lock: Schema['locks'], triple: Triple): Promise<StoredPackage | undefined> {
  const row = await trx
    .selectFrom('packages')
    .innerJoin('lock_tables', (join) =>
      join
        .onRef('lock_tables.lock_id', '=', 'packages.lock_id')
        .onRef('lock_tables.ownership_epoch', '=', 'packages.ownership_epoch')
        .onRef('lock_tables.key_epoch', '=', 'packages.key_epoch')
        .onRef('lock_tables.table_version', '=', 'packages.table_version'),
    )
    .select(['packages.bytes', 'packages.manifest_hash', 'lock_tables.table_hash'])
    .where('packages.lock_id', '=', lock.id)
    .where('packages.ownership_epoch', '=', triple.ownershipEpoch)
    .where('packages.key_epoch', '=', triple.keyEpoch)
    .where('packages.table_version', '=', triple.tableVersion)
    .where('packages.base', '=', FULL)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    lock,
    triple,
    tableHash: row.table_hash as Hash,
    manifestHash: row.manifest_hash as Hash,
    bytes: row.bytes,
  };
}
