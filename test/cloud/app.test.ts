// The app of a resident: the own doors, codes, phone and packages, and nothing of DOOR OS.
import { expect, test } from 'vitest';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import type { Contract } from '#protocol/api/contract.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { appVerifier } from '#protocol/table/verifier.ts';
import { aCloud, type TestCloud } from './cloud-fixture.ts';
import { appOf } from './callers.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { activate, doorSync, type PaperLock } from './paper-lock.ts';

const DAY_S = 86_400;
const nowS = ({ clock }: TestCloud): number => Math.floor(clock.nowMs() / 1000);

async function aResident(keys = ['Unit']) {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const locks = new Map<string, PaperLock>();
  for (const door of ['4B', 'Entrance', 'Pool']) locks.set(door, await activate(manager, house.door(door)));
  const person = await invite(manager, house, { keys });
  const app = await appOf(cloud, 'ada@example.com');
  const lockOf = (door: string): PaperLock => locks.get(door)!;
  return { cloud, manager, house, person, app, lockOf };
}

test('the app sees its own doors, by when they open, and how to carry sets to those that open now', async () => {
  const { cloud, manager, house, person, app, lockOf } = await aResident();
  const startsAtS = nowS(cloud) + DAY_S;
  const body = { keyId: house.key('App only'), startsAtS, expiresAtS: startsAtS + DAY_S };
  await manager.call('grantKey', { params: { personId: person.id }, body });
  await invite(manager, house, { email: 'ben@example.com', keys: ['Front'] });
  const { items } = await app.call('appDoors');
  expect(
    items.map(({ doorName, type, opensNow, startsAtS: from }) => [doorName, type, opensNow, from]),
  ).toEqual([
    ['4B', 'residence', true, null],
    ['Entrance', 'building-entrance', true, null],
    ['Pool', 'communal', false, startsAtS],
  ]);
  expect(items.map(({ syncNeeded }) => syncNeeded)).toEqual([true, true, true]);
  expect(items[0]?.carry).toMatchObject({
    doorId: house.door('4B'),
    lockId: encodeHex(lockOf('4B').lockId),
    sync: { state: 'pending' },
  });
  expect(items[2]?.carry).toBeNull();
  await doorSync(app, house.door('4B'), lockOf('4B'));
  expect((await app.call('appDoors')).items[0]).toMatchObject({ syncNeeded: false });
  const [first, second] = [
    await app.call('appDoors', { query: { limit: '2' } }),
    await app.call('appDoors', {
      query: { limit: '2', after: (await app.call('appDoors', { query: { limit: '2' } })).next! },
    }),
  ];
  expect([first.items.length, second.items.map(({ doorName }) => doorName), second.next]).toEqual([
    2,
    ['Pool'],
    null,
  ]);
});

test('packages are the app’s to carry to doors that open for it now, and to no other', async () => {
  const { cloud, manager, house, person, app, lockOf } = await aResident();
  const carry = async (doorId: string): Promise<(number | string)[]> => {
    const params = { doorId };
    return [
      (await app.fetch('startDelivery', { params })).status,
      (await app.fetch('package', { params })).status,
      (await app.fetch('postReceipt', { params, body: { receipt: '00' } })).status,
    ];
  };
  expect(await carry(house.door('4B'))).toEqual([201, 200, 422]);
  expect(await carry(house.door('Pool'))).toEqual([404, 404, 404]);
  const startsAtS = nowS(cloud) + DAY_S;
  const wish = { params: { personId: person.id }, body: { keyId: house.key('App only'), startsAtS } };
  await manager.call('grantKey', wish);
  expect(await carry(house.door('Pool'))).toEqual([404, 404, 404]);
  cloud.clock.advanceS(DAY_S);
  const later = await appOf(cloud, 'ada@example.com');
  await doorSync(later, house.door('Pool'), lockOf('Pool'));
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect((await later.refused('package', { params: { doorId: house.door('4B') } })).code).toBe('NOT_FOUND');
  expect((await later.call('appDoors')).items).toEqual([]);
});

test('a phone’s key is in the table of each door, a new phone takes its place, and none is left without one', async () => {
  const { manager, house, app, lockOf } = await aResident();
  const doorId = house.door('4B');
  const keys = [
    encodeHex(engine.sha256(Uint8Array.of(1))),
    encodeHex(engine.sha256(Uint8Array.of(2))),
  ] as const;
  const rowsOf = (publicKey: string) => {
    const verifier = encodeHex(appVerifier(engine, decodeHex(publicKey)!));
    return lockOf('4B').table?.rows.filter((row) => encodeHex(row.verifier) === verifier).length;
  };
  const register = (publicKey: string) => app.call('appPhone', { body: { publicKey, label: 'Ada’s phone' } });
  expect((await app.call('appMe')).phone).toBeNull();
  const first = await register(keys[0]);
  expect(await register(keys[0])).toEqual(first);
  await doorSync(manager, doorId, lockOf('4B'));
  expect(rowsOf(keys[0])).toBe(1);
  await register(keys[1]);
  expect((await app.call('appMe')).phone).toMatchObject({ publicKey: keys[1] });
  await doorSync(app, doorId, lockOf('4B'));
  expect([rowsOf(keys[0]), rowsOf(keys[1])]).toEqual([0, 1]);
  await app.call('removeAppPhone');
  await app.call('removeAppPhone');
  expect((await app.call('appMe')).phone).toBeNull();
  await doorSync(app, doorId, lockOf('4B'));
  expect(rowsOf(keys[1])).toBe(0);
});

test('a phone’s key that another account has, or that is no key, is refused', async () => {
  const { cloud, manager, house, app } = await aResident();
  await invite(manager, house, { email: 'ben@example.com', keys: ['Front'] });
  const other = await appOf(cloud, 'ben@example.com');
  const publicKey = '22'.repeat(32);
  await app.call('appPhone', { body: { publicKey, label: 'A' } });
  expect((await other.refused('appPhone', { body: { publicKey, label: 'B' } })).code).toBe('PHONE_IN_USE');
  for (const wrong of ['', '22', '22'.repeat(33), 'xy'.repeat(32), 22])
    expect((await app.refused('appPhone', { body: { publicKey: wrong, label: 'A' } })).code).toBe(
      'INPUT_INVALID',
    );
});

test('the resident resets the code of the residence alone, and the old one goes with the next sync', async () => {
  const { manager, house, person, app, lockOf } = await aResident();
  const [doorId, lock] = [house.door('4B'), lockOf('4B')];
  const before = await codesOf(manager, person.id);
  await doorSync(app, doorId, lock);
  expect((await app.call('appCodes')).items.map(({ doorName, code }) => [doorName, code])).toEqual(
    Object.entries(before),
  );
  const fresh = await app.call('resetAppCode', { params: { doorId } });
  expect(fresh).toMatchObject({ doorName: '4B', atLock: 'waits-for-sync', propertyName: 'House' });
  expect(fresh.code).not.toBe(before['4B']);
  await doorSync(app, doorId, lock);
  expect([lock.rowsOf(before['4B']!).length, lock.rowsOf(fresh.code).length]).toEqual([0, 1]);
  const communal = await app.refused('resetAppCode', { params: { doorId: house.door('Entrance') } });
  expect(communal).toMatchObject({ code: 'CODE_NOT_RESETTABLE', subject: house.door('Entrance') });
  expect(communal.next).toMatch(/manager/);
  expect((await app.refused('resetAppCode', { params: { doorId: house.door('Pool') } })).code).toBe(
    'NOT_FOUND',
  );
});

test('one account is the same person’s app at every property, and each of them knows its own alone', async () => {
  const { manager, app } = await aResident();
  const second = await aHouse(manager, { name: 'Second' });
  await invite(manager, second, { keys: ['Front'] });
  const me = await app.call('appMe');
  expect(me.people.map(({ propertyName }) => propertyName)).toEqual(['House', 'Second']);
  expect(JSON.stringify(me)).not.toContain('portfolio');
  expect((await app.call('appKeys')).items.map(({ keyName }) => keyName)).toEqual(['Front', 'Unit']);
  expect((await app.call('appCodes')).items).toHaveLength(3);
});

test('an app’s token takes nothing of DOOR OS, not even for an account that manages the portfolio', async () => {
  const { cloud, manager, house } = await aResident();
  await invite(manager, house, { email: 'manager@example.com', keys: ['Unit'] });
  const app = await appOf(cloud, 'manager@example.com');
  expect((await app.call('appDoors')).items.length).toBeGreaterThan(0);
  const mine = new Set<string>();
  for (const name of Object.keys(routes) as RouteName[]) {
    const { access, body }: Contract = routes[name];
    if (typeof access === 'string' || (access as readonly string[]).includes('app')) {
      mine.add(name);
      continue;
    }
    const ids: Partial<Record<string, string>> = {
      propertyId: house.propertyId,
      doorId: house.door('4B'),
      keyId: house.key('Unit'),
    };
    const params: Record<string, string> = new Proxy({}, { get: (_, key) => ids[String(key)] ?? 'x' });
    const wish = { params, ...(body === undefined ? {} : { body: '' }) };
    expect([name, (await app.refused(name, wish)).code]).toEqual([name, 'SCOPE_MISSING']);
  }
  expect([...mine]).not.toContain('listPeople');
});
