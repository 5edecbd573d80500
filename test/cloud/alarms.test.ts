// Alarms: raised when they are due, once, and ended by what ends their cause.
import { expect, test } from 'vitest';
import { appOf, managerOf } from './callers.ts';
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse, codesOf, invite, type House } from './house.ts';
import { activate, doorSync, PaperLock } from './paper-lock.ts';
import { PaperLog, postLog } from './paper-log.ts';
import { aSyncedDoor } from './synced-door.ts';

const DAY_S = 86_400;

const alarms = async (client: Client, query: Record<string, string> = {}) =>
  (await client.call('alarms', { query })).items;
const kinds = async (client: Client, query: Record<string, string> = {}) =>
  (await alarms(client, query)).map(({ kind }) => kind);

test('a courier that withholds a revocation is told on within the time that the property allows', async () => {
  const { cloud, manager, house, doorId, lock } = await aSyncedDoor('4B');
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
  const { cloud, manager, house } = await aSyncedDoor('4B');
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
  const { manager, doorId, lock } = await aSyncedDoor('4B');
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
  const { cloud, manager, house } = await aSyncedDoor('4B');
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

test("a credential that opens after the lock proved a table without it is an alarm that names the person, a resident's at home too", async () => {
  const { cloud, manager, house, doorId, lock, log, sync, opened } = await aLoggedHome();
  const ada = await invite(manager, house);
  const rosa = await aResident(manager, house, 'rosa@example.com');
  await sync();
  const numbers = {
    ada: await numberAt(manager, lock, ada.id),
    rosa: await numberAt(manager, lock, rosa.id),
  };
  const before = lock.table!.triple.tableVersion;
  await manager.call('revokeAllKeys', { params: { personId: ada.id } });
  await manager.call('deletePerson', { params: { personId: rosa.id } });
  // Exposure, as was told, and no alarm: also where the log comes behind the receipt that ends it.
  opened(numbers.ada, before);
  opened(numbers.rosa, before);
  await sync();
  await postLog(manager, doorId, log.batch());
  expect(await kinds(manager)).toEqual([]);
  // An old table in force again, and a new one that is not what it should be.
  const after = lock.table!.triple.tableVersion;
  opened(numbers.ada, before);
  opened(numbers.rosa, after);
  opened(numbers.rosa, after);
  await postLog(manager, doorId, log.batch());
  const raised = await alarms(manager);
  expect(raised.map(({ kind, detail }) => `${kind} ${detail}`).sort()).toEqual([
    `revoked-opened Ada Example: A credential that had been taken away opened by table version ${before}, though the lock had proven version ${after - 1}, which is without it.`,
    `revoked-opened Rosa Resident (deleted): A credential that had been taken away opened by table version ${after}, which is without it.`,
  ]);
  const rows = (await manager.call('activity')).items.map(({ sentence }) => sentence);
  expect(rows.filter((sentence) => sentence.includes('and the lock had proven'))).toHaveLength(3);
  // Whoever looks after locks alone hears of it, without a name.
  const rights = { keyManagement: 'none' as const, deviceManagement: true };
  const porter = await managerOf(cloud, { email: 'porter@example.com', at: { [house.propertyId]: rights } });
  for (const { kind, person, detail } of await alarms(porter)) {
    expect([kind, person]).toEqual(['revoked-opened', null]);
    expect(detail).not.toMatch(/Ada|Rosa/);
  }
  // It stays until somebody has seen it.
  await sync();
  const seen = await manager.call('seeAlarm', { params: { alarmId: raised[0]!.id } });
  expect([seen.endedAtS, seen.person]).toEqual([seen.seenAtS, raised[0]!.person]);
  expect(await kinds(manager)).toEqual(['revoked-opened']);
});

test('an old code of somebody who lives there still is an alarm without a name, and no row of a list', async () => {
  const { cloud, manager, house, doorId, lock, log, sync, opened } = await aLoggedHome();
  const rosa = await aResident(manager, house, 'rosa@example.com');
  await sync();
  const old = await numberAt(manager, lock, rosa.id);
  const app = await appOf(cloud, 'rosa@example.com');
  await app.call('resetAppCode', { params: { doorId } });
  await sync();
  opened(old, lock.table!.triple.tableVersion);
  await postLog(manager, doorId, log.batch());
  expect(await alarms(manager)).toMatchObject([{ kind: 'revoked-opened', person: null }]);
  expect((await manager.call('activity', { query: { type: 'opened' } })).items).toEqual([]);
});

async function aLoggedHome() {
  const { cloud, manager, house, doorId, lock } = await aSyncedDoor('4B');
  const log = new PaperLog(lock, Math.floor(cloud.clock.nowMs() / 1000));
  const committed = (): void =>
    void log.write({ type: 'tableCommitted', triple: lock.table!.triple }, { atS: nowOf(cloud) });
  committed();
  return {
    cloud,
    manager,
    house,
    doorId,
    lock,
    log,
    /** The receipt names the last row of the log. */
    sync: async () => {
      await doorSync(manager, doorId, lock);
      committed();
    },
    opened: (number: number, tableVersion: number): void => {
      cloud.clock.advanceS(1);
      log.opened(number, { tableVersion, atS: nowOf(cloud) });
      lock.logSequence++;
    },
  };
}

const nowOf = (cloud: TestCloud): number => Math.floor(cloud.clock.nowMs() / 1000);

const aResident = (manager: Client, house: House, email: string) =>
  manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email, firstName: 'Rosa', lastName: 'Resident', resident: true, keyIds: [house.key('Unit')] },
  });

async function numberAt(manager: Client, lock: PaperLock, personId: string): Promise<number> {
  return lock.rowsOf((await codesOf(manager, personId))['4B']!)[0]!.credentialId;
}

test('alarms come in pages, newest first', async () => {
  const { cloud, manager, house } = await aSyncedDoor('4B');
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
