// What a door's lock holds of certain codes, read from the very tables that were made for it: the one that its last
// receipt proved, and any made since, which a courier may have brought without its receipt being here yet.
import { credentialIdOf, decodeRow, NO_END } from '#protocol/table/rows.ts';
import { eachRow } from '#protocol/table/chunks.ts';
import type { Work } from './work.ts';

export interface RowAtLock {
  readonly number: number;
  readonly startsAtS: number;
  readonly expiresAtS: number | null;
}

export interface RowsAtLock {
  readonly proven: readonly RowAtLock[];
  /** The proven ones among them. A row may be there more than once. */
  readonly possible: readonly RowAtLock[];
}

/** `numbers`: of credentials, also of retired ones. Undefined where the door has no lock. */
export async function rowsAtLock(
  work: Work,
  doorId: string,
  numbers: ReadonlySet<number>,
): Promise<RowsAtLock | undefined> {
  const lock = await work.trx
    .selectFrom('locks')
    .leftJoin('lock_states', (join) =>
      join
        .onRef('lock_states.lock_id', '=', 'locks.id')
        .onRef('lock_states.ownership_epoch', '=', 'locks.ownership_epoch')
        // A lock without a usable table may have taken any since.
        .on('lock_states.table_state', '=', 'active'),
    )
    .select(['locks.id', 'locks.ownership_epoch', 'lock_states.key_epoch', 'lock_states.table_version'])
    .where('locks.door_id', '=', doorId)
    .executeTakeFirst();
  if (lock === undefined) return undefined;
  const { key_epoch: keyEpoch, table_version: version } = lock;
  const tables = await work.trx
    .selectFrom('lock_tables')
    .select(['key_epoch', 'table_version', 'rows'])
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
    .execute();
  const found = tables.map((table) => ({
    isProven: table.key_epoch === keyEpoch && table.table_version === version,
    rows: rowsOf(table.rows, numbers),
  }));
  return {
    proven: found.filter(({ isProven }) => isProven).flatMap(({ rows }) => rows),
    possible: found.flatMap(({ rows }) => rows),
  };
}

const rowsOf = (rows: Uint8Array, numbers: ReadonlySet<number>): RowAtLock[] =>
  [...eachRow(rows)]
    .filter((row) => numbers.has(credentialIdOf(row)))
    .map(decodeRow)
    .map(({ credentialId, startS, endS }) => ({
      number: credentialId,
      startsAtS: startS,
      expiresAtS: endS === NO_END ? null : endS,
    }));
