// The People tab: removal in all its forms, dates of many Keys at once, filters, and who may do what with named Keys.
import { expect, test } from 'vitest';
import type { TestCloud } from './cloud-fixture.ts';
import { appOf, managerOf, withStore } from './callers.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { aManagedHouse, listed } from './managed-house.ts';
import { activate, doorSync } from './paper-lock.ts';

const DAY_S = 86_400;
const nowS = ({ clock }: TestCloud): number => Math.floor(clock.nowMs() / 1000);

test('a deleted person is gone from every list, search and id, and a fresh invite makes somebody new', async () => {
  const { cloud, manager, house } = await aManagedHouse();
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const ada = await invite(manager, house);
  const code = (await codesOf(manager, ada.id))['4B']!;
  await doorSync(manager, doorId, lock);
  const params = { personId: ada.id };
  const deleted = await manager.call('deletePerson', { params });
  expect(deleted).toMatchObject({ id: ada.id, guests: 0, doorsToSync: [doorId], doorsUpdating: [] });
  for (const query of [
    {},
    { showExpired: 'true' },
    { email: ada.email },
    { search: 'ada', showExpired: 'true' },
  ])
    expect(await listed(manager, house, query)).toEqual([]);
  for (const name of ['person', 'personCodes', 'exposure', 'revokeAllKeys', 'deletePerson'] as const)
    expect([name, (await manager.refused(name, { params })).code]).toEqual([name, 'NOT_FOUND']);
  const grantId = ada.grants[0]!.id;
  expect((await manager.refused('editGrant', { params: { grantId }, body: { expiresAtS: null } })).code).toBe(
    'NOT_FOUND',
  );
  await doorSync(manager, doorId, lock);
  expect(lock.rowsOf(code)).toEqual([]);
  const again = await invite(manager, house);
  expect(again.id).not.toBe(ada.id);
  expect(again.grants).toHaveLength(1);
  expect((await codesOf(manager, again.id))['4B']).not.toBe(code);
  // The record stays for the activity.
  const kept = await withStore(cloud, (store) =>
    store.read((trx) =>
      trx.selectFrom('people').select('first_name').where('id', '=', ada.id).executeTakeFirst(),
    ),
  );
  expect(kept).toEqual({ first_name: 'Ada' });
});

test('deleting a person ends the app and the phone of an account that is nobody any more', async () => {
  const { cloud, manager } = await aManagedHouse();
  const houses = [await aHouse(manager, { name: 'Elm' }), await aHouse(manager, { name: 'Oak' })];
  const [first, second] = [await invite(manager, houses[0]!), await invite(manager, houses[1]!)];
  const app = await appOf(cloud, 'ada@example.com');
  await app.call('appPhone', { body: { publicKey: '11'.repeat(32), label: 'Phone' } });
  await manager.call('deletePerson', { params: { personId: first.id } });
  expect((await app.call('appMe')).people.map(({ propertyName }) => propertyName)).toEqual(['Oak']);
  expect((await app.call('appMe')).phone?.label).toBe('Phone');
  await manager.call('deletePerson', { params: { personId: second.id } });
  expect((await app.refused('appMe')).code).toBe('NOT_SIGNED_IN');
  await invite(manager, houses[0]!);
  const anew = await appOf(cloud, 'ada@example.com');
  expect((await anew.call('appMe')).phone).toBeNull();
});

test('a revoke says which doors wait for a Door Sync, apart from those that get it by themselves', async () => {
  const { manager, house } = await aManagedHouse();
  // The entrance is connected to the internet; the pool has no lock.
  for (const door of ['4B', 'Entrance']) await activate(manager, house.door(door));
  const ada = await invite(manager, house, { keys: ['Unit', 'App only'] });
  expect(ada).toMatchObject({
    doorsToSync: [house.door('4B')],
    doorsUpdating: [house.door('Entrance')],
  });
  const revoked = await manager.call('revokeAllKeys', { params: { personId: ada.id } });
  expect(revoked).toMatchObject({
    doorsToSync: [house.door('4B')],
    doorsUpdating: [house.door('Entrance')],
  });
});

test('one change of the expiration reaches every Key of a person, or those that are named', async () => {
  const { cloud, manager, house } = await aManagedHouse();
  const ada = await invite(manager, house, { keys: ['Unit', 'Front'] });
  const endS = nowS(cloud) + 10 * DAY_S;
  const params = { personId: ada.id };
  const ends = async (body: object) =>
    (await manager.call('editGrants', { params, body })).grants
      .map(({ keyName, expiresAtS }) => [keyName, expiresAtS])
      .sort();
  expect(await ends({ expiresAtS: endS })).toEqual([
    ['Front', endS],
    ['Unit', endS],
  ]);
  expect(await ends({ keyIds: [house.key('Front')], expiresAtS: null })).toEqual([
    ['Front', null],
    ['Unit', endS],
  ]);
  const wrong = [
    [{ expiresAtS: nowS(cloud) - 1 }, 'INPUT_INVALID'],
    [{ keyIds: [house.key('App only')], expiresAtS: endS }, 'NOT_FOUND'],
    [{ startsAtS: endS, expiresAtS: endS }, 'INPUT_INVALID'],
    [{ keyIds: [] }, 'INPUT_INVALID'],
  ] as const;
  for (const [body, code] of wrong)
    expect([body, (await manager.refused('editGrants', { params, body })).code]).toEqual([body, code]);
});

test('a Key that people hold is deleted by whoever says how many lose it, and taken from all of them', async () => {
  const { manager, house } = await aManagedHouse();
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const [ada, ben] = [
    await invite(manager, house, { keys: ['Unit', 'Front'] }),
    await invite(manager, house, { email: 'ben@example.com' }),
  ];
  const before = await codesOf(manager, ada.id);
  await doorSync(manager, doorId, lock);
  const params = { keyId: house.key('Unit') };
  const unsure = await manager.refused('deleteKey', { params });
  expect(unsure).toMatchObject({ code: 'KEY_HELD', subject: params.keyId });
  expect(unsure.detail).toContain('2 people');
  expect((await manager.refused('deleteKey', { params, query: { confirm: '1' } })).code).toBe('KEY_HELD');
  const gone = await manager.call('deleteKey', { params, query: { confirm: '2' } });
  expect(gone).toMatchObject({ people: 2, doorsToSync: [doorId] });
  // The entrance is still hers by another Key, with the same code.
  expect(await codesOf(manager, ada.id)).toEqual({ Entrance: before['Entrance'] });
  expect((await manager.call('person', { params: { personId: ben.id } })).access).toBe('expired');
  expect((await manager.refused('key', { params })).code).toBe('NOT_FOUND');
  const keys = await manager.call('listKeys', { params: { propertyId: house.propertyId } });
  expect(keys.items.map(({ name }) => name)).not.toContain('Unit');
  // The name is free again, and what was held of the old Key does not come back with it.
  const body = { name: 'Unit', doors: [{ doorId }] };
  await manager.call('createKey', { params: { propertyId: house.propertyId }, body });
  expect(await codesOf(manager, ben.id)).toEqual({});
  await manager.call('deleteKey', { params: { keyId: house.key('App only') } });
});

test('the list is filtered by Key, account, credential, mark and end, and says whose access ends soon', async () => {
  const { cloud, manager, house } = await aManagedHouse();
  const params = { propertyId: house.propertyId };
  const soonS = nowS(cloud) + 20 * DAY_S;
  await invite(manager, house, { email: 'soon@example.com', expiresAtS: soonS });
  const both = await invite(manager, house, { email: 'both@example.com', expiresAtS: soonS });
  const wish = { params: { personId: both.id }, body: { keyId: house.key('Front') } };
  await manager.call('grantKey', wish);
  await manager.call('invitePerson', {
    params,
    body: {
      email: 'res@example.com',
      firstName: 'Zoë',
      lastName: 'ÅBERG',
      resident: true,
      credential: 'daily-doorcode',
    },
  });
  expect(await listed(manager, house, { expiringSoon: 'true' })).toEqual(['soon@example.com']);
  expect(await listed(manager, house, { keyId: house.key('Front') })).toEqual(['both@example.com']);
  expect(await listed(manager, house, { resident: 'true' })).toEqual(['res@example.com']);
  expect(await listed(manager, house, { resident: 'false' })).toHaveLength(2);
  expect(await listed(manager, house, { credential: 'daily-doorcode' })).toEqual(['res@example.com']);
  expect(await listed(manager, house, { account: 'active' })).toEqual([]);
  expect(await listed(manager, house, { account: 'pending' })).toHaveLength(3);
  const page = await manager.call('listPeople', { params, query: { search: 'soon@' } });
  expect(page.items[0]).toMatchObject({ expiringSoon: true, access: 'current', otherKeys: 0 });
  for (const [name, value] of [
    ['resident', 'maybe'],
    ['keyId', 'Front'],
    ['credential', 'keycard'],
    ['colour', 'red'],
  ] as const)
    expect((await manager.refused('listPeople', { params, query: { [name]: value } })).code).toBe(
      'INPUT_INVALID',
    );
});

test('word of a deleted Key names the property, and no Key where a person belongs', async () => {
  const { cloud, manager, house } = await aManagedHouse();
  await invite(manager, house);
  const params = { keyId: house.key('Unit') };
  await manager.call('deleteKey', { params, query: { confirm: '1' } });
  const rows = await withStore(cloud, (store) =>
    store.read((trx) => trx.selectFrom('outbox').select('subject').where('kind', '=', 'people').execute()),
  );
  expect(rows.at(-1)).toEqual({ subject: null });
  expect(rows.map(({ subject }) => subject)).not.toContain(params.keyId);
});

test('a search knows the case of every letter, and names in either order', async () => {
  const { manager, house } = await aManagedHouse();
  const params = { propertyId: house.propertyId };
  const names = [
    ['Zoë', 'ÅBERG'],
    ['Ελένη', 'ΠΑΠΑΔΟΠΟΎΛΟΥ'],
    ['İpek', 'ŞAHİN'],
  ] as const;
  for (const [i, [firstName, lastName]] of names.entries())
    await manager.call('invitePerson', {
      params,
      body: { email: `p${i}@example.com`, firstName, lastName, phone: `+1 555 010${i}` },
    });
  for (const [search, i] of [
    ['åberg', 0],
    ['A\u030aberg', 0],
    ['zoë åb', 0],
    ['Åberg, ZOË', 0],
    ['παπαδοπούλου', 1],
    ['şah', 2],
    ['555 0101', 1],
    ['P2@EXAMPLE', 2],
  ] as const)
    expect([search, await listed(manager, house, { search })]).toEqual([search, [`p${i}@example.com`]]);
  expect(await listed(manager, house, { search: '%' })).toEqual([]);
});

test('a manager of named Keys sees who holds them, and nothing that other Keys give', async () => {
  const { cloud, manager, house } = await aManagedHouse();
  const front = house.key('Front');
  const specific = await managerOf(cloud, {
    email: 'specific@example.com',
    at: { [house.propertyId]: { keyManagement: 'specific', keyIds: [front] } },
  });
  const ada = await invite(manager, house, { keys: ['Unit', 'Front'] });
  const ben = await invite(manager, house, { email: 'ben@example.com', keys: ['Unit'] });
  expect(await listed(specific, house)).toEqual(['ada@example.com']);
  const seen = await specific.call('person', { params: { personId: ada.id } });
  expect(seen.grants.map(({ keyName }) => keyName)).toEqual(['Front']);
  expect(seen.otherKeys).toBe(1);
  expect(Object.keys(await codesOf(specific, ada.id))).toEqual(['Entrance']);
  const keys = await specific.call('listKeys', { params: { propertyId: house.propertyId } });
  expect(keys.items.map(({ name }) => name)).toEqual(['Front']);
  expect((await specific.refused('person', { params: { personId: ben.id } })).code).toBe('NOT_FOUND');
  expect((await specific.refused('key', { params: { keyId: house.key('Unit') } })).code).toBe(
    'PERMISSION_MISSING',
  );
});

test('a manager of named Keys gives and takes these alone, and says why no more', async () => {
  const { cloud, manager, house } = await aManagedHouse();
  const front = house.key('Front');
  const specific = await managerOf(cloud, {
    email: 'specific@example.com',
    at: { [house.propertyId]: { keyManagement: 'specific', keyIds: [front] } },
  });
  const ada = await invite(manager, house, { keys: ['Unit', 'Front'] });
  const ben = await invite(manager, house, { email: 'ben@example.com', keys: ['Unit'] });
  const [params, unit] = [{ personId: ada.id }, house.key('Unit')];
  for (const name of ['revokeAllKeys', 'deletePerson'] as const) {
    const problem = await specific.refused(name, { params });
    expect(problem).toMatchObject({ code: 'PERMISSION_MISSING', subject: ada.id });
    expect(problem.detail).toMatch(/1 is not/);
  }
  for (const body of [{ mayShare: true }, { firstName: 'X' }, { phone: null }, { email: 'x@example.com' }]) {
    const problem = await specific.refused('editPerson', { params, body });
    expect([body, problem.code]).toEqual([body, 'PERMISSION_MISSING']);
  }
  for (const name of ['personMails', 'resendInvite'] as const)
    expect([name, (await specific.refused(name, { params })).code]).toEqual([name, 'PERMISSION_MISSING']);
  expect((await specific.refused('grantKey', { params, body: { keyId: unit } })).code).toBe(
    'PERMISSION_MISSING',
  );
  const grantOf = (name: string): string => ada.grants.find(({ keyName }) => keyName === name)!.id;
  expect((await specific.refused('revokeGrant', { params: { grantId: grantOf('Unit') } })).code).toBe(
    'NOT_FOUND',
  );
  const inviteOf = (keyIds: string[]) => ({
    params: { propertyId: house.propertyId },
    body: { email: 'new@example.com', firstName: 'N', lastName: 'N', keyIds },
  });
  expect((await specific.refused('invitePerson', inviteOf([unit]))).code).toBe('PERMISSION_MISSING');
  expect((await specific.refused('invitePerson', inviteOf([]))).code).toBe('PERMISSION_MISSING');
  await specific.call('invitePerson', inviteOf([front]));
  // Somebody who is there for other reasons can be given the named Key, and loses it alone.
  expect((await specific.refused('person', { params: { personId: ben.id } })).code).toBe('NOT_FOUND');
  await specific.call('grantKey', { params: { personId: ben.id }, body: { keyId: front } });
  await specific.call('revokeGrant', { params: { grantId: grantOf('Front') } });
  expect(Object.keys(await codesOf(manager, ada.id))).toEqual(['4B', 'Entrance']);
  // Nothing else is held now: the whole person is within the named Keys.
  await manager.call('revokeGrant', { params: { grantId: grantOf('Unit') } });
  await specific.call('deletePerson', { params });
});
