// What a door's lock holds of certain credentials, read from the very tables that were made for it: the one that its
// last receipt proved, and any made since, which a courier may have brought without its receipt being here yet.
import { ROW_BYTES } from '#protocol/limits.ts';
import { credentialIdOf, decodeRow, NO_END } from '#protocol/table/rows.ts';
import type { CredentialKind } from '../../db/schema/people.ts';
import type { Work } from '../work.ts';

export interface RowAtLock {
  readonly number: number;
  readonly kind: CredentialKind;
  readonly startsAtS: number;
  readonly expiresAtS: number | null;
  /** Of the head of its table; 0 for always. */
  readonly schedule: number;
}

export interface RowsAtLock {
  readonly proven: readonly RowAtLock[];
  /** The proven ones among them. A row may be there more than once. */
  readonly possible: readonly RowAtLock[];
}

export interface TableAtLock {
  readonly isProven: boolean;
  /** The column that was asked for. */
  readonly bytes: Uint8Array;
}

/** `numbers`: of credentials, also of retired ones. Undefined where the door has no lock. */
export async function rowsAtLock(
  work: Work,
  doorId: string,
  numbers: ReadonlySet<number>,
): Promise<RowsAtLock | undefined> {
  const tables = await tablesAtLock(work, doorId, 'rows');
  if (tables === undefined) return undefined;
  const found = tables.map(({ isProven, bytes }) => ({ isProven, rows: rowsOf(bytes, numbers) }));
  return {
    proven: found.filter(({ isProven }) => isProven).flatMap(({ rows }) => rows),
    possible: found.flatMap(({ rows }) => rows),
  };
}

/** Undefined where the door has no lock. */
export async function tablesAtLock(
  work: Work,
  doorId: string,
  column: 'head' | 'rows',
): Promise<TableAtLock[] | undefined> {
  const lock = await work.trx
    .selectFrom('locks')
    .leftJoin('lock_states', (join) =>
      join
        .onRef('lock_states.lock_id', '=', 'locks.id')
        .onRef('lock_states.ownership_epoch', '=', 'locks.ownership_epoch'),
    )
    .select(['locks.id', 'locks.ownership_epoch', 'lock_states.key_epoch', 'lock_states.table_version'])
    .select('lock_states.table_state')
    .where('locks.door_id', '=', doorId)
    .executeTakeFirst();
  if (lock === undefined) return undefined;
  // One that was reset by hand takes none before it is activated again.
  if (lock.table_state === 'none' && isReset(lock.table_version)) return [];
  // Any other without a usable table may have taken any since.
  const { key_epoch: keyEpoch, table_version: version } =
    lock.table_state === 'active' ? lock : { key_epoch: null, table_version: null };
  const tables = await work.trx
    .selectFrom('lock_tables')
    .select(['key_epoch', 'table_version', `${column} as bytes`])
    .where('lock_id', '=', lock.id)
    .where('ownership_epoch', '=', lock.ownership_epoch)
    .$if(keyEpoch !== null, (query) =>
      query.where(({ eb, or, and }) =>
        or([
          eb('key_epoch', '>', keyEpoch ?? 0),
          and([eb('key_epoch', '=', keyEpoch ?? 0), eb('table_version', '>=', version ?? 0)]),
        ]),
      ),
    )
    .orderBy('key_epoch')
    .orderBy('table_version')
    .execute();
  return tables.map((table) => ({
    isProven: table.key_epoch === keyEpoch && table.table_version === version,
    bytes: table.bytes,
  }));
}

/** Of a lock that has no table: whether it had one before. */
const isReset = (version: number | null): boolean => version !== null && version > 0;

function rowsOf(rows: Uint8Array, numbers: ReadonlySet<number>): RowAtLock[] {
  const found: RowAtLock[] = [];
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    const row = rows.subarray(at, at + ROW_BYTES);
    if (!numbers.has(credentialIdOf(row))) continue;
    const { credentialId, kind, startS, endS, schedule } = decodeRow(row);
    found.push({
      number: credentialId,
      kind,
      startsAtS: startS,
      expiresAtS: endS === NO_END ? null : endS,
      schedule,
    });
  }
  return found;
}
