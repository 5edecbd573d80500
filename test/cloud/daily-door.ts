// A door whose lock has its first table, for people with daily doorcodes: what tests of these begin with.
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse, type House } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const DAY_S = 86_400;
const ZONE_OFFSET_S = 9 * 3_600;

/** In a zone without daylight saving, at noon there. */
export async function aDailyDoor(slots?: { dailySlots: number; singleUseSlots: number }) {
  const cloud = await aCloud();
  const { manager, clock } = cloud;
  const house = await aHouse(manager, { zone: 'Asia/Tokyo' });
  const nowS = Math.floor(clock.nowMs() / 1000);
  clock.advanceS(DAY_S + 43_200 - ((nowS + ZONE_OFFSET_S) % DAY_S));
  const doorId = house.door('Entrance');
  const again = await cloud.clientOf(['manager']);
  if (slots !== undefined) await again.call('setDailySlots', { params: { doorId }, body: slots });
  const lock = await activate(again, doorId);
  const sync = (): Promise<unknown> => doorSync(again, doorId, lock);
  await sync();
  return { cloud, manager: again, house, doorId, lock, sync };
}

export const today = ({ clock }: TestCloud): number =>
  Math.floor((Math.floor(clock.nowMs() / 1000) + ZONE_OFFSET_S) / DAY_S);

export const inviteDaily = (client: Client, house: House, email: string, more: object = {}) =>
  client.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email,
      firstName: 'D',
      lastName: 'Aily',
      credential: 'daily-doorcode',
      keyIds: [house.key('Front')],
      ...more,
    },
  });

export const dailyOf = async (client: Client, personId: string) =>
  (await client.call('personCodes', { params: { personId } })).daily[0]!;
