// Where an old credential may still open that should not: what a person's locks hold, or may hold, beyond what the
// person is granted now, hours of Key Schedules included.
import type { Exposure } from '#protocol/api/people.ts';
import { exposedDailyCodes } from '../codes/daily-view.ts';
import { exposedRows } from './exposed-rows.ts';
import { requirePerson } from '../people/person-codes.ts';
import { tablesWithHeads } from './tables-at-lock.ts';
import type { Work } from '../work.ts';

/** Doors whose locks may hold more for the person than the grants say, whoever changed them and when. */
export async function exposureOf(work: Work, personId: string): Promise<Exposure[]> {
  await requirePerson(work, personId);
  const exposed = new Map<string, Exposure>();
  for (const { id, name } of await doorsOfCredentials(work, personId)) {
    const rows = await exposedRows(work, { id }, await tablesWithHeads(work, id), [personId]);
    const found = rows.get(personId);
    if (found === undefined) continue;
    exposed.set(id, { doorId: id, doorName: name, by: found.by, untilS: found.untilS });
  }
  for (const daily of await exposedDailyCodes(work, personId)) {
    const before = exposed.get(daily.doorId);
    if (before === undefined) exposed.set(daily.doorId, daily);
    else exposed.set(daily.doorId, { ...before, by: [...before.by, ...daily.by] });
  }
  return [...exposed.values()].sort((a, b) => (a.doorName < b.doorName ? -1 : 1));
}

/** Where the person has, or had, a credential that a lock may hold. */
async function doorsOfCredentials(work: Work, personId: string) {
  const current = await credentialDoors(work, personId, 'credentials');
  const retired = await credentialDoors(work, personId, 'retired_credentials');
  return new Map([...current, ...retired].map((door) => [door.id, door])).values();
}

const credentialDoors = (work: Work, personId: string, table: 'credentials' | 'retired_credentials') =>
  work.trx
    .selectFrom('doors')
    .select(['doors.id', 'doors.name'])
    .where('doors.id', 'in', (query) =>
      query.selectFrom(table).select('door_id').where('person_id', '=', personId),
    )
    .execute();
