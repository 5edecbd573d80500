// What managers were promised of residents and others who open doors, each sentence held where nothing else holds it.
import { expect, test, vi } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloud, type TestCloud } from './cloud-fixture.ts';
import { appOf, withStore } from './callers.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { mailsTo, mailTo } from './mailbox.ts';
import { activate, doorSync } from './paper-lock.ts';
import { aSyncedDoor } from './synced-door.ts';

const DAY_S = 86_400;
const PASSWORD = 'four unrelated words';
const nowS = ({ clock }: TestCloud): number => Math.floor(clock.nowMs() / 1000);

/** Longer than the mailer takes to look again. */
const MAIL_WAIT = { timeout: 20_000, interval: 50 };

test('somebody with daily doorcodes has no app: no sign-in to it, no password link, no row in a table', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('Entrance');
  const lock = await activate(manager, doorId);
  const email = 'daily@example.com';
  const person = await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email,
      firstName: 'D',
      lastName: 'Aily',
      credential: 'daily-doorcode',
      keyIds: [house.key('Front')],
    },
  });
  const mail = await mailTo(cloud.dataFolder, email, 'Your doorcodes');
  expect(`${mail.text ?? ''}${mail.html || ''}`).not.toMatch(/dlp_|password/);
  const open = manager.withToken(undefined);
  await open.call('requestPasswordReset', { body: { email } });
  await vi.waitFor(async () => {
    const reset = await withStore(cloud, (store) =>
      store.read((trx) =>
        trx.selectFrom('mails').select('state').where('kind', '=', 'password-reset').execute(),
      ),
    );
    expect(reset).toEqual([{ state: 'dropped' }]);
  }, MAIL_WAIT);
  expect(await mailsTo(cloud.dataFolder, email)).toHaveLength(1);
  const door = { email, password: PASSWORD, surface: 'app' };
  expect((await open.refused('signIn', { body: door })).code).toBe('SIGN_IN_REFUSED');
  await doorSync(manager, doorId, lock);
  expect(lock.table!.rows).toEqual([]);
  const codes = await manager.call('personCodes', { params: { personId: person.id } });
  expect([codes.items, codes.devices, codes.daily.length]).toEqual([[], [], 1]);
});

test('a resident asks for a sync by hand at doors that open for them now, and at no others', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  for (const door of ['4B', 'Pool']) await activate(manager, house.door(door));
  const ada = await invite(manager, house);
  const app = await appOf(cloud, 'ada@example.com');
  const own = { params: { doorId: house.door('4B') } };
  const request = await app.call('requestSync', own);
  expect(request).toMatchObject({ doorId: house.door('4B'), state: 'waiting' });
  // The manager sees it, and asks the same.
  expect((await manager.call('requestSync', own)).id).toBe(request.id);
  const pool = { params: { doorId: house.door('Pool') } };
  expect((await app.refused('requestSync', pool)).code).toBe('NOT_FOUND');
  expect((await app.refused('syncRequests', pool)).code).toBe('NOT_FOUND');
  // A door that opens for them later is one of the others until then, and again when that is over.
  const [startsAtS, params] = [nowS(cloud) + DAY_S, { personId: ada.id }];
  const body = { keyId: house.key('App only'), startsAtS, expiresAtS: startsAtS + DAY_S };
  await manager.call('grantKey', { params, body });
  expect((await app.refused('requestSync', pool)).code).toBe('NOT_FOUND');
  cloud.clock.advanceS(DAY_S);
  const later = await appOf(cloud, 'ada@example.com');
  expect(await later.call('requestSync', pool)).toMatchObject({ state: 'waiting' });
  expect((await later.call('syncRequests', pool)).items).toHaveLength(1);
  cloud.clock.advanceS(DAY_S);
  const over = await appOf(cloud, 'ada@example.com');
  expect((await over.refused('requestSync', pool)).code).toBe('NOT_FOUND');
  expect(await over.call('requestSync', own)).toMatchObject({ doorId: house.door('4B') });
});

test('once synced, and no sooner, the lock has the app, the doorcode and the keycard of who was invited', async () => {
  const { cloud, manager, house, doorId, lock } = await aSyncedDoor('4B');
  const ada = await invite(manager, house);
  const params = { personId: ada.id };
  const phone = nodeEngine.x25519PublicKey(systemRandom.bytes(32));
  const app = await appOf(cloud, ada.email);
  await app.call('appPhone', { body: { publicKey: encodeHex(phone), label: 'Phone' } });
  const card = '04a1b2c3d4';
  await manager.call('activateKeycard', { params, body: { value: card } });
  const code = (await codesOf(manager, ada.id))['4B']!;
  const atLock = () => [lock.rowsOfPhone(phone), lock.rowsOf(code), lock.rowsOfCard(card)];
  const shown = async () => {
    const { items, devices } = await manager.call('personCodes', { params });
    return [...items, ...devices]
      .filter(({ doorName }) => doorName === '4B')
      .map(({ kind, atLock: state }) => `${kind} ${state}`)
      .sort();
  };
  expect(atLock().map((rows) => rows.length)).toEqual([0, 0, 0]);
  expect(await shown()).toEqual(['app waits-for-sync', 'doorcode waits-for-sync', 'keycard waits-for-sync']);
  await doorSync(manager, doorId, lock);
  expect(atLock().map((rows) => rows.map(({ kind, startS }) => [kind, startS <= nowS(cloud)]))).toEqual([
    [['app', true]],
    [['doorcode', true]],
    [['keycard', true]],
  ]);
  expect(await shown()).toEqual(['app live', 'doorcode live', 'keycard live']);
});
