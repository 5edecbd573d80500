// An alarm as the API shows it. Whom it is about is named to those who may see the door's activity, and to nobody else who
// looks after its lock.
import type { Alarm } from '#protocol/api/alarms.ts';
import type { Schema } from '../../db/schema.ts';
import { holderIn, peopleNamed } from './activity-view.ts';
import { includes } from '../rights/rights.ts';
import { keysWithin } from '../rights/rights-check.ts';
import type { Work } from '../work.ts';

export type AlarmRecord = Schema['alarms'] & { readonly door_name: string };

export async function alarmViews(work: Work, rows: readonly AlarmRecord[]): Promise<Alarm[]> {
  const about = rows.filter((row) => row.person_id !== null);
  const open = await doorsWithNames(work, about);
  const people = await peopleNamed(
    work,
    about.flatMap((row) => (open.has(row.door_id) ? [row.person_id] : [])),
  );
  return rows.map((row) => {
    const person = open.has(row.door_id) ? (people.get(row.person_id ?? '') ?? null) : null;
    const name = holderIn(person);
    return {
      id: row.id,
      propertyId: row.property_id,
      doorId: row.door_id,
      doorName: row.door_name,
      kind: row.kind,
      detail: name === undefined ? row.detail : `${name}: ${row.detail}`,
      person,
      raisedAtS: row.raised_at_s,
      seenAtS: row.seen_at_s,
      endedAtS: row.ended_at_s,
    };
  });
}

export async function alarmView(work: Work, row: AlarmRecord): Promise<Alarm> {
  const [view] = await alarmViews(work, [row]);
  return view as Alarm;
}

async function doorsWithNames(work: Work, rows: readonly AlarmRecord[]): Promise<ReadonlySet<string>> {
  const { rights } = work;
  if (rights.kind !== 'properties') return new Set(rows.map((row) => row.door_id));
  const seen = new Set<string>();
  for (const { door_id: doorId, property_id: propertyId } of rows) {
    const at = rights.at.get(propertyId);
    if (at === undefined || !includes(at, 'activity')) continue;
    const within = keysWithin(work, propertyId);
    if (within === undefined || (await isDoorOf(work, doorId, within))) seen.add(doorId);
  }
  return seen;
}

async function isDoorOf(work: Work, doorId: string, keyIds: ReadonlySet<string>): Promise<boolean> {
  const found = await work.trx
    .selectFrom('key_doors')
    .select('key_id')
    .where('door_id', '=', doorId)
    .where('key_id', 'in', ['', ...keyIds])
    .executeTakeFirst();
  return found !== undefined;
}
