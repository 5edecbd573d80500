// Hours of Key Schedules at a lock that goes by another zone, or by other holidays, than its property does now.
import { expect, test } from 'vitest';
import { aCloud } from './cloud-fixture.ts';
import { aHouse, invite, type House } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const DAY_S = 86_400;

/** Ada goes by hours at 4B, Bob gets in there at any time; both are at the lock. */
async function aHouseWithHours() {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const schedule = { windows: [{ days: ['mon' as const], start: '09:00', end: '17:00' }] };
  const body = { provideDoorcodes: true };
  await manager.call('putKeyDoor', {
    params: { keyId: house.key('Unit'), doorId },
    body: { ...body, schedule },
  });
  await manager.call('putKeyDoor', { params: { keyId: house.key('Front'), doorId }, body });
  const ada = await invite(manager, house);
  await invite(manager, house, { email: 'bob@example.com', keys: ['Front'] });
  const sync = () => doorSync(manager, doorId, lock);
  await sync();
  const exposed = async () => {
    const { items } = await manager.call('propertyExposure', { params: paramsOf(house) });
    return items.map(({ doorName, personId, untilS }) => [doorName, personId, untilS]);
  };
  const setZone = (zone: string) => manager.call('editProperty', { params: paramsOf(house), body: { zone } });
  return { cloud, manager, house, ada, sync, exposed, setZone };
}

const paramsOf = ({ propertyId }: House) => ({ propertyId });

test('who goes by hours is exposed where the zone has changed, until the lock knows, and nobody else', async () => {
  const { manager, ada, sync, exposed, setZone } = await aHouseWithHours();
  expect(await exposed()).toEqual([]);
  await setZone('Asia/Tokyo');
  expect(await exposed()).toEqual([['4B', ada.id, null]]);
  const ofAda = await manager.call('exposure', { params: { personId: ada.id } });
  expect(ofAda.items.map(({ doorName }) => doorName)).toEqual(['4B']);
  await setZone('America/New_York');
  expect(await exposed()).toEqual([]);
  await setZone('Asia/Tokyo');
  await sync();
  expect(await exposed()).toEqual([]);
});

test('who goes by hours is exposed where a holiday was declared, until the lock knows', async () => {
  const { cloud, manager, house, ada, sync, exposed } = await aHouseWithHours();
  const date = new Date(cloud.clock.nowMs() + 3 * DAY_S * 1000).toISOString().slice(0, 10);
  const body = { items: [{ date, name: 'Founders’ Day' }] };
  await manager.call('setHolidays', { params: paramsOf(house), body });
  expect(await exposed()).toEqual([['4B', ada.id, null]]);
  await sync();
  expect(await exposed()).toEqual([]);
  cloud.clock.advanceS(6 * DAY_S);
  expect(await exposed()).toEqual([]);
});
