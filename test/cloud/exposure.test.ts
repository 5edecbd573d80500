// What the locks hold of a person's codes, against what the cloud wants: where a code opens, where it waits, and where
// an old one may still open.
import { expect, onTestFinished, test } from 'vitest';
import { openDataFolder } from '#cloud/data-folder.ts';
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse, codesOf, invite, type House } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const DAY_S = 86_400;

async function aDoor(doorName = '4B') {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door(doorName);
  const lock = await activate(manager, doorId);
  const sync = (): Promise<unknown> => doorSync(manager, doorId, lock);
  return { cloud, manager, house, doorId, lock, sync };
}

const nowS = ({ clock }: TestCloud): number => Math.floor(clock.nowMs() / 1000);

const exposedAt = async (client: Client, personId: string) =>
  (await client.call('exposure', { params: { personId } })).items.map(({ doorName, untilS }) => [
    doorName,
    untilS,
  ]);

const stateAt = async (client: Client, personId: string, door: string) => {
  const { items } = await client.call('personCodes', { params: { personId } });
  const code = items.find(({ doorName }) => doorName === door);
  return [code?.atLock, code?.startsAtS];
};

const give = (client: Client, house: House, personId: string, dates: object = {}) =>
  client.call('grantKey', { params: { personId }, body: { keyId: house.key('Unit'), ...dates } });

test('a revoked code is exposed until the lock proves a table without it, whoever asks and how often', async () => {
  const { cloud, manager, house, doorId, sync, lock } = await aDoor();
  const person = await invite(manager, house);
  const code = (await codesOf(manager, person.id))['4B']!;
  expect(await exposedAt(manager, person.id)).toEqual([]);
  await sync();
  expect(await exposedAt(manager, person.id)).toEqual([]);
  const first = await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(first.doorsToSync).toEqual([house.door('4B')]);
  const again = await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(again.doorsToSync).toEqual([]);
  expect(lock.rowsOf(code)).toHaveLength(1);
  const revokedS = nowS(cloud);
  let later = manager;
  for (const waitedS of [0, 3_599, 2, DAY_S, 30 * DAY_S, 400 * DAY_S]) {
    cloud.clock.advanceS(waitedS);
    await cloud.sweep();
    later = await cloud.clientOf(['manager']);
    expect([waitedS, await exposedAt(later, person.id)]).toEqual([waitedS, [['4B', null]]]);
    const { items } = await later.call('propertyExposure', { params: { propertyId: house.propertyId } });
    expect(items).toMatchObject([{ personId: person.id, doorId, untilS: null }]);
    expect(revokedS - items[0]!.sinceS!).toBeLessThan(60);
  }
  await doorSync(later, doorId, lock);
  expect(lock.rowsOf(code)).toEqual([]);
  expect(await exposedAt(later, person.id)).toEqual([]);
});

test('a table that a courier has carried off counts before its receipt is here, one never made does not', async () => {
  const { manager, house, doorId, lock } = await aDoor();
  const person = await invite(manager, house);
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(await exposedAt(manager, person.id)).toEqual([]);
  await give(manager, house, person.id);
  lock.apply(await manager.call('package', { params: { doorId } }));
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(await exposedAt(manager, person.id)).toEqual([['4B', null]]);
});

test('access cut short is exposed up to the date that the lock goes by, and no further', async () => {
  const { cloud, manager, house, sync } = await aDoor();
  const end = nowS(cloud) + 10 * DAY_S;
  const person = await invite(manager, house, { expiresAtS: end });
  await sync();
  const params = { grantId: person.grants[0]!.id };
  await manager.call('editGrant', { params, body: { expiresAtS: end + DAY_S } });
  expect(await exposedAt(manager, person.id)).toEqual([]);
  await manager.call('editGrant', { params, body: { expiresAtS: end - DAY_S } });
  expect(await exposedAt(manager, person.id)).toEqual([['4B', end]]);
  await sync();
  expect(await exposedAt(manager, person.id)).toEqual([]);
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(await exposedAt(manager, person.id)).toEqual([['4B', end - DAY_S]]);
  cloud.clock.advanceS(9 * DAY_S + 1);
  expect(await exposedAt(manager, person.id)).toEqual([]);
});

test('an expired code never comes back: the next Key brings another, which waits for its Door Sync', async () => {
  const { cloud, manager, house, sync, lock } = await aDoor();
  const person = await invite(manager, house, { expiresAtS: nowS(cloud) + DAY_S });
  const old = (await codesOf(manager, person.id))['4B']!;
  await sync();
  expect(await stateAt(manager, person.id, '4B')).toEqual(['live', null]);
  cloud.clock.advanceS(DAY_S);
  expect(await codesOf(manager, person.id)).toEqual({});
  await give(manager, house, person.id);
  const fresh = (await codesOf(manager, person.id))['4B']!;
  expect(fresh).not.toBe(old);
  expect(await stateAt(manager, person.id, '4B')).toEqual(['waits-for-sync', null]);
  await sync();
  expect([lock.rowsOf(old).length, lock.rowsOf(fresh).length]).toEqual([0, 1]);
  expect(await stateAt(manager, person.id, '4B')).toEqual(['live', null]);
});

test('a person’s exposure counts the hours that a Key Schedule has lost, like the property’s', async () => {
  const { manager, house, doorId, sync } = await aDoor();
  const person = await invite(manager, house);
  await sync();
  const params = { keyId: house.key('Unit'), doorId };
  const schedule = { windows: [{ days: ['mon' as const], start: '09:00', end: '17:00' }] };
  await manager.call('putKeyDoor', { params, body: { provideDoorcodes: true, schedule } });
  expect(await exposedAt(manager, person.id)).toEqual([['4B', null]]);
  const ofProperty = await manager.call('propertyExposure', { params: { propertyId: house.propertyId } });
  expect(ofProperty.items).toMatchObject([{ personId: person.id, doorId, untilS: null }]);
  await sync();
  expect(await exposedAt(manager, person.id)).toEqual([]);
});

test('a door put into a Key does not wake the code of a Key that has expired', async () => {
  const { cloud, manager, house } = await aDoor();
  const person = await invite(manager, house, { expiresAtS: nowS(cloud) + DAY_S });
  const old = (await codesOf(manager, person.id))['4B'];
  await manager.call('grantKey', { params: { personId: person.id }, body: { keyId: house.key('Front') } });
  cloud.clock.advanceS(DAY_S);
  const params = { keyId: house.key('Front'), doorId: house.door('4B') };
  await manager.call('putKeyDoor', { params, body: { provideDoorcodes: true } });
  const fresh = (await codesOf(manager, person.id))['4B'];
  expect(fresh).toMatch(/^\d{7}$/);
  expect(fresh).not.toBe(old);
});

test('a Key held over the end of another keeps the code', async () => {
  const { cloud, manager, house } = await aDoor('Entrance');
  const person = await invite(manager, house, { expiresAtS: nowS(cloud) + DAY_S });
  const code = (await codesOf(manager, person.id))['Entrance'];
  await manager.call('grantKey', { params: { personId: person.id }, body: { keyId: house.key('Front') } });
  cloud.clock.advanceS(DAY_S);
  await give(manager, house, person.id);
  expect((await codesOf(manager, person.id))['Entrance']).toBe(code);
});

test('other dates wait for their Door Sync, and a start to come is no live code', async () => {
  const { cloud, manager, house, sync } = await aDoor();
  const startsAtS = nowS(cloud) + DAY_S;
  const person = await invite(manager, house, { startsAtS });
  expect(await stateAt(manager, person.id, '4B')).toEqual(['waits-for-sync', startsAtS]);
  await sync();
  expect(await stateAt(manager, person.id, '4B')).toEqual(['starts-later', startsAtS]);
  cloud.clock.advanceS(DAY_S);
  expect(await stateAt(manager, person.id, '4B')).toEqual(['live', null]);
  const params = { grantId: person.grants[0]!.id };
  await manager.call('editGrant', { params, body: { expiresAtS: startsAtS + 9 * DAY_S } });
  expect(await stateAt(manager, person.id, '4B')).toEqual(['waits-for-sync', null]);
  await sync();
  expect(await stateAt(manager, person.id, '4B')).toEqual(['live', null]);
});

test('a code that a lock may still hold is given to nobody else', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager, { doorcodeLength: 4 });
  const door_id = house.door('4B');
  await activate(cloud.manager, door_id);
  const { id: person_id } = await invite(cloud.manager, house, { keys: [] });
  const store = await openDataFolder(cloud.dataFolder, cloud.clock);
  onTestFinished(() => store.close());
  const retired = { kind: 'doorcode' as const, person_id, door_id, gone_version: 1_000, retired_at_s: 1 };
  await store.write(async (trx) => {
    for (let code = 0; code < 10_000; code++) {
      const values = { number: 1e9 + code, value: String(code).padStart(4, '0'), ...retired };
      await trx.insertInto('retired_credentials').values(values).execute();
    }
  });
  const wish = { params: { personId: person_id }, body: { keyId: house.key('Unit') } };
  expect((await cloud.manager.refused('grantKey', wish)).code).toBe('CODES_EXHAUSTED');
});

test('one person is found by the whole address, among any number of names that hold it', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const params = { propertyId: house.propertyId };
  for (const email of ['xa@example.com', 'a@example.com', 'a@example.com.au'])
    await invite(manager, house, { email });
  const { items } = await manager.call('listPeople', { params, query: { email: 'A@Example.com' } });
  expect(items.map(({ email }) => email)).toEqual(['a@example.com']);
});
