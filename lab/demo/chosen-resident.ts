// Whom the story is about: somebody with a doorcode at a door that learns of nothing until somebody comes by, where the
// code of another person opens as well.
import type { Code, Person } from '#protocol/api/people.ts';
import { routes } from '#protocol/api/routes.ts';
import type { DemoCloud } from './demo-cloud.ts';
import { DemoError } from './demo-error.ts';
import type { HouseDoor } from './demo-house.ts';

export interface Chosen {
  readonly person: Person;
  readonly code: Code;
  readonly at: HouseDoor;
  /** Of the other person, at the same door. */
  readonly neighbourCode: string;
}

const PEOPLE_PAGE = 200;

/** Throws DEMO_PEOPLE_UNFIT. */
export async function chooseResident(
  cloud: DemoCloud,
  propertyId: string,
  doors: readonly HouseDoor[],
): Promise<Chosen> {
  const params = { propertyId };
  const people = await cloud.call(routes.listPeople, { params, query: { limit: PEOPLE_PAGE } });
  const offline = doors.filter(({ door }) => !door.internet);
  const holders = new Map<string, { person: Person; code: Code }>();
  for (const person of people.items.filter(({ access }) => access === 'current')) {
    const codes = await cloud.call(routes.personCodes, { params: { personId: person.id } });
    for (const code of codes.items) {
      const at = offline.find(({ door }) => door.id === code.doorId);
      const first = holders.get(code.doorId);
      if (at !== undefined && first !== undefined) return { ...first, at, neighbourCode: code.code };
      holders.set(code.doorId, { person, code });
    }
  }
  const keys = await cloud.call(routes.listKeys, { params });
  throw new DemoError('DEMO_PEOPLE_UNFIT', 'The story needs two people with doorcodes at one offline door.', {
    next: `Give two people one of the Keys ${keys.items.map(({ name }) => name).join(', ')} in the keys column.`,
  });
}
