// Activity as lists: what a manager may see of it, newest first, and what the account of an app may see of its own. A row
// that is hidden from managers is in no page, no search, no count and no export of theirs.
import { sql, type ExpressionBuilder } from 'kysely';
import type { z } from 'zod';
import type { ActivityFilters, ActivityQuery, OwnActivityQuery } from '#protocol/api/activity.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import type { Schema } from '../../db/schema.ts';
import { activityViews, eventId, type ActivityRecord } from './activity-view.ts';
import { decodeNumberCursor, pageOf, type Cursor } from '../pages.ts';
import { mergedRows, propertiesInReach } from '../reach.ts';
import { notFound } from '../refusal.ts';
import { keysWithin } from '../rights/rights-check.ts';
import { doorOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

export async function listActivity(work: Work, wish: z.output<typeof ActivityQuery>) {
  const { records, next } = await recordsOf(work, wish, wish.limit, decodeNumberCursor(wish.after));
  return { items: await activityViews(work, records), next };
}

/** Pages without their views, for lists and exports alike. Throws NOT_FOUND for a door out of reach. */
export async function recordsOf(
  work: Work,
  filters: ActivityFilters,
  limit: number,
  cursor: Cursor | undefined,
): Promise<{ records: ActivityRecord[]; next: string | null }> {
  const door = filters.doorId === undefined ? undefined : await doorOf(work, filters.doorId);
  const propertyIds = await propertiesInReach(work, filters.propertyId ?? door?.property_id);
  if (door !== undefined && !propertyIds.includes(door.property_id)) throw notFound('door');
  if (propertyIds.length === 0) return { records: [], next: null };
  const place = await placeOf(work, cursor, (query) =>
    query.where('activity.property_id', 'in', propertyIds).where('activity.hidden', '=', 0),
  );
  const rows = await mergedRows(
    propertyIds,
    limit + 1,
    (propertyId) =>
      records(work)
        .where('activity.property_id', '=', propertyId)
        .where('activity.hidden', '=', 0)
        .where(isVisibleDoor(work, propertyId))
        .where(matches(filters))
        .where(isAfter(place))
        .limit(limit + 1)
        .execute(),
    newestFirst,
  );
  const { items, next } = pageOf(rows, limit, cursorOf, (row) => row);
  return { records: items, next };
}

/** Own entries, and those of guests while they were the account's. */
export async function listOwnActivity(work: Work, wish: z.output<typeof OwnActivityQuery>) {
  const accountId = work.rights.kind === 'app' ? work.rights.accountId : '';
  const own = await work.trx
    .selectFrom('people')
    .select('id')
    .where('account_id', '=', accountId)
    .where('deleted_at_s', 'is', null)
    .orderBy('id')
    .execute();
  const cursor = decodeNumberCursor(wish.after);
  const doorId = wish.doorId;
  const ids = own.map(({ id }) => id);
  if (ids.length === 0) return { items: [], next: null };
  // The row where a page ended may be of another way than those behind it.
  const place = await placeOf(work, cursor, (query) =>
    query.where((eb) => eb.or([eb('activity.person_id', 'in', ids), eb('activity.host_id', 'in', ids)])),
  );
  const ways = ids.flatMap((id) => [['person_id', id] as const, ['host_id', id] as const]);
  const found: ActivityRecord[] = [];
  for (const [column, personId] of ways) {
    const ofPerson = (query: Records): Records =>
      query
        .where(`activity.${column}`, '=', personId)
        .$if(doorId !== undefined, (list) => list.where('activity.door_id', '=', doorId ?? ''));
    found.push(
      ...(await ofPerson(records(work))
        .where(isAfter(place))
        .limit(wish.limit + 1)
        .execute()),
    );
  }
  const rows = found.sort(newestFirst);
  const { items, next } = pageOf(rows, wish.limit, cursorOf, (row) => row);
  return { items: await activityViews(work, items), next };
}

const records = (work: Work) =>
  work.trx
    .selectFrom('activity')
    .innerJoin('doors', 'doors.id', 'activity.door_id')
    .innerJoin('properties', 'properties.id', 'activity.property_id')
    .selectAll('activity')
    .select(['doors.name as door_name', 'properties.zone'])
    .orderBy('activity.at_s', 'desc')
    .orderBy('activity.lock_id', 'desc')
    .orderBy('activity.number', 'desc');
type Records = ReturnType<typeof records>;

const newestFirst = (a: ActivityRecord, b: ActivityRecord): number =>
  b.at_s - a.at_s || (a.lock_id < b.lock_id ? 1 : a.lock_id > b.lock_id ? -1 : b.number - a.number);

/** The numbers of a lock's rows would tell how many are hidden: a page's end is named without them. */
const cursorOf = (row: ActivityRecord): Cursor => ({ sort: row.at_s, id: eventId(row) });

interface Place {
  readonly atS: number;
  /** Undefined where the row is gone meanwhile: then all of its second come after. */
  readonly row: Pick<ActivityRecord, 'lock_id' | 'number'> | undefined;
}

async function placeOf(
  work: Work,
  cursor: Cursor | undefined,
  within: (query: Records) => Records,
): Promise<Place | undefined> {
  if (cursor === undefined) return undefined;
  const atS = Number(cursor.sort);
  const rows = await within(records(work)).where('activity.at_s', '=', atS).execute();
  return { atS, row: rows.find((row) => eventId(row) === cursor.id) };
}

type ActivityBuilder = ExpressionBuilder<Schema, 'activity'>;

const isAfter = (place: Place | undefined) => (eb: ActivityBuilder) => {
  if (place === undefined) return eb.lit(true);
  const { atS, row } = place;
  if (row === undefined) return eb('activity.at_s', '<=', atS);
  return sql<boolean>`(${eb.ref('activity.at_s')}, ${eb.ref('activity.lock_id')}, ${eb.ref('activity.number')}) < (${atS}, ${row.lock_id}, ${row.number})`;
};

/** Of a property manager: doors in Keys that the manager manages. */
const isVisibleDoor = (work: Work, propertyId: string) => (eb: ActivityBuilder) => {
  if (work.rights.kind !== 'properties') return eb.lit(true);
  const within = keysWithin(work, propertyId);
  return eb.exists(
    eb
      .selectFrom('key_doors')
      .innerJoin('access_keys', 'access_keys.id', 'key_doors.key_id')
      .select('key_doors.key_id')
      .whereRef('key_doors.door_id', '=', 'activity.door_id')
      .where('access_keys.deleted_at_s', 'is', null)
      .$if(within !== undefined, (query) => query.where('key_doors.key_id', 'in', ['', ...(within ?? [])])),
  );
};

const matches = (filters: ActivityFilters) => (eb: ActivityBuilder) => {
  const { doorId, personId, type, fromS, toS, search } = filters;
  return eb.and([
    ...(doorId === undefined ? [] : [eb('activity.door_id', '=', doorId)]),
    ...(personId === undefined ? [] : [eb('activity.person_id', '=', personId)]),
    ...(type === undefined ? [] : [eb('activity.type_number', '=', EVENT_TYPES[type])]),
    ...(fromS === undefined ? [] : [eb('activity.at_s', '>=', fromS)]),
    ...(toS === undefined ? [] : [eb('activity.at_s', '<', toS)]),
    ...(search === undefined ? [] : [contains(eb, search)]),
  ]);
};

const contains = (eb: ActivityBuilder, search: string) => {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`${eb.ref('activity.search')} like ${pattern} escape '\\'`;
};
