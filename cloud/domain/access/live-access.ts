// Who may open a door, and by which rows: the grants that reach it through a Key. A grant that has ended or was revoked
// gives nothing; one that begins later is in the table already, with its start.
import type { ExpressionBuilder, Kysely } from 'kysely';
import { prepared } from '../../db/prepared.ts';
import type { CredentialKind } from '../../db/schema/people.ts';
import type { Schema } from '../../db/schema.ts';
import type { Trx } from '../../db/store.ts';

/** When a credential works. */
export interface AccessTerms {
  readonly startsAtS: number;
  readonly expiresAtS: number | null;
  /** JSON of the Key Schedule as it is kept; null for always. */
  readonly schedule: string | null;
  readonly isGuest: boolean;
}

export interface LiveGrant extends AccessTerms {
  readonly personId: string;
  readonly doorId: string;
  /** Whether the Key gives a doorcode at this door, and not the app and the card alone. */
  readonly providesDoorcodes: boolean;
}

/** A row that a door's table should have. */
export interface LiveRow extends AccessTerms {
  readonly number: number;
  readonly kind: CredentialKind;
  readonly value: string;
}

/** Neither revoked nor over: in force, or to come. */
export const isLive = (nowS: number) => (eb: ExpressionBuilder<Schema, 'grants'>) =>
  eb.and([
    eb('grants.revoked_at_s', 'is', null),
    eb.or([eb('grants.expires_at_s', 'is', null), eb('grants.expires_at_s', '>', nowS)]),
  ]);

/** Distinct in all they say. `personIds` absent: everybody. */
export async function liveGrantsAt(
  trx: Trx,
  doorIds: readonly string[],
  nowS: number,
  personIds?: readonly string[],
): Promise<LiveGrant[]> {
  if (doorIds.length === 0 || personIds?.length === 0) return [];
  const rows = await trx
    .selectFrom('key_doors')
    .innerJoin('grants', 'grants.key_id', 'key_doors.key_id')
    .select((eb) => [
      'grants.person_id',
      'key_doors.door_id',
      'grants.starts_at_s',
      'grants.expires_at_s',
      'key_doors.schedule',
      'key_doors.provide_doorcodes',
      eb.case().when('grants.host_id', 'is', null).then(eb.lit(0)).else(eb.lit(1)).end().as('is_guest'),
    ])
    .distinct()
    .where('key_doors.door_id', 'in', [...doorIds])
    .where(isLive(nowS))
    .$if(personIds !== undefined, (query) => query.where('grants.person_id', 'in', [...(personIds ?? [])]))
    .execute();
  return rows.map((row) => ({
    personId: row.person_id,
    doorId: row.door_id,
    startsAtS: row.starts_at_s,
    expiresAtS: row.expires_at_s,
    schedule: row.schedule,
    isGuest: row.is_guest === 1,
    providesDoorcodes: row.provide_doorcodes === 1,
  }));
}

/** Each once. `personIds` absent: everybody's. */
export async function liveRowsAt(
  trx: Trx,
  doorId: string,
  nowS: number,
  personIds?: readonly string[],
): Promise<LiveRow[]> {
  if (personIds?.length === 0) return [];
  const rows =
    personIds?.length === 1
      ? await liveRowsOfOne(trx, doorId, nowS, personIds[0] ?? '')
      : await liveRowsQuery(trx, doorId, nowS)
          .$if(personIds !== undefined, (query) =>
            query.where('grants.person_id', 'in', [...(personIds ?? [])]),
          )
          .execute();
  return rows.map((row) => ({
    number: row.number,
    kind: row.kind,
    value: row.value,
    startsAtS: row.starts_at_s,
    expiresAtS: row.expires_at_s,
    schedule: row.schedule,
    isGuest: row.is_guest === 1,
  }));
}

/** By door; none where there are none. */
export async function countLiveRowsAt(
  trx: Trx,
  doorIds: readonly string[],
  nowS: number,
): Promise<Map<string, number>> {
  if (doorIds.length === 0) return new Map();
  const live = liveRows(trx, nowS)
    .select('key_doors.door_id')
    .where('key_doors.door_id', 'in', [...doorIds]);
  const counts = await trx
    .selectFrom(live.as('live'))
    .select(({ fn }) => ['live.door_id', fn.countAll().as('count')])
    .groupBy('live.door_id')
    .execute();
  return new Map(counts.map(({ door_id, count }) => [door_id, Number(count)]));
}

const liveRowsQuery = (db: Kysely<Schema>, doorId: string, nowS: number) =>
  liveRows(db, nowS).where('key_doors.door_id', '=', doorId);

const liveRows = (db: Kysely<Schema>, nowS: number) =>
  db
    .selectFrom('key_doors')
    .innerJoin('grants', 'grants.key_id', 'key_doors.key_id')
    .innerJoin('credentials', (join) =>
      join
        .onRef('credentials.person_id', '=', 'grants.person_id')
        .onRef('credentials.door_id', '=', 'key_doors.door_id'),
    )
    .select((eb) => [
      'credentials.number',
      'credentials.kind',
      'credentials.value',
      'grants.starts_at_s',
      'grants.expires_at_s',
      'key_doors.schedule',
      eb.case().when('grants.host_id', 'is', null).then(eb.lit(0)).else(eb.lit(1)).end().as('is_guest'),
    ])
    .distinct()
    .where(isLive(nowS))
    .where((eb) =>
      eb.or([eb('credentials.kind', '!=', 'doorcode'), eb('key_doors.provide_doorcodes', '=', 1)]),
    );

/** What most new tables are made of: one person's access has changed. */
const liveRowsOfOne = prepared((db, doorId: string, nowS: number, personId: string) =>
  liveRowsQuery(db, doorId, nowS).where('grants.person_id', '=', personId),
);

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

/** Those that the person's Keys reach now or later, and those where something of the person is still in force. */
export async function doorsOfPerson(trx: Trx, personId: string, nowS: number): Promise<string[]> {
  const reached = await trx
    .selectFrom('grants')
    .innerJoin('key_doors', 'key_doors.key_id', 'grants.key_id')
    .select('key_doors.door_id')
    .distinct()
    .where('grants.person_id', '=', personId)
    .where(isLive(nowS))
    .execute();
  const held = await trx
    .selectFrom('credentials')
    .select('door_id')
    .distinct()
    .where('person_id', '=', personId)
    .execute();
  return [...new Set([...reached, ...held].map((row) => row.door_id))].sort();
}
