// The property that most tests begin with: three doors, three Keys, and the ids by their names.
import type { Client } from './cloud-fixture.ts';

export interface House {
  readonly propertyId: string;
  door(name: string): string;
  key(name: string): string;
}

/** "Unit" opens 4B and the entrance, "Front" the entrance, "App only" the pool without doorcodes. */
export async function aHouse(
  client: Client,
  { name = 'House', zone = 'America/New_York', doorcodeLength = 7 } = {},
): Promise<House> {
  const { id: propertyId } = await client.call('createProperty', {
    body: {
      name,
      zone,
      doorcodeLength,
      doors: [
        { name: 'Entrance', type: 'building-entrance', internet: true },
        { name: '4B', type: 'residence' },
        { name: 'Pool', type: 'communal' },
      ],
      keys: [
        { name: 'Unit', doors: [{ door: '4B' }, { door: 'Entrance' }] },
        { name: 'Front', doors: [{ door: 'Entrance' }] },
        { name: 'App only', doors: [{ door: 'Pool', provideDoorcodes: false }] },
      ],
    },
  });
  const doors = await client.call('listDoors', { params: { propertyId } });
  const keys = await client.call('listKeys', { params: { propertyId } });
  const idOf = (items: readonly { id: string; name: string }[], wanted: string): string => {
    const found = items.find((item) => item.name === wanted);
    if (found === undefined) throw new Error(`no ${wanted}`);
    return found.id;
  };
  return {
    propertyId,
    door: (wanted) => idOf(doors.items, wanted),
    key: (wanted) => idOf(keys.items, wanted),
  };
}

export interface InviteOptions {
  readonly email?: string;
  readonly keys?: readonly string[];
  readonly startsAtS?: number;
  readonly expiresAtS?: number | null;
}

export const invite = (client: Client, house: House, options: InviteOptions = {}) => {
  const { email = 'ada@example.com', keys = ['Unit'], ...dates } = options;
  return client.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email,
      firstName: 'Ada',
      lastName: 'Example',
      keyIds: keys.map((key) => house.key(key)),
      ...dates,
    },
  });
};

/** Door name to code. */
export async function codesOf(client: Client, personId: string): Promise<Record<string, string>> {
  const { items } = await client.call('personCodes', { params: { personId } });
  return Object.fromEntries(items.map(({ doorName, code }) => [doorName, code]));
}
