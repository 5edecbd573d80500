// Who can still open which door of a property, until its next Door Sync: what the tables that its lock may have hold,
// against what is granted now. Only people whose access changed since the proven table are compared, door by door.
import type { z } from 'zod';
import type { ExposedPerson, ExposureQuery } from '#protocol/api/reports.ts';
import {
  doorsExposed,
  NOBODY_ELSE,
  peopleToCompare,
  type ExposedDoor,
  type Place,
} from './exposure-candidates.ts';
import { exposedRows, type ExposedRows } from './exposed-rows.ts';
import { nameOf } from '../activity/activity-holders.ts';
import { exposedDailyCodes } from '../codes/daily-view.ts';
import { decodeCursor, encodeCursor } from '../pages.ts';
import { keysWithin } from '../rights/rights-check.ts';
import { tablesWithHeads, type WholeTable } from './tables-at-lock.ts';
import { doorOf, propertyOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

const DOORS_AT_ONCE = 100;
const PEOPLE_AT_ONCE = 200;

/** By the doors' names, then by person. */
export async function propertyExposure(
  work: Work,
  propertyId: string,
  wish: z.output<typeof ExposureQuery>,
): Promise<{ items: ExposedPerson[]; next: string | null }> {
  await propertyOf(work, propertyId);
  if (wish.doorId !== undefined) await doorOf(work, wish.doorId);
  const items: ExposedPerson[] = [];
  let place = placeIn(wish.after);
  for (;;) {
    const doors = await doorsExposed(work, propertyId, wish.doorId, place, DOORS_AT_ONCE);
    for (const door of doors) {
      const after = place.doorId === door.id ? place.personId : '';
      await exposedAt(work, door, after, wish.limit + 1 - items.length, items);
      if (items.length > wish.limit)
        return { items: items.slice(0, wish.limit), next: nextOf(items, wish.limit) };
      place = { doorName: door.name, doorId: door.id, personId: NOBODY_ELSE };
    }
    if (doors.length < DOORS_AT_ONCE) return { items, next: null };
  }
}

function placeIn(after: string | undefined): Place {
  const cursor = decodeCursor(after);
  const [doorId = '', personId = ''] = (cursor?.id ?? '').split(' ');
  return { doorName: String(cursor?.sort ?? ''), doorId, personId };
}

function nextOf(items: readonly ExposedPerson[], limit: number): string | null {
  const last = items[limit - 1];
  if (last === undefined) return null;
  return encodeCursor({ sort: last.doorName, id: `${last.doorId} ${last.personId}` });
}

/** Adds at most `count` to `items`. */
async function exposedAt(
  work: Work,
  door: ExposedDoor,
  afterPerson: string,
  count: number,
  items: ExposedPerson[],
): Promise<void> {
  const tables = await tablesWithHeads(work, door.id);
  const end = items.length + count;
  for (let after = afterPerson; items.length < end;) {
    const people = await peopleToCompare(work, door, after, PEOPLE_AT_ONCE);
    const found = await compare(work, door, tables, people);
    items.push(...found.slice(0, end - items.length));
    const last = people.at(-1);
    if (last === undefined || people.length < PEOPLE_AT_ONCE) return;
    after = last;
  }
}

async function compare(
  work: Work,
  door: ExposedDoor,
  tables: readonly WholeTable[],
  personIds: readonly string[],
): Promise<ExposedPerson[]> {
  const seen = await withinNamedKeys(work, door, personIds);
  const rows = await exposedRows(work, door, tables, seen);
  const names = await namesOf(work, seen);
  const withDaily = await peopleWithDaily(work, door.id, seen);
  const found: ExposedPerson[] = [];
  for (const personId of seen) {
    const person = names.get(personId);
    const byRows = rows.get(personId);
    const codes = withDaily.has(personId) ? await exposedDailyCodes(work, personId) : [];
    const daily = codes.find(({ doorId }) => doorId === door.id);
    if (person === undefined || (byRows === undefined && daily === undefined)) continue;
    found.push({
      doorId: door.id,
      doorName: door.name,
      personId,
      personName: nameOf(person),
      deleted: person.deleted_at_s !== null,
      by: [...(byRows?.by ?? []), ...(daily?.by ?? [])],
      sinceS: byRows?.sinceS ?? (daily === undefined ? null : await dailyEndS(work, personId, door.id)),
      untilS: untilOf(byRows, daily?.untilS ?? null),
    });
  }
  return found;
}

const untilOf = (rows: ExposedRows | undefined, dailyUntilS: number | null): number | null =>
  rows === undefined ? dailyUntilS : rows.untilS === null ? null : Math.max(rows.untilS, dailyUntilS ?? 0);

/** Who has, or had, a daily code there: few people do. */
async function peopleWithDaily(
  work: Work,
  doorId: string,
  personIds: readonly string[],
): Promise<Set<string>> {
  if (personIds.length === 0) return new Set();
  const rows = await work.trx
    .selectFrom('daily_codes')
    .select('person_id')
    .distinct()
    .where('door_id', '=', doorId)
    .where('person_id', 'in', [...personIds])
    .execute();
  return new Set(rows.map((row) => row.person_id));
}

async function dailyEndS(work: Work, personId: string, doorId: string): Promise<number | null> {
  const { last } = await work.trx
    .selectFrom('daily_codes')
    .select(({ fn }) => fn.max('ended_at_s').as('last'))
    .where('person_id', '=', personId)
    .where('door_id', '=', doorId)
    .executeTakeFirstOrThrow();
  return last === null ? null : Math.min(last, work.nowS);
}

async function namesOf(work: Work, personIds: readonly string[]) {
  if (personIds.length === 0) return new Map<string, never>();
  const rows = await work.trx
    .selectFrom('people')
    .select(['id', 'first_name', 'last_name', 'deleted_at_s'])
    .where('id', 'in', [...personIds])
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** A manager of named Keys sees people who hold or held one of them, at the doors of those Keys. */
async function withinNamedKeys(
  work: Work,
  door: ExposedDoor,
  personIds: readonly string[],
): Promise<readonly string[]> {
  const within = keysWithin(work, door.propertyId);
  if (within === undefined || personIds.length === 0) return personIds;
  const rows = await work.trx
    .selectFrom('grants')
    .innerJoin('key_doors', 'key_doors.key_id', 'grants.key_id')
    .select('grants.person_id')
    .distinct()
    .where('grants.person_id', 'in', [...personIds])
    .where('grants.key_id', 'in', ['', ...within])
    .where('key_doors.door_id', '=', door.id)
    .execute();
  const seen = new Set(rows.map((row) => row.person_id));
  return personIds.filter((personId) => seen.has(personId));
}
