// What an app may bring about, and how much of it: no resident with a loop makes a door refuse its sets, uses up the codes of
// a house, fills the database or writes to people whom nobody invited.
import { expect, test } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { VERSION_JUMP_MAX } from '#protocol/limits.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import type { Client, TestCloud } from './cloud-fixture.ts';
import { appOf, withStore } from './callers.ts';
import { aHost, DAY_S, wishOf } from './host.ts';
import { invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const HOUR_S = 3_600;
const keyOf = (number: number): string => encodeHex(engine.x25519PublicKey(new Uint8Array(32).fill(number)));
const register = (number: number) => ({ body: { publicKey: keyOf(number), label: 'Phone' } });

const setTarget = (cloud: TestCloud, doorId: string, version: number) =>
  withStore(cloud, (store) =>
    store.write((trx) =>
      trx.updateTable('doors').set({ target_version: version }).where('id', '=', doorId).execute(),
    ),
  );

const targetOf = (cloud: TestCloud, doorId: string): Promise<number> =>
  withStore(cloud, async (store) => {
    const { target_version: version } = await store.read((trx) =>
      trx.selectFrom('doors').select('target_version').where('id', '=', doorId).executeTakeFirstOrThrow(),
    );
    return version;
  });

test('a loop of new phones: ten an hour are taken, after a restart too, and the door’s version stands still', async () => {
  const { cloud, house, app } = await aHost();
  cloud.clock.stand();
  for (let i = 1; i <= 10; i++) await app.call('appPhone', register(i));
  // The same again is no change.
  await app.call('appPhone', register(10));
  const before = await targetOf(cloud, house.door('4B'));
  const refused = await app.refused('appPhone', register(11));
  expect(refused).toMatchObject({ code: 'TOO_MANY_ATTEMPTS', status: 429, retryAfterS: HOUR_S });
  await cloud.restart();
  expect((await app.refused('appPhone', register(11))).code).toBe('TOO_MANY_ATTEMPTS');
  expect(await targetOf(cloud, house.door('4B'))).toBe(before);
  cloud.clock.advanceS(HOUR_S);
  await app.call('appPhone', register(11));
});

test('phones that were revoked a month ago are no rows any more', async () => {
  const { cloud, app } = await aHost();
  for (let i = 1; i <= 3; i++) await app.call('appPhone', register(i));
  cloud.clock.advanceS(30 * DAY_S);
  const later = await appOf(cloud, 'host@example.com');
  await later.call('appPhone', register(4));
  const rows = await withStore(cloud, (store) =>
    store.read((trx) => trx.selectFrom('phones').select('revoked_at_s').execute()),
  );
  expect(rows).toHaveLength(2);
});

test('a loop of code resets uses up no codes: the next one waits until the lock has the last', async () => {
  const { cloud, manager, house, app } = await aHost();
  const doorId = house.door('4B');
  const params = { doorId };
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  cloud.clock.stand();
  await app.call('resetAppCode', { params });
  const refused = await app.refused('resetAppCode', { params });
  expect(refused).toMatchObject({ code: 'CODE_NOT_RESETTABLE', subject: doorId });
  expect(refused.next).toContain('Sync the door');
  for (let i = 1; i < 10; i++) {
    await doorSync(manager, doorId, lock);
    await app.call('resetAppCode', { params });
  }
  await doorSync(manager, doorId, lock);
  expect((await app.refused('resetAppCode', { params })).code).toBe('TOO_MANY_ATTEMPTS');
});

test('a loop of invites and revocations: thirty an hour, and five mails to one address', async () => {
  const { cloud, house, app } = await aHost();
  cloud.clock.stand();
  const once = async (email: string) => {
    const guest = await app.call('inviteGuest', wishOf(house, { email }));
    await app.call('revokeGuest', { params: { guestId: guest.id } });
  };
  for (let i = 0; i < 5; i++) await once('victim@example.com');
  const refused = await app.refused('inviteGuest', wishOf(house, { email: 'victim@example.com' }));
  expect(refused).toMatchObject({ code: 'TOO_MANY_ATTEMPTS', retryAfterS: HOUR_S });
  for (let i = 0; i < 25; i++) await once(`g${i}@example.com`);
  expect((await app.refused('inviteGuest', wishOf(house, { email: 'g@example.com' }))).code).toBe(
    'TOO_MANY_ATTEMPTS',
  );
  cloud.clock.advanceS(HOUR_S);
  await once('victim@example.com');
});

test('phishing by the name of a guest: no link, address or number to call is a name', async () => {
  const { house, app } = await aHost();
  for (const firstName of [
    'Your account is locked, visit https://evil.example',
    'www.evil.example',
    'evil.example/now',
    'write to a@evil.example',
    'call 0049 30 12345',
  ]) {
    const refused = await app.refused('inviteGuest', wishOf(house, { firstName }));
    expect([firstName, refused.code, refused.errors?.[0]?.path]).toEqual([
      firstName,
      'INPUT_INVALID',
      'firstName',
    ]);
    expect(refused.errors?.[0]?.message).toContain('no link');
  }
  await app.call('inviteGuest', wishOf(house, { firstName: 'Dr. J.R. Anne-Marie', lastName: 'O’Neil 3rd' }));
});

async function aDoorAt(version: number) {
  const host = await aHost();
  const doorId = host.house.door('4B');
  const lock = await activate(host.manager, doorId);
  await doorSync(host.manager, doorId, lock);
  const proven = await targetOf(host.cloud, doorId);
  await setTarget(host.cloud, doorId, proven + version);
  return { ...host, doorId, lock, proven };
}

const kinds = async (manager: Client) => (await manager.call('alarms')).items.map(({ kind }) => kind);

test('half of the versions that a lock would take: an alarm, no more changes by apps, and a sync ends both', async () => {
  const { cloud, manager, house, app, doorId, lock, proven } = await aDoorAt(
    Math.floor(VERSION_JUMP_MAX / 2),
  );
  await app.call('appPhone', register(1));
  const { items } = await manager.call('alarms');
  expect(items).toMatchObject([{ kind: 'versions-running-out', doorId }]);
  expect(items[0]?.detail).toContain('Sync the door');
  const refused = await app.refused('appPhone', register(2));
  expect(refused).toMatchObject({ code: 'VERSIONS_EXHAUSTED', subject: doorId });
  expect(refused.next).toContain('rotate the key set');
  expect(await targetOf(cloud, doorId)).toBe(proven + Math.floor(VERSION_JUMP_MAX / 2) + 1);
  await invite(manager, house);
  await doorSync(manager, doorId, lock);
  expect(await kinds(manager)).toEqual([]);
  await app.call('appPhone', register(2));
});

test('the alarm of a lock ends with its lock', async () => {
  const { manager, house, doorId } = await aDoorAt(Math.floor(VERSION_JUMP_MAX / 2));
  await invite(manager, house, { email: 'ben@example.com' });
  expect(await kinds(manager)).toEqual(['versions-running-out']);
  await manager.call('askDeactivation', { params: { doorId }, body: { isLost: true } });
  expect(await kinds(manager)).toEqual([]);
});

test('no version is made that a lock would refuse as too far: the change says to sync the door', async () => {
  const { cloud, manager, house, doorId, lock, proven } = await aDoorAt(VERSION_JUMP_MAX - 1);
  await invite(manager, house);
  const refused = await manager.refused('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email: 'ben@example.com', firstName: 'Ben', lastName: 'B', keyIds: [house.key('Unit')] },
  });
  expect(refused).toMatchObject({ code: 'VERSIONS_EXHAUSTED', status: 409, subject: doorId });
  expect(refused.next).toContain('Sync the door');
  expect(await targetOf(cloud, doorId)).toBe(proven + VERSION_JUMP_MAX);
  await doorSync(manager, doorId, lock);
  await invite(manager, house, { email: 'ben@example.com' });
});

test('deliveries begun again and again leave a bounded number of rows', async () => {
  const { cloud, manager, house, app } = await aHost();
  const doorId = house.door('4B');
  await activate(manager, doorId);
  const first = await app.call('startDelivery', { params: { doorId } });
  await withStore(cloud, (store) =>
    store.write(async (trx) => {
      const row = await trx.selectFrom('deliveries').selectAll().executeTakeFirstOrThrow();
      const more = Array.from({ length: 90 }, (_, i) => ({
        ...row,
        cloud_nonce: `${i}`.padStart(64, '0'),
        created_at_s: row.created_at_s + i,
      }));
      await trx.insertInto('deliveries').values(more).execute();
    }),
  );
  cloud.clock.advanceS(HOUR_S);
  // Another session of the same account.
  const later = await appOf(cloud, 'host@example.com');
  const { cloudNonce } = await later.call('startDelivery', { params: { doorId } });
  const nonces = await withStore(cloud, (store) =>
    store.read((trx) => trx.selectFrom('deliveries').select('cloud_nonce').execute()),
  );
  expect(nonces).toHaveLength(64);
  const kept = nonces.map(({ cloud_nonce: nonce }) => nonce);
  expect([kept.includes(cloudNonce), kept.includes(first.cloudNonce)]).toEqual([true, false]);
});
