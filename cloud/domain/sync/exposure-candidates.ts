// Where somebody may be exposed: doors with a change that takes access away and that the lock has not proven, and the
// people whom such changes were about. Both in order, so that a page costs the same however many there are.
import { sql } from 'kysely';
import type { TaskReason } from '#protocol/api/door-sync.ts';
import { DAILY_CODE_OPENS_MAX_S } from './day-at-lock.ts';
import type { Work } from '../work.ts';

/** Where a page ended; before the first door of all where there was none. */
export interface Place {
  readonly doorName: string;
  readonly doorId: string;
  readonly personId: string;
}

/** Behind every id of a person. */
export const NOBODY_ELSE = '~';

export interface ExposedDoor {
  readonly id: string;
  readonly name: string;
  readonly propertyId: string;
  /** The version of the table that the lock has proven to run; null where it has proven none. */
  readonly proven: number | null;
}

/** Changes that leave nobody with more than they hold. */
const HARMLESS: readonly TaskReason[] = [
  'access-given',
  'lock-activated',
  'keys-rotated',
  'settings-changed',
];
export async function doorsExposed(
  work: Work,
  propertyId: string,
  doorId: string | undefined,
  place: Place,
  limit: number,
): Promise<ExposedDoor[]> {
  // The door where a page ended comes again, for the others there.
  const isLater = sql<boolean>`(doors.name, doors.id) >= (${place.doorName}, ${place.doorId})`;
  const rows = await work.trx
    .selectFrom('doors')
    .innerJoin('locks', 'locks.door_id', 'doors.id')
    .leftJoin('lock_states', (join) =>
      join
        .onRef('lock_states.lock_id', '=', 'locks.id')
        .onRef('lock_states.ownership_epoch', '=', 'locks.ownership_epoch')
        .on('lock_states.table_state', '=', 'active'),
    )
    .select(['doors.id', 'doors.name', 'lock_states.table_version as proven'])
    .where('doors.property_id', '=', propertyId)
    .$if(doorId !== undefined, (query) => query.where('doors.id', '=', doorId ?? ''))
    .where(isLater)
    .$if(place.personId === NOBODY_ELSE, (query) => query.where('doors.id', '!=', place.doorId))
    .where((eb) =>
      eb.or([
        eb.exists(
          eb
            .selectFrom('sync_tasks')
            .select('sync_tasks.id')
            .whereRef('sync_tasks.door_id', '=', 'doors.id')
            .where('sync_tasks.closed_at_s', 'is', null)
            .where('sync_tasks.reason', 'not in', [...HARMLESS]),
        ),
        eb.exists(
          eb
            .selectFrom('retired_credentials')
            .select('retired_credentials.number')
            .whereRef('retired_credentials.door_id', '=', 'doors.id')
            .where((gone) =>
              gone.or([
                gone('lock_states.table_version', 'is', null),
                gone(
                  'retired_credentials.gone_version',
                  '>',
                  gone.ref('lock_states.table_version').$notNull(),
                ),
              ]),
            ),
        ),
        eb.exists(
          eb
            .selectFrom('daily_codes')
            .select('daily_codes.id')
            .whereRef('daily_codes.door_id', '=', 'doors.id')
            .where(isDailyOver(work.nowS)),
        ),
      ]),
    )
    .orderBy('doors.name')
    .orderBy('doors.id')
    .limit(limit)
    .execute();
  return rows.map(({ id, name, proven }) => ({ id, name, propertyId, proven }));
}

/** After a person, by their ids. */
export async function peopleToCompare(
  work: Work,
  { id: doorId, proven }: ExposedDoor,
  after: string,
  limit: number,
): Promise<string[]> {
  const changed = await work.trx
    .selectFrom('access_changes')
    .select('person_id')
    .where('door_id', '=', doorId)
    .where('table_version', '>', proven ?? -1)
    .where('person_id', '>', after)
    .orderBy('person_id')
    .limit(limit)
    .execute();
  const daily = await work.trx
    .selectFrom('daily_codes')
    .select('daily_codes.person_id')
    .distinct()
    .where('daily_codes.door_id', '=', doorId)
    .where('daily_codes.person_id', '>', after)
    .where(isDailyOver(work.nowS))
    .orderBy('daily_codes.person_id')
    .limit(limit)
    .execute();
  const ids = new Set([...changed, ...daily].map((row) => row.person_id));
  return [...ids].sort().slice(0, limit);
}

/** Taken away two days ago at most; or the access behind it ended by its date, which nobody had to write down. */
const isDailyOver = (nowS: number) => sql<boolean>`(
  daily_codes.ended_at_s > ${nowS - DAILY_CODE_OPENS_MAX_S}
  or (daily_codes.ended_at_s is null and exists (
    select 1 from grants where grants.person_id = daily_codes.person_id
      and grants.expires_at_s > ${nowS - DAILY_CODE_OPENS_MAX_S} and grants.expires_at_s <= ${nowS}
  ))
)`;
