// Alarms: raised when they are due, once, and ended by what ends their cause.
import { expect, test } from 'vitest';
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate, doorSync, PaperLock } from './paper-lock.ts';

const DAY_S = 86_400;

async function aSyncedDoor() {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  return { cloud, manager, house, doorId, lock };
}

const alarms = async (client: Client, query: Record<string, string> = {}) =>
  (await client.call('alarms', { query })).items;
const kinds = async (client: Client, query: Record<string, string> = {}) =>
  (await alarms(client, query)).map(({ kind }) => kind);

test('a courier that withholds a revocation is told on within the time that the property allows', async () => {
  const { cloud, manager, house, doorId, lock } = await aSyncedDoor();
  const { unsyncedAlarmS } = await allowed(manager, house.propertyId);
  const person = await invite(manager, house);
  await doorSync(manager, doorId, lock);
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  // The courier fetches the set again and again, and brings it to nobody.
  cloud.clock.advanceS(unsyncedAlarmS - 60);
  await manager.call('package', { params: { doorId } });
  await cloud.sweep();
  expect(await kinds(manager)).toEqual([]);
  cloud.clock.advanceS(61);
  await cloud.sweep();
  await cloud.sweep();
  expect(await alarms(manager)).toMatchObject([{ kind: 'unsynced', doorId, doorName: '4B', endedAtS: null }]);
  const { items } = await manager.call('doorReport', { query: { needed: 'true' } });
  expect(items).toMatchObject([{ doorId, overdue: true, reasons: ['access-revoked'] }]);
  await doorSync(manager, doorId, lock);
  expect(await kinds(manager)).toEqual([]);
  expect(await kinds(manager, { ended: 'true' })).toEqual(['unsynced']);
});

async function allowed(manager: Client, propertyId: string): Promise<{ unsyncedAlarmS: number }> {
  return await manager.call('property', { params: { propertyId } });
}

test('access that is yet to begin is not late before its start', async () => {
  const { cloud, manager, house } = await aSyncedDoor();
  const { unsyncedAlarmS } = await allowed(manager, house.propertyId);
  const startsAtS = Math.floor(cloud.clock.nowMs() / 1000) + 10 * unsyncedAlarmS;
  await invite(manager, house, { startsAtS });
  cloud.clock.advanceS(9 * unsyncedAlarmS);
  await cloud.sweep();
  expect(await kinds(manager)).toEqual([]);
  cloud.clock.advanceS(2 * unsyncedAlarmS + 60);
  await cloud.sweep();
  expect(await kinds(manager)).toEqual(['unsynced']);
});

test('a forged table is an alarm that stays until somebody has seen it', async () => {
  const { manager, doorId, lock } = await aSyncedDoor();
  const { cloudNonce } = await manager.call('startDelivery', { params: { doorId } });
  const { triple } = lock.table!;
  lock.logSequence++;
  const receipt = lock.receipt(cloudNonce, { triple: { ...triple, tableVersion: triple.tableVersion + 7 } });
  const post = () => manager.refused('postReceipt', { params: { doorId }, body: { receipt } });
  expect((await post()).code).toBe('RECEIPT_OTHER_TABLE');
  expect((await post()).code).toBe('RECEIPT_OTHER_TABLE');
  const [alarm] = await alarms(manager, { kind: 'other-table' });
  expect(await alarms(manager)).toEqual([alarm]);
  const seen = await manager.call('seeAlarm', { params: { alarmId: alarm!.id } });
  expect(seen.endedAtS).toBe(seen.seenAtS);
  expect(await manager.call('seeAlarm', { params: { alarmId: alarm!.id } })).toEqual(seen);
  expect(await kinds(manager)).toEqual([]);
  expect((await post()).code).toBe('RECEIPT_OTHER_TABLE');
  expect(await kinds(manager)).toEqual(['other-table']);
});

test('having seen that a door is late does not end that it is', async () => {
  const { cloud, manager, house } = await aSyncedDoor();
  await invite(manager, house);
  cloud.clock.advanceS(20 * DAY_S);
  await cloud.sweep();
  const [alarm] = await alarms(manager);
  const seen = await manager.call('seeAlarm', { params: { alarmId: alarm!.id } });
  expect(seen).toMatchObject({ endedAtS: null });
  expect(seen.seenAtS).not.toBeNull();
  expect(await kinds(manager)).toEqual(['unsynced']);
});

test('a lock that lost its door and speaks up is an alarm at that door', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lost = await activate(manager, doorId);
  cloud.clock.advanceS(301);
  await activate(manager, doorId, new PaperLock());
  const receipt = lost.receipt('00'.repeat(16));
  const refusal = await manager.refused('postReceipt', { params: { doorId }, body: { receipt } });
  expect(refusal.code).toBe('LOCK_RELEASED');
  expect(await kinds(manager)).toEqual(['released-lock']);
  // Nobody else can raise it.
  const stranger = await cloud.strangerOf('Other');
  expect(await alarms(stranger)).toEqual([]);
  const [alarm] = await alarms(manager);
  expect((await stranger.refused('seeAlarm', { params: { alarmId: alarm!.id } })).code).toBe('NOT_FOUND');
});

test('alarms come in pages, newest first', async () => {
  const { cloud, manager, house } = await aSyncedDoor();
  for (const name of ['Entrance', 'Pool']) await activate(manager, house.door(name));
  await invite(manager, house, { keys: ['Unit', 'App only'] });
  cloud.clock.advanceS(20 * DAY_S);
  await cloud.sweep();
  const first = await manager.call('alarms', { query: { limit: '2' } });
  const second = await manager.call('alarms', { query: { limit: '2', after: first.next! } });
  const doors = [...first.items, ...second.items].map(({ doorName }) => doorName);
  expect(doors.sort()).toEqual(['4B', 'Entrance', 'Pool']);
  expect(second.next).toBeNull();
  for (const query of [{ kind: 'fire' }, { doorId: 'x' }, { after: '["x","y"]' }])
    expect((await manager.refused('alarms', { query: query })).code).toBe('INPUT_INVALID');
});
