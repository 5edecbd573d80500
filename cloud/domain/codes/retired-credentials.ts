// Credentials that were taken away: each is remembered until the door's lock has proven a table without it, so that it
// can be said whose it is, and that nobody else is given the same code meanwhile.
import type { Schema } from '../../db/schema.ts';
import type { Trx } from '../../db/store.ts';
import { batchesOf } from '../batches.ts';
import type { Work } from '../work.ts';

export type CredentialToRetire = Omit<Schema['credentials'], 'created_at_s'>;

/** The tables of their doors change with this transaction. */
export async function retireCredentials(work: Work, retired: readonly CredentialToRetire[]): Promise<void> {
  const { trx, nowS } = work;
  for (const batch of batchesOf(retired)) {
    const numbers = batch.map(({ number }) => number);
    await trx.deleteFrom('credentials').where('number', 'in', numbers).execute();
    await trx
      .updateTable('credential_holders')
      .set((eb) => ({
        retired_at_s: nowS,
        gone_version: eb
          .selectFrom('doors')
          .select(({ eb: door }) => door('doors.target_version', '+', 1).as('coming'))
          .whereRef('doors.id', '=', 'credential_holders.door_id'),
      }))
      .where('number', 'in', numbers)
      .execute();
    const comingOf = await comingVersions(
      trx,
      batch.map(({ door_id }) => door_id),
    );
    const rows = batch.flatMap(({ number, kind, person_id, door_id, value }) => {
      const coming = comingOf.get(door_id);
      // Where there is no lock, no table holds it.
      if (coming === undefined) return [];
      return [{ number, kind, person_id, door_id, value, gone_version: coming, retired_at_s: nowS }];
    });
    if (rows.length === 0) continue;
    await sweepProven(trx, [...comingOf.keys()]);
    await trx.insertInto('retired_credentials').values(rows).execute();
  }
}

/** Of those doors that have a lock: the version that the table will have once this transaction is done. */
export async function comingVersions(trx: Trx, doorIds: readonly string[]): Promise<Map<string, number>> {
  if (doorIds.length === 0) return new Map();
  const doors = await trx
    .selectFrom('locks')
    .innerJoin('doors', 'doors.id', 'locks.door_id')
    .select(['doors.id', 'doors.target_version'])
    .where('locks.door_id', 'in', [...new Set(doorIds)])
    .execute();
  return new Map(doors.map((door) => [door.id, door.target_version + 1]));
}

/** Doorcodes of before that the door's lock may still hold: what it has proven to have left behind is none. */
export const codesStillAtLock = (trx: Trx, doorId: string, provenVersion: number) =>
  trx
    .selectFrom('retired_credentials')
    .where('door_id', '=', doorId)
    .where('kind', '=', 'doorcode')
    .where('gone_version', '>', provenVersion);

/** Another lock at the door has never held them. */
export async function forgetRetired(trx: Trx, doorId: string): Promise<void> {
  await trx.deleteFrom('retired_credentials').where('door_id', '=', doorId).execute();
}

async function sweepProven(trx: Trx, doorIds: readonly string[]): Promise<void> {
  await trx
    .deleteFrom('retired_credentials')
    .where('door_id', 'in', [...doorIds])
    .where('gone_version', '<=', (eb) =>
      eb
        .selectFrom('locks')
        .innerJoin('lock_states', (join) =>
          join
            .onRef('lock_states.lock_id', '=', 'locks.id')
            .onRef('lock_states.ownership_epoch', '=', 'locks.ownership_epoch'),
        )
        .select('lock_states.table_version')
        .whereRef('locks.door_id', '=', 'retired_credentials.door_id')
        .where('lock_states.table_state', '=', 'active'),
    )
    .execute();
}
