// Credentials of all kinds as the lock gets them: the phone of the account, the one active card, doorcodes, and the mark
// of a guest; each at the doors of the Keys and at no other.
import { expect, test } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { appOf } from './callers.ts';
import type { Client, TestCloud } from './cloud-fixture.ts';
import { codesOf, invite } from './house.ts';
import { aSyncedDoor } from './synced-door.ts';

const aPhone = (): Uint8Array => systemRandom.bytes(32);

async function register(cloud: TestCloud, email: string, publicKey: Uint8Array): Promise<void> {
  const app = await appOf(cloud, email);
  await app.call('appPhone', { body: { publicKey: encodeHex(publicKey), label: 'Phone' } });
}

const isPending = async (client: Client, doorId: string): Promise<boolean> =>
  (await client.call('door', { params: { doorId } })).sync.state === 'pending';

test('a phone opens every door of the Keys after a sync, and another takes its place at all of them', async () => {
  const { cloud, manager, house, doorId, lock, sync } = await aSyncedDoor();
  const person = await invite(manager, house);
  const [first, second] = [aPhone(), aPhone()];
  await sync();
  await register(cloud, person.email, first);
  expect(await isPending(manager, doorId)).toBe(true);
  await sync();
  expect(lock.rowsOfPhone(first)).toHaveLength(1);
  expect(lock.rowsOfPhone(first)[0]).toMatchObject({ kind: 'app', isGuest: false });
  await register(cloud, person.email, first);
  expect(await isPending(manager, doorId)).toBe(false);
  await register(cloud, person.email, second);
  await sync();
  expect([lock.rowsOfPhone(first).length, lock.rowsOfPhone(second).length]).toEqual([0, 1]);
});

test('a Key without doorcodes gives the app and the card, and no code', async () => {
  const { cloud, manager, house, lock, sync } = await aSyncedDoor('Pool');
  const person = await invite(manager, house, { keys: ['App only'] });
  const phone = aPhone();
  await register(cloud, person.email, phone);
  await manager.call('activateKeycard', { params: { personId: person.id }, body: { value: '04a1b2c3d4' } });
  await sync();
  expect(lock.table!.rows.map(({ kind }) => kind).sort()).toEqual(['app', 'keycard']);
  expect(lock.rowsOfCard('04a1b2c3d4')).toHaveLength(1);
});

test('one card a person is active: another one ends it, at the lock after its sync', async () => {
  const { manager, house, lock, sync } = await aSyncedDoor();
  const { id: personId } = await invite(manager, house);
  const params = { personId };
  const activateCard = (value: string) => manager.call('activateKeycard', { params, body: { value } });
  await activateCard('0401020304');
  await sync();
  expect(lock.rowsOfCard('0401020304')).toHaveLength(1);
  expect(await activateCard('0499999999')).toMatchObject({ value: '0499999999' });
  const { items } = await manager.call('exposure', { params });
  expect(items).toEqual([expect.objectContaining({ doorName: 'Entrance', by: ['keycard'], untilS: null })]);
  await sync();
  expect([lock.rowsOfCard('0401020304').length, lock.rowsOfCard('0499999999').length]).toEqual([0, 1]);
  expect((await manager.call('exposure', { params })).items).toEqual([]);
  await manager.call('endKeycard', { params });
  await sync();
  expect(lock.rowsOfCard('0499999999')).toEqual([]);
  expect((await manager.refused('endKeycard', { params })).code).toBe('NOT_FOUND');
});

test('a card that is somebody’s at the property is refused by that name, and free once it has ended', async () => {
  const { manager, house } = await aSyncedDoor();
  const ada = await invite(manager, house);
  const ben = await invite(manager, house, { email: 'ben@example.com' });
  const body = { value: '0401020304' };
  await manager.call('activateKeycard', { params: { personId: ada.id }, body });
  const problem = await manager.refused('activateKeycard', { params: { personId: ben.id }, body });
  expect(problem).toMatchObject({ code: 'KEYCARD_IN_USE', subject: ada.id });
  expect(problem.detail).toContain('Ada Example');
  await manager.call('endKeycard', { params: { personId: ada.id } });
  await manager.call('activateKeycard', { params: { personId: ben.id }, body });
});

test('what is no card, and a card for somebody with daily doorcodes, is refused', async () => {
  const { manager, house } = await aSyncedDoor();
  const { id: personId } = await invite(manager, house);
  for (const value of ['', '0401', 'zz', '04'.repeat(33), 7, null]) {
    const problem = await manager.refused('activateKeycard', { params: { personId }, body: { value } });
    expect([value, problem.code]).toEqual([value, 'INPUT_INVALID']);
  }
  const daily = await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email: 'd@example.com', firstName: 'D', lastName: 'Aily', credential: 'daily-doorcode' },
  });
  const wish = { params: { personId: daily.id }, body: { value: '0401020304' } };
  expect((await manager.refused('activateKeycard', wish)).code).toBe('KEYCARD_NEEDS_APP');
});

test('losing the last Key takes phone, card and code from the lock, and the next Key brings them back', async () => {
  const { cloud, manager, house, lock, sync } = await aSyncedDoor();
  const person = await invite(manager, house, { keys: ['Front'] });
  const phone = aPhone();
  await register(cloud, person.email, phone);
  await manager.call('activateKeycard', { params: { personId: person.id }, body: { value: '0401020304' } });
  await sync();
  const old = (await codesOf(manager, person.id))['Entrance']!;
  expect(lock.table!.rows).toHaveLength(3);
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  const { items } = await manager.call('exposure', { params: { personId: person.id } });
  expect(items.map(({ by }) => by)).toEqual([['app', 'doorcode', 'keycard']]);
  await sync();
  expect(lock.table!.rows).toEqual([]);
  await manager.call('grantKey', { params: { personId: person.id }, body: { keyId: house.key('Front') } });
  await sync();
  expect(lock.table!.rows.map(({ kind }) => kind).sort()).toEqual(['app', 'doorcode', 'keycard']);
  expect(lock.rowsOf(old)).toEqual([]);
});

test('a person without a phone, a code or a card needs no Door Sync for a Key that gives none', async () => {
  const { manager, house, doorId } = await aSyncedDoor('Pool');
  const person = await invite(manager, house, { keys: ['App only'] });
  expect(await isPending(manager, doorId)).toBe(false);
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(await isPending(manager, doorId)).toBe(false);
});

test('devices are shown with what the lock has proven of them', async () => {
  const { cloud, manager, house, sync } = await aSyncedDoor();
  const person = await invite(manager, house, { keys: ['Front'] });
  await register(cloud, person.email, aPhone());
  const devices = async () =>
    (await manager.call('personCodes', { params: { personId: person.id } })).devices;
  const entry = { doorId: house.door('Entrance'), doorName: 'Entrance', kind: 'app', startsAtS: null };
  expect(await devices()).toEqual([{ ...entry, atLock: 'waits-for-sync' }]);
  await sync();
  expect(await devices()).toEqual([{ ...entry, atLock: 'live' }]);
});

test('a card or a phone that takes the place of another leaves a task that says that something was taken', async () => {
  const { cloud, manager, house, doorId, sync } = await aSyncedDoor();
  const person = await invite(manager, house);
  const params = { personId: person.id };
  const reasons = async () => {
    const { items } = await manager.call('listSyncTasks', { query: { doorId } });
    await sync();
    return items.map(({ reason }) => reason);
  };
  await sync();
  await manager.call('activateKeycard', { params, body: { value: '0401020304' } });
  expect(await reasons()).toEqual(['access-given']);
  await manager.call('activateKeycard', { params, body: { value: '0499999999' } });
  expect(await reasons()).toEqual(['access-revoked']);
  await register(cloud, person.email, aPhone());
  expect(await reasons()).toEqual(['access-given']);
  await register(cloud, person.email, aPhone());
  expect(await reasons()).toEqual(['access-revoked']);
});
