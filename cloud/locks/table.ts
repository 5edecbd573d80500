// Compiling a door's table: the head, and one row for each live grant of each code. Done once for a version and
// kept, so that every package of that version is of the very same table.
import { concat } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/ids.ts';
import { eachRow, hashTable } from '#protocol/table/chunks.ts';
import { ALWAYS, encodeRow, NO_END, sortRows } from '#protocol/table/rows.ts';
import { doorcodeVerifier } from '#protocol/table/verifier.ts';
import { ROWS_MAX } from '#protocol/limits.ts';
import type { Triple } from '#protocol/triple.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Schema } from '../db/schema.ts';
import { tableFull } from '../domain/capacity.ts';
import { wireDoorId } from '../domain/ids.ts';
import { liveGrantsAt } from '../domain/live-access.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Work } from '../domain/work.ts';
import type { CloudParts } from './cloud-parts.ts';
import { headBytesFor } from './table-head.ts';

export interface LockTable {
  readonly headBytes: Uint8Array;
  /** Encoded and in order. */
  readonly rows: readonly Uint8Array[];
  readonly tableHash: Hash;
}

export interface DoorForTable {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
}

/** Throws TABLE_FULL, TOO_MANY_OVERLAPS, HEAD_LIMIT. */
export async function ensureTable(
  work: Work,
  parts: CloudParts,
  door: DoorForTable,
  lock: Schema['locks'],
  triple: Triple,
): Promise<LockTable> {
  const kept = await work.trx
    .selectFrom('lock_tables')
    .selectAll()
    .where('lock_id', '=', lock.id)
    .where('ownership_epoch', '=', triple.ownershipEpoch)
    .where('key_epoch', '=', triple.keyEpoch)
    .where('table_version', '=', triple.tableVersion)
    .executeTakeFirst();
  if (kept !== undefined) {
    return { headBytes: kept.head, rows: [...eachRow(kept.rows)], tableHash: kept.table_hash as Hash };
  }
  const headBytes = headBytesFor(work.random, work.nowS, door.zone, await previousHead(work, lock.id));
  const rows = await compileRows(work, parts, door, lock);
  const { tableHash } = hashTable(parts.engine, headBytes, rows);
  await work.trx
    .insertInto('lock_tables')
    .values({
      lock_id: lock.id,
      ownership_epoch: triple.ownershipEpoch,
      key_epoch: triple.keyEpoch,
      table_version: triple.tableVersion,
      head: headBytes,
      rows: concat(...rows),
      table_hash: tableHash,
      created_at_s: work.nowS,
    })
    .execute();
  return { headBytes, rows, tableHash };
}

async function compileRows(
  work: Work,
  parts: CloudParts,
  door: DoorForTable,
  lock: Schema['locks'],
): Promise<Uint8Array[]> {
  const grants = await liveGrantsAt(work.trx, door.id, work.nowS);
  const capacity = Math.min(lock.capacity_rows, ROWS_MAX);
  if (grants.length > capacity) throw tableFull(door.id, door.name, grants.length, capacity);
  const codes = await work.trx
    .selectFrom('credentials')
    .select(['number', 'person_id', 'value'])
    .where('door_id', '=', door.id)
    .where('kind', '=', 'doorcode')
    .execute();
  const codeOf = new Map(codes.map((code) => [code.person_id, code]));
  const doorId = wireDoorId(door.id);
  const rows = grants.flatMap((grant) => {
    const code = codeOf.get(grant.personId);
    if (code === undefined) return [];
    const row = encodeRow({
      verifier: doorcodeVerifier(parts.engine, lock.credential_key, doorId, code.value),
      credentialId: code.number,
      kind: 'doorcode',
      isGuest: false,
      schedule: ALWAYS,
      startS: grant.startsAtS,
      endS: grant.expiresAtS ?? NO_END,
    });
    return [row];
  });
  return inOrder(door, rows);
}

function inOrder(door: DoorForTable, rows: readonly Uint8Array[]): Uint8Array[] {
  try {
    return sortRows(rows);
  } catch (error) {
    if (!(error instanceof WireError) || error.code !== 'GROUP_TOO_LARGE') throw error;
    throw new Refusal('TOO_MANY_OVERLAPS', `At ${door.name} one code would have a ninth row.`, {
      cause: error,
      subject: door.id,
      next: 'Give overlapping Keys the same dates, or remove one of them.',
    });
  }
}

async function previousHead(work: Work, lockId: string): Promise<Uint8Array | undefined> {
  const row = await work.trx
    .selectFrom('lock_tables')
    .select('head')
    .where('lock_id', '=', lockId)
    .orderBy('ownership_epoch', 'desc')
    .orderBy('key_epoch', 'desc')
    .orderBy('table_version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.head;
}
