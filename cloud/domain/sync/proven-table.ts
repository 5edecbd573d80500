// The table that a door's lock has proven to run: by its newest receipt, of the binding that there is now.
import type { Trx } from '../../db/store.ts';

export interface ProvenTable {
  readonly version: number;
  readonly hash: Uint8Array | null;
}

/** Undefined where it has proven none. */
export async function provenTable(trx: Trx, doorId: string): Promise<ProvenTable | undefined> {
  const found = await trx
    .selectFrom('locks')
    .innerJoin('lock_states', (join) =>
      join
        .onRef('lock_states.lock_id', '=', 'locks.id')
        .onRef('lock_states.ownership_epoch', '=', 'locks.ownership_epoch'),
    )
    .select(['lock_states.table_version as version', 'lock_states.table_hash as hash'])
    .where('locks.door_id', '=', doorId)
    .where('lock_states.table_state', '=', 'active')
    .executeTakeFirst();
  return found;
}

/** 0 where it has proven none. */
export const provenVersion = async (trx: Trx, doorId: string): Promise<number> =>
  (await provenTable(trx, doorId))?.version ?? 0;
