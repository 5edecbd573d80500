// What managers are promised of the People tab, where no other test says it whole: through the API, as they meet it.
import { expect, test } from 'vitest';
import type { LockEvent } from '#protocol/log/event-fields.ts';
import type { EventReason } from '#protocol/log/event-types.ts';
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { appOf, managerOf } from './callers.ts';
import { aHouse, codesOf, invite, type House } from './house.ts';
import { fileOf, importEnded, previewFile } from './imports-at.ts';
import { mailTo, tokenIn } from './mailbox.ts';
import { activate, doorSync } from './paper-lock.ts';
import { PaperLog, postLog } from './paper-log.ts';

const DAY_S = 86_400;
const PASSWORD = 'four unrelated words';
const nowS = ({ clock }: TestCloud): number => Math.floor(clock.nowMs() / 1000);

const inviteOf = ({ propertyId }: House, keyIds: string[] = []) => ({
  params: { propertyId },
  body: { email: 'new@example.com', firstName: 'N', lastName: 'Ew', keyIds },
});

const codeOf = async (client: Client, personId: string) =>
  (await client.call('personCodes', { params: { personId } })).items[0];

test('a manager who is granted Key Management sees Invite at the next look and may invite; elsewhere the refusal says what is missing', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const [elm, oak] = [await aHouse(manager, { name: 'Elm' }), await aHouse(manager, { name: 'Oak' })];
  const { propertyId } = elm;
  const at = { [propertyId]: { keyManagement: 'none' as const } };
  const pm = await managerOf(cloud, { email: 'pm@example.com', at });
  const { accountId: managerId } = await pm.call('session');
  const grant = (body: object) =>
    manager.call('putManagedProperty', { params: { managerId, propertyId }, body: body as never });
  const seen = async () => (await pm.call('session')).rights.properties[0];
  const specific = { keyManagement: 'specific', keyIds: [] };
  for (const rights of [
    { keyManagement: 'none' },
    { keyManagement: 'none', deviceManagement: true },
    specific,
  ]) {
    await grant(rights);
    expect(await seen()).toMatchObject(rights);
    const problem = await pm.refused('invitePerson', inviteOf(elm));
    expect([rights, problem.code, problem.status]).toEqual([rights, 'PERMISSION_MISSING', 403]);
    expect(problem.detail).toMatch(/Key Management/);
    expect(problem.next).toMatch(/portfolio manager/);
  }
  // Nobody grants it to themselves.
  const self = { params: { managerId, propertyId }, body: { keyManagement: 'full' } };
  expect((await pm.refused('putManagedProperty', self)).code).toBe('PERMISSION_MISSING');
  await grant({ keyManagement: 'limited' });
  expect(await seen()).toMatchObject({ propertyId, keyManagement: 'limited' });
  expect((await pm.fetch('invitePerson', inviteOf(elm, [elm.key('Unit')]))).status).toBe(201);
  // The other property was not given at all.
  expect((await pm.refused('invitePerson', inviteOf(oak))).code).toBe('NOT_FOUND');
  expect((await pm.call('session')).rights.properties).toHaveLength(1);
});

test('invited and synced, and still refused: codes and activity say which of the causes it is', async () => {
  const cloud = await aCloud();
  const { manager, clock } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const startsAtS = nowS(cloud) + DAY_S;
  const ada = await invite(manager, house, { startsAtS, expiresAtS: startsAtS + DAY_S });
  const at4B = async () =>
    (await manager.call('personCodes', { params: { personId: ada.id } })).items.find(
      ({ doorName }) => doorName === '4B',
    );
  expect(await at4B()).toMatchObject({ atLock: 'waits-for-sync', startsAtS });
  await doorSync(manager, doorId, lock);
  expect(await at4B()).toMatchObject({ atLock: 'starts-later', startsAtS });
  const credentialId = lock.rowsOf((await at4B())!.code)[0]!.credentialId;
  clock.advanceS(DAY_S);
  expect(await at4B()).toMatchObject({ atLock: 'live', startsAtS: null });
  clock.advanceS(DAY_S);
  const again = await cloud.clientOf(['manager']);
  expect(await codeOf(again, ada.id)).toBeUndefined();
  expect((await again.call('person', { params: { personId: ada.id } })).access).toBe('expired');
  const log = new PaperLog(lock, nowS(cloud) - 3_600);
  const causes: readonly [EventReason, string][] = [
    ['NOT_YET', 'it had not begun'],
    ['EXPIRED', 'it had ended'],
    ['OUT_OF_SCHEDULE', 'outside of its schedule'],
    ['CLOCK_UNTRUSTED', 'the clock was lost'],
    ['LOCKED_OUT', 'locked out after wrong codes'],
    ['TABLE_DAMAGED', 'its part of the table could not be read'],
    ['NO_TABLE', 'the lock had no table in force'],
    ['PRIVACY', 'the privacy deadbolt was thrown'],
  ];
  const credential = 'doorcode' as const;
  for (const [reason] of causes) {
    const event: LockEvent = { type: 'refused', reason, credential, credentialId, tableVersion: 1 };
    log.write(event);
  }
  await postLog(again, doorId, log.batch());
  const { items } = await again.call('activity', { query: { personId: ada.id } });
  expect(items).toHaveLength(causes.length);
  for (const [, words] of causes) {
    const found = items.filter(({ sentence }) => sentence.includes(words));
    expect([words, found.length]).toEqual([words, 1]);
    expect(found[0]!.sentence).toMatch(/^Doorcode of Ada Example was refused: /);
  }
});

test('an upload that cannot be read says why and what to do, and a job that is given up shows its failure', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const params = { propertyId: house.propertyId };
  for (const [body, detail] of [
    ['first name,last name,email,shoe size\n', /"shoe size" is not known/],
    ['first name,email\n', /"last name" is missing/],
    [Uint8Array.of(0x41, 0xff, 0xfe), /not UTF-8/],
  ] as const) {
    const problem = await manager.refused('previewImport', { params, body });
    expect(problem).toMatchObject({ code: 'CSV_INVALID', status: 422 });
    expect(problem.detail).toMatch(detail);
    expect(problem.next).toMatch(/\w/);
  }
  const at = { [house.propertyId]: { keyManagement: 'limited' as const } };
  const pm = await managerOf(cloud, { email: 'pm@example.com', at });
  const { accountId: managerId } = await pm.call('session');
  const rows = Array.from({ length: 2_000 }, (_, i) => `P${i},Person,p${i}@example.com,,,Unit,,`);
  const { id: importId } = await previewFile(pm, house, fileOf(...rows));
  await pm.call('confirmImport', { params: { importId }, body: {} });
  await manager.call('removeManager', { params: { managerId } });
  const ended = await importEnded(manager, importId);
  expect(ended.state).toBe('failed');
  expect(ended.failure).toMatch(/manages nothing here/);
  const listed = (await manager.call('listImports', { params })).items;
  expect(listed).toMatchObject([{ id: importId, state: 'failed', failure: ended.failure }]);
});

test('an invite for next month: the welcome with its start is sent now, the password can be set, access begins then', async () => {
  const cloud = await aCloud();
  const { manager, clock } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const startsAtS = nowS(cloud) + 31 * DAY_S;
  const ada = await invite(manager, house, { startsAtS });
  expect(ada).toMatchObject({ access: 'future', account: 'pending' });
  const mail = await mailTo(cloud.dataFolder, ada.email, 'Welcome');
  expect(mail.text).toMatch(/Access begins on .*\(America\/New_York\)/);
  const open = manager.withToken(undefined);
  await open.call('setPassword', { body: { token: tokenIn(mail), password: PASSWORD } });
  const door = { email: ada.email, password: PASSWORD, surface: 'app' as const };
  const doorNow = async () => {
    const app = open.withToken((await open.call('signIn', { body: door })).token);
    const { items } = await app.call('appDoors');
    return items.find((item) => item.doorId === doorId);
  };
  expect(await doorNow()).toMatchObject({ opensNow: false, startsAtS, carry: null });
  await doorSync(manager, doorId, lock);
  const [row] = lock.rowsOf((await codesOf(manager, ada.id))['4B']!);
  expect(row!.startS).toBe(startsAtS);
  clock.advanceS(31 * DAY_S);
  expect(await doorNow()).toMatchObject({ opensNow: true });
  const again = await cloud.clientOf(['manager']);
  expect((await again.call('person', { params: { personId: ada.id } })).access).toBe('current');
});

test('a second property that invites the same address never sees the first one’s name for them, Keys or guests', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const [elm, oak] = [await aHouse(manager, { name: 'Elm' }), await aHouse(manager, { name: 'Oak' })];
  await manager.call('editKey', { params: { keyId: elm.key('Unit') }, body: { mayShare: true } });
  const names = {
    email: 'ada@example.com',
    firstName: 'Secretname',
    lastName: 'Elmonly',
    phone: '+1 555 0123',
  };
  const first = await manager.call('invitePerson', {
    params: { propertyId: elm.propertyId },
    body: { ...names, resident: true, mayShare: true, keyIds: [elm.key('Unit')] },
  });
  const app = await appOf(cloud, names.email);
  await app.call('inviteGuest', {
    body: { keyId: elm.key('Unit'), email: 'guest@example.com', firstName: 'Gil', lastName: 'Guest' },
  });
  const pm = await managerOf(cloud, {
    email: 'oak@example.com',
    at: { [oak.propertyId]: { keyManagement: 'full', deviceManagement: true } },
  });
  const second = await invite(pm, oak, { email: names.email, keys: ['Front'] });
  expect(second).toMatchObject({
    firstName: 'Ada',
    phone: null,
    resident: false,
    mayShare: false,
    otherKeys: 0,
  });
  const params = { propertyId: oak.propertyId };
  const told = JSON.stringify([
    second,
    await pm.call('person', { params: { personId: second.id } }),
    await pm.call('listPeople', { params, query: { showExpired: 'true' } }),
    await pm.call('personCodes', { params: { personId: second.id } }),
    await pm.call('exposure', { params: { personId: second.id } }),
    await pm.call('personMails', { params: { personId: second.id } }),
    new TextDecoder().decode(await pm.call('exportPeople', { params })),
    await pm.call('activity'),
    await pm.call('listProperties'),
  ]);
  for (const word of ['Secretname', 'Elmonly', '555 0123', 'Elm', 'guest@', first.id, elm.key('Unit')])
    expect([word, told.includes(word)]).toEqual([word, false]);
  for (const search of ['secretname', 'elmonly', 'guest'])
    expect((await pm.call('listPeople', { params, query: { search } })).items).toEqual([]);
  expect((await pm.refused('person', { params: { personId: first.id } })).code).toBe('NOT_FOUND');
});

test('removing takes effect with the very next request: app token, packages and codes', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  await activate(manager, doorId);
  const ada = await invite(manager, house);
  const app = await appOf(cloud, ada.email);
  const params = { personId: ada.id };
  expect((await app.fetch('package', { params: { doorId } })).status).toBe(200);
  expect((await app.call('appCodes')).items).toHaveLength(2);
  const revoked = await manager.call('revokeAllKeys', { params });
  expect(revoked.doorsToSync).toEqual([doorId]);
  expect((await app.refused('package', { params: { doorId } })).code).toBe('NOT_FOUND');
  expect((await app.refused('startDelivery', { params: { doorId } })).code).toBe('NOT_FOUND');
  expect((await app.call('appCodes')).items).toEqual([]);
  expect((await app.call('appDoors')).items).toEqual([]);
  expect((await app.call('appKeys')).items).toEqual([]);
  expect(await codesOf(manager, ada.id)).toEqual({});
  await manager.call('deletePerson', { params });
  expect((await app.refused('appMe')).code).toBe('NOT_SIGNED_IN');
});
