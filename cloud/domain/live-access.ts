// Who may open a door with a doorcode: the grants that reach it through a Key with Provide Doorcodes on. A grant
// that has ended or was revoked gives nothing; one that begins later is in the table already, with its start.
import type { Trx } from '../db/store.ts';

export interface LiveGrant {
  readonly personId: string;
  readonly startsAtS: number;
  readonly expiresAtS: number | null;
}

/** Distinct in person and dates, so that each is one row of the table. */
export async function liveGrantsAt(
  trx: Trx,
  doorId: string,
  nowS: number,
  personId?: string,
): Promise<LiveGrant[]> {
  return await trx
    .selectFrom('grants')
    .innerJoin('key_doors', 'key_doors.key_id', 'grants.key_id')
    .select([
      'grants.person_id as personId',
      'grants.starts_at_s as startsAtS',
      'grants.expires_at_s as expiresAtS',
    ])
    .distinct()
    .where('key_doors.door_id', '=', doorId)
    .where('key_doors.provide_doorcodes', '=', 1)
    .where('grants.revoked_at_s', 'is', null)
    .where((eb) => eb.or([eb('grants.expires_at_s', 'is', null), eb('grants.expires_at_s', '>', nowS)]))
    .$if(personId !== undefined, (query) => query.where('grants.person_id', '=', personId ?? ''))
    .execute();
}

/** Of a Key: every door it holds, doorcodes or not. */
export async function doorsOfKeys(trx: Trx, keyIds: readonly string[]): Promise<string[]> {
  if (keyIds.length === 0) return [];
  const rows = await trx
    .selectFrom('key_doors')
    .select('door_id')
    .distinct()
    .where('key_id', 'in', [...keyIds])
    .orderBy('door_id')
    .execute();
  return rows.map((row) => row.door_id);
}
