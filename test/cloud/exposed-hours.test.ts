// Hours of Key Schedules at a lock that goes by another zone, or by other holidays, than its property does now.
import { parse } from 'csv-parse/sync';
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

test('a code that goes by hours is no live one where the lock goes by other hours', async () => {
  const { manager, house, ada, sync, setZone } = await aHouseWithHours();
  const stateAt4B = async () => {
    const { items } = await manager.call('personCodes', { params: { personId: ada.id } });
    return items.find(({ doorName }) => doorName === '4B')?.atLock;
  };
  expect(await stateAt4B()).toBe('live');
  await setZone('Asia/Tokyo');
  expect(await stateAt4B()).toBe('waits-for-sync');
  await sync();
  expect(await stateAt4B()).toBe('live');
  const schedule = { windows: [{ days: ['tue' as const], start: '09:00', end: '17:00' }] };
  await manager.call('putKeyDoor', {
    params: { keyId: house.key('Unit'), doorId: house.door('4B') },
    body: { provideDoorcodes: true, schedule },
  });
  expect(await stateAt4B()).toBe('waits-for-sync');
  await sync();
  expect(await stateAt4B()).toBe('live');
});

test('a door that may stand open to everybody at hours that it has lost is reported so until its sync', async () => {
  const { manager, house, sync, setZone } = await aHouseWithHours();
  const params = { doorId: house.door('4B') };
  const hours = (start: string) => ({
    holdOpen: {
      schedule: { windows: [{ days: ['mon' as const], start, end: '17:00' }] },
      firstUnlock: false,
      exceptHolidays: false,
    },
  });
  const edit = (body: object) => manager.call('editDoor', { params, body });
  const reported = async () => {
    const { items } = await manager.call('doorReport');
    const [door] = items.filter(({ doorName }) => doorName === '4B');
    return [door!.heldOpen, door!.reasons];
  };
  const heldOpenInFile = async () => {
    const csv = new TextDecoder().decode(await manager.call('exportDoorReport'));
    const [header, ...rows] = parse(csv, { bom: true });
    const of4B = rows.find((row) => row.includes('4B'));
    return of4B?.[header!.indexOf('held open')];
  };
  const synced = [false, []];
  // That it is to be held open at all is nothing taken away.
  await edit(hours('08:00'));
  expect(await reported()).toEqual([false, ['settings-changed']]);
  await sync();
  expect(await reported()).toEqual(synced);
  for (const change of [
    () => edit(hours('09:00')),
    () => setZone('Asia/Tokyo'),
    () => edit({ holdOpen: null }),
  ]) {
    await change();
    expect(await reported()).toEqual([true, ['access-changed']]);
    expect(await heldOpenInFile()).toBe('yes');
    await sync();
    expect(await reported()).toEqual(synced);
    expect(await heldOpenInFile()).toBe('no');
  }
});

test('a list of holidays counts again each time that its days are others, and never for their names', async () => {
  const { cloud, manager, house, ada, sync, exposed } = await aHouseWithHours();
  const date = (days: number): string =>
    new Date(cloud.clock.nowMs() + days * DAY_S * 1000).toISOString().slice(0, 10);
  const set = (name: string, ...days: number[]) =>
    manager.call('setHolidays', {
      params: paramsOf(house),
      body: { items: days.map((day) => ({ date: date(day), name })) },
    });
  const [out, none] = [[['4B', ada.id, null]], []];
  await set('First', 3, 5);
  await sync();
  expect(await exposed()).toEqual(none);
  await set('Same', 5, 3);
  expect(await exposed()).toEqual(none);
  const lists = [[3, 6], [3], [3, 9], []];
  for (const days of lists) {
    await set('Other', ...days);
    expect([days, await exposed()]).toEqual([days, out]);
    const { sync: state } = await manager.call('door', { params: { doorId: house.door('4B') } });
    expect(state).toMatchObject({ state: 'pending', reasons: ['access-changed'] });
    await sync();
    expect([days, await exposed()]).toEqual([days, none]);
  }
});
