// Codes that were taken away: each is remembered until the door's lock has proven a table without it, so that it can
// be said whose it is, and that nobody else is given it meanwhile.
import type { Schema } from '../db/schema.ts';
import type { Trx } from '../db/store.ts';
import { lockOf } from './tenancy.ts';
import { comingVersion } from './targets.ts';
import type { Work } from './work.ts';

export type CodeToRetire = Pick<Schema['credentials'], 'number' | 'person_id' | 'door_id' | 'value'>;

/** The door's table changes with this transaction. */
export async function retireCode(work: Work, code: CodeToRetire): Promise<void> {
  const { trx, nowS } = work;
  const { number, person_id, door_id, value } = code;
  await trx.deleteFrom('credentials').where('number', '=', number).execute();
  // Where there is no lock, no table holds it.
  if ((await lockOf(work, door_id)) === undefined) return;
  await sweepProven(trx, door_id);
  const gone_version = await comingVersion(work, door_id);
  await trx
    .insertInto('retired_credentials')
    .values({ number, kind: 'doorcode', person_id, door_id, value, gone_version, retired_at_s: nowS })
    .execute();
}

export async function isRetired(trx: Trx, doorId: string, value: string): Promise<boolean> {
  const found = await trx
    .selectFrom('retired_credentials')
    .select('number')
    .where('door_id', '=', doorId)
    .where('value', '=', value)
    .executeTakeFirst();
  return found !== undefined;
}

/** Another lock at the door has never held them. */
export async function forgetRetired(trx: Trx, doorId: string): Promise<void> {
  await trx.deleteFrom('retired_credentials').where('door_id', '=', doorId).execute();
}

async function sweepProven(trx: Trx, doorId: string): Promise<void> {
  const proven = await trx
    .selectFrom('locks')
    .innerJoin('lock_states', (join) =>
      join
        .onRef('lock_states.lock_id', '=', 'locks.id')
        .onRef('lock_states.ownership_epoch', '=', 'locks.ownership_epoch'),
    )
    .select('lock_states.table_version')
    .where('locks.door_id', '=', doorId)
    .where('lock_states.table_state', '=', 'active')
    .executeTakeFirst();
  if (proven === undefined) return;
  await trx
    .deleteFrom('retired_credentials')
    .where('door_id', '=', doorId)
    .where('gone_version', '<=', proven.table_version)
    .execute();
}
