// From a change to the lock's receipt: versions, tasks, packages and what a courier may do with them.
import { expect, test } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { NO_END } from '#protocol/table/rows.ts';
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { activate, doorSync, PaperLock } from './paper-lock.ts';

const stateOf = async (client: Client, doorId: string) =>
  (await client.call('door', { params: { doorId } })).sync;

test('a code reaches the lock by package, opens there, and the receipt closes the task', async () => {
  const { manager, clientOf } = await aCloud();
  const courier = await clientOf(['courier']);
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const person = await invite(manager, house);
  expect(await stateOf(manager, doorId)).toMatchObject({
    state: 'pending',
    target: { keyEpoch: 1, tableVersion: 2 },
    applied: null,
    reasons: ['lock-activated', 'access-given'],
  });
  const { result } = await doorSync(courier, doorId, lock);
  const code = (await codesOf(manager, person.id))['4B']!;
  expect(lock.rowsOf(code)).toMatchObject([{ kind: 'doorcode', endS: NO_END }]);
  expect(lock.rowsOf('0000000')).toEqual([]);
  expect(result).toMatchObject({ outcome: 'applied', closedTasks: 2, sync: { state: 'up-to-date' } });
  const codes = await manager.call('personCodes', { params: { personId: person.id } });
  expect(codes.items.map(({ doorName, atLock }) => [doorName, atLock])).toEqual([
    ['4B', 'live'],
    ['Entrance', 'no-lock'],
  ]);
});

test('a revoked code stays in the table of the lock until its next Door Sync', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const person = await invite(manager, house);
  const code = (await codesOf(manager, person.id))['4B']!;
  await doorSync(manager, doorId, lock);
  const { doorsToSync } = await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(doorsToSync).toContain(doorId);
  expect(lock.rowsOf(code)).toHaveLength(1);
  expect(await stateOf(manager, doorId)).toMatchObject({ state: 'pending', reasons: ['access-revoked'] });
  await doorSync(manager, doorId, lock);
  expect(lock.rowsOf(code)).toEqual([]);
  expect(await stateOf(manager, doorId)).toMatchObject({ state: 'up-to-date', reasons: [], dueS: null });
});

test('access that begins later is in the table with its start, and its task is due then', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  const startsAtS = Math.floor(clock.nowMs() / 1000) + 86_400;
  const expiresAtS = startsAtS + 86_400;
  const person = await invite(manager, house, { startsAtS, expiresAtS });
  expect(await stateOf(manager, doorId)).toMatchObject({ state: 'pending', dueS: startsAtS });
  await doorSync(manager, doorId, lock);
  const code = (await codesOf(manager, person.id))['4B']!;
  expect(lock.rowsOf(code)).toMatchObject([{ startS: startsAtS, endS: expiresAtS }]);
});

test('overlapping Keys with the same dates are one row, with other dates one row each', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('Entrance');
  const lock = await activate(manager, doorId);
  const expiresAtS = Math.floor(clock.nowMs() / 1000) + 86_400;
  const startsAtS = expiresAtS - 86_400;
  const dates = { startsAtS, expiresAtS };
  const person = await invite(manager, house, { keys: ['Unit', 'Front'], ...dates });
  const code = (await codesOf(manager, person.id))['Entrance']!;
  await doorSync(manager, doorId, lock);
  expect(lock.rowsOf(code)).toHaveLength(1);
  await manager.call('editGrant', { params: { grantId: person.grants[0]!.id }, body: { expiresAtS: null } });
  await doorSync(manager, doorId, lock);
  expect(new Set(lock.rowsOf(code).map(({ endS }) => endS))).toEqual(new Set([expiresAtS, NO_END]));
});

test('the head carries the zone of the property and keeps its salt while nothing in it changes', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager, { zone: 'America/New_York' });
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  const first = lock.table!.head;
  await invite(manager, house);
  await doorSync(manager, doorId, lock);
  expect(encodeHex(lock.table!.head.salt)).toBe(encodeHex(first.salt));
  expect(lock.table!.tableHash).not.toEqual(first.salt);
  expect(first.zone.offsetS).toBe(-5 * 3_600);
  expect(first.zone.transitions).toHaveLength(12);
  expect(first.zone.transitions[0]?.offsetS).toBe(-4 * 3_600);
});

test('100 couriers at once get one package, byte for byte, and a second door another', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  await invite(manager, house);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const bodies = await Promise.all(
    Array.from({ length: 100 }, () => manager.call('package', { params: { doorId } })),
  );
  expect(new Set(bodies.map(encodeHex)).size).toBe(1);
  expect(lock.open(bodies[0]!).rows).toHaveLength(1);
  const other = await activate(manager, house.door('Entrance'));
  expect(() => other.open(bodies[0]!)).toThrow(/lock/);
});

test('a package has a strong tag, its length, and is not sent again to who has it', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  await activate(manager, doorId);
  const params = { doorId };
  const first = await manager.fetch('package', { params });
  const tag = first.headers.get('etag')!;
  expect(tag).toMatch(/^"[0-9a-f]{64}"$/);
  const bytes = new Uint8Array(await first.arrayBuffer());
  expect(first.headers.get('content-length')).toBe(String(bytes.length));
  const again = await manager.fetch('package', { params, headers: { 'if-none-match': tag } });
  expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0]);
  const other = await manager.fetch('package', { params, headers: { 'if-none-match': '"0"' } });
  expect(other.status).toBe(200);
  await other.arrayBuffer();
  const delivery = await manager.call('startDelivery', { params });
  expect(delivery).toMatchObject({ packageTag: tag, packageBytes: bytes.length });
  await invite(manager, house);
  const changed = await manager.fetch('package', { params, headers: { 'if-none-match': tag } });
  expect(changed.status).toBe(200);
  await changed.arrayBuffer();
});

test('a package survives a restart of the cloud as the same bytes', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const doorId = house.door('4B');
  await activate(cloud.manager, doorId);
  const before = await cloud.manager.call('package', { params: { doorId } });
  await cloud.restart();
  expect(encodeHex(await cloud.manager.call('package', { params: { doorId } }))).toBe(encodeHex(before));
});

test('a table that would not fit the lock is refused with both numbers, and revoking always goes through', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  await activate(manager, doorId, new PaperLock({ capacityRows: 2 }));
  const [first] = [
    await invite(manager, house, { email: 'a@example.com' }),
    await invite(manager, house, { email: 'b@example.com' }),
  ];
  const body = { email: 'c@example.com', firstName: 'C', lastName: 'C', keyIds: [house.key('Unit')] };
  const problem = await manager.refused('invitePerson', { params: { propertyId: house.propertyId }, body });
  expect(problem).toMatchObject({ code: 'TABLE_FULL', subject: doorId });
  expect(problem.detail).toMatch(/3 rows.*holds 2/);
  const people = await manager.call('listPeople', { params: { propertyId: house.propertyId } });
  expect(people.items).toHaveLength(2);
  await manager.call('revokeAllKeys', { params: { personId: first.id } });
  await manager.call('invitePerson', { params: { propertyId: house.propertyId }, body });
});

test('an activated lock that is too small for its door is reported when its package is asked for', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  for (const email of ['a@example.com', 'b@example.com']) await invite(manager, house, { email });
  const doorId = house.door('4B');
  const start = await manager.call('startActivation', { params: { doorId } });
  const lock = new PaperLock({ capacityRows: 1 });
  const body = { statement: lock.state(start), label: lock.label };
  const problem = await manager.refused('finishActivation', { params: { activationId: start.id }, body });
  expect(problem.code).toBe('TABLE_FULL');
  expect(problem.detail).toMatch(/2 rows.*holds 1/);
});

test('the type of a door is fixed once a lock is bound, its name is not', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const params = { doorId: house.door('4B') };
  await manager.call('editDoor', { params, body: { type: 'service' } });
  await activate(manager, params.doorId);
  expect((await manager.refused('editDoor', { params, body: { type: 'communal' } })).code).toBe(
    'DOOR_TYPE_FIXED',
  );
  const renamed = await manager.call('editDoor', { params, body: { name: '4B rear', type: 'service' } });
  expect(renamed).toMatchObject({ name: '4B rear', type: 'service' });
  expect(renamed.lockId).toMatch(/^[0-9a-f]{32}$/);
});

test('a door without a lock has nothing to carry', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  await invite(manager, house);
  const params = { doorId: house.door('4B') };
  expect((await manager.refused('package', { params })).code).toBe('DOOR_WITHOUT_LOCK');
  expect((await manager.refused('startDelivery', { params })).code).toBe('DOOR_WITHOUT_LOCK');
  expect((await stateOf(manager, params.doorId)).state).toBe('no-lock');
  expect((await manager.call('listSyncTasks')).items).toEqual([]);
});

test('a courier sees how to recognise each lock, and neither people nor codes', async () => {
  const { manager, clientOf } = await aCloud();
  const courier = await clientOf(['courier']);
  const house = await aHouse(manager);
  const lock = await activate(manager, house.door('4B'));
  await invite(manager, house);
  const { items } = await courier.call('courierDoors');
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    doorName: '4B',
    lockId: encodeHex(lock.lockId),
    advertisingKey: encodeHex(lock.secrets!.advertisingKey),
    channelKey: encodeHex(nodeEngine.x25519PublicKey(lock.channelSecret)),
  });
  const { items: tasks } = await courier.call('listSyncTasks');
  expect(tasks.map(({ reason }) => reason).sort()).toEqual(['access-given', 'lock-activated']);
  const sets = await courier.call('keySets', { query: { after: '0' } });
  expect(sets).toMatchObject({ current: 1, items: [{ number: 1 }] });
  expect((await courier.call('keySets', { query: { after: '1' } })).items).toEqual([]);
});

test('several changes in one request raise a door once', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('Entrance');
  await activate(manager, doorId);
  const before = (await stateOf(manager, doorId)).target!.tableVersion;
  await invite(manager, house, { keys: ['Unit', 'Front'] });
  expect((await stateOf(manager, doorId)).target!.tableVersion).toBe(before + 1);
});

test('pending doors are found by their open tasks, closed tasks by their date', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const lock = await activate(manager, house.door('4B'));
  const params = { propertyId: house.propertyId };
  const pending = async () =>
    (await manager.call('listDoors', { params, query: { pending: 'true' } })).items.map(({ name }) => name);
  expect(await pending()).toEqual(['4B']);
  await doorSync(manager, house.door('4B'), lock);
  expect(await pending()).toEqual([]);
  const closed = await manager.call('listSyncTasks', { query: { closed: 'true', doorId: house.door('4B') } });
  expect(closed.items).toHaveLength(1);
  expect(closed.items[0]?.closedAtS).toBeTypeOf('number');
});
