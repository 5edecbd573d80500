// A resident who may share a Key, and what guests need of them.
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { appOf } from './callers.ts';
import { aHouse, type House } from './house.ts';

export const DAY_S = 86_400;
export const nowS = ({ clock }: TestCloud): number => Math.floor(clock.nowMs() / 1000);

interface Host {
  readonly cloud: TestCloud;
  readonly manager: Client;
  readonly house: House;
  readonly app: Client;
  readonly personId: string;
  /** Of "Unit", which may be shared. */
  readonly grantId: string;
}

/** A resident with the Key "Unit", who may share it. */
export async function aHost(
  options: { expiresAtS?: (nowS: number) => number; mayShare?: boolean } = {},
): Promise<Host> {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  await manager.call('editKey', { params: { keyId: house.key('Unit') }, body: { mayShare: true } });
  const person = await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email: 'host@example.com',
      firstName: 'Hedy',
      lastName: 'Host',
      resident: true,
      mayShare: options.mayShare ?? true,
      keyIds: [house.key('Unit')],
      expiresAtS: options.expiresAtS?.(nowS(cloud)) ?? null,
    },
  });
  const app = await appOf(cloud, 'host@example.com');
  return { cloud, manager, house, app, personId: person.id, grantId: person.grants[0]!.id };
}

export const wishOf = (house: House, wish: object = {}) => ({
  body: {
    keyId: house.key('Unit'),
    email: 'guest@example.com',
    firstName: 'Gil',
    lastName: 'Guest',
    ...wish,
  },
});

export const personAt = async (manager: Client, house: House, email: string) => {
  const query = { email, showExpired: 'true' };
  const page = await manager.call('listPeople', { params: { propertyId: house.propertyId }, query });
  return page.items[0]!;
};
