// What is written of one person: contact details, the address while nobody has signed in by it, the credential, and the Keys.
import { expect, test } from 'vitest';
import { aCloud } from './cloud-fixture.ts';
import { appOf, withStore } from './callers.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { aManagedHouse, listed } from './managed-house.ts';
import { mailTo, tokenIn } from './mailbox.ts';

test('a wrong address is mended while nobody has signed in by it: a new welcome goes out, and the old link is dead', async () => {
  const { cloud, manager, house } = await aManagedHouse();
  const wrong = await invite(manager, house, { email: 'wrong@example.com' });
  const token = tokenIn(await mailTo(cloud.dataFolder, 'wrong@example.com', 'Welcome'));
  const codes = await codesOf(manager, wrong.id);
  const params = { personId: wrong.id };
  const body = { email: 'Right@example.com', firstName: 'Rita' };
  const edited = await manager.call('editPerson', { params, body });
  expect(edited).toMatchObject({ id: wrong.id, email: 'right@example.com', account: 'pending' });
  expect(edited.mail?.kind).toBe('welcome');
  expect(await codesOf(manager, wrong.id)).toEqual(codes);
  expect(await listed(manager, house, { search: 'right@' })).toEqual(['right@example.com']);
  expect(await listed(manager, house, { search: 'wrong@' })).toEqual([]);
  const password = 'a long enough passphrase';
  const nobody = manager.withToken(undefined);
  expect((await nobody.refused('setPassword', { body: { token, password } })).code).toBe('LINK_ENDED');
  const welcome = await mailTo(cloud.dataFolder, 'right@example.com', 'Welcome');
  expect(welcome.text).toContain('Rita');
  await nobody.call('setPassword', { body: { token: tokenIn(welcome), password } });
  // Now it is somebody's: what is to be done instead is said.
  await withStore(cloud, (store) =>
    store.write((trx) =>
      trx.updateTable('accounts').set({ state: 'active' }).where('email', '=', 'right@example.com').execute(),
    ),
  );
  const fixed = await manager.refused('editPerson', { params, body: { email: 'third@example.com' } });
  expect(fixed).toMatchObject({ code: 'ADDRESS_FIXED', status: 409, subject: wrong.id });
  expect(fixed.next).toMatch(/Invite the other address/);
  await manager.call('editPerson', { params, body: { email: 'right@example.com' } });
});

test('an address that is at the property, or at another one, is mended to no harm of theirs', async () => {
  const { cloud, manager, house } = await aManagedHouse();
  const oak = await aHouse(manager, { name: 'Oak' });
  const here = await invite(manager, house, { email: 'here@example.com' });
  const there = await invite(manager, oak, { email: 'there@example.com', keys: ['Front'] });
  const wrong = await invite(manager, house, { email: 'wrong@example.com' });
  const params = { personId: wrong.id };
  const taken = await manager.refused('editPerson', { params, body: { email: 'here@example.com' } });
  expect(taken).toMatchObject({ code: 'PERSON_EXISTS', subject: here.id });
  await manager.call('editPerson', { params, body: { email: 'there@example.com' } });
  const app = await appOf(cloud, 'there@example.com');
  const own = (await app.call('appMe')).people.map(({ personId }) => personId);
  expect(own.sort()).toEqual([there.id, wrong.id].sort());
  // And back: the other property keeps its person with the account.
  await manager.call('editPerson', { params, body: { email: 'fresh@example.com' } });
  expect((await app.call('appMe')).people.map(({ personId }) => personId)).toEqual([there.id]);
});

test('the app and daily doorcodes are not exchanged: the refusal says what to do', async () => {
  const { manager, house } = await aManagedHouse();
  const ada = await invite(manager, house);
  const params = { personId: ada.id };
  const problem = await manager.refused('editPerson', { params, body: { credential: 'daily-doorcode' } });
  expect(problem).toMatchObject({ code: 'CREDENTIAL_FIXED', status: 409, subject: ada.id });
  expect(problem.next).toMatch(/Delete the person and invite/);
  await manager.call('editPerson', { params, body: { credential: 'app' } });
});

test('a Key takes doors of its own property only, and a person its Keys only', async () => {
  const { manager } = await aCloud();
  const [elm, oak] = [await aHouse(manager, { name: 'Elm' }), await aHouse(manager, { name: 'Oak' })];
  const foreign = { doorId: oak.door('4B') };
  const made = { params: { propertyId: elm.propertyId }, body: { name: 'Both', doors: [foreign] } };
  expect((await manager.refused('createKey', made)).code).toBe('NOT_FOUND');
  const put = { params: { keyId: elm.key('Unit'), ...foreign }, body: {} };
  expect((await manager.refused('putKeyDoor', put)).code).toBe('NOT_FOUND');
  const keyId = oak.key('Unit');
  expect(
    (
      await manager.refused('invitePerson', {
        params: { propertyId: elm.propertyId },
        body: { email: 'n@example.com', firstName: 'N', lastName: 'N', keyIds: [keyId] },
      })
    ).code,
  ).toBe('NOT_FOUND');
  const ada = await invite(manager, elm);
  const params = { personId: ada.id };
  expect((await manager.refused('grantKey', { params, body: { keyId } })).code).toBe('NOT_FOUND');
  expect(Object.keys(await codesOf(manager, ada.id))).toEqual(['4B', 'Entrance']);
});

test('a Key in the app is the very grant that managers see', async () => {
  const cloud = await aCloud();
  const ada = await invite(cloud.manager, await aHouse(cloud.manager), { keys: ['Unit', 'Front'] });
  const app = await appOf(cloud, ada.email);
  const own = (await app.call('appKeys')).items.map(({ grantId, keyId }) => [grantId, keyId]);
  expect(own.sort()).toEqual(ada.grants.map(({ id, keyId }) => [id, keyId]).sort());
});

test('contact details are checked where they are entered: every wrong field is named, and nothing of it is kept', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const params = { propertyId: house.propertyId };
  const right = { email: 'ada@example.com', firstName: 'Ada', lastName: 'Example', phone: '+1 555 0100' };
  const wrong = { email: 'no address', firstName: '', lastName: 'A\nB', phone: 'call me' };
  const all = await manager.refused('invitePerson', { params, body: wrong });
  expect(all.code).toBe('INPUT_INVALID');
  expect(all.errors?.map(({ path }) => path).sort()).toEqual(['email', 'firstName', 'lastName', 'phone']);
  for (const [field, value] of Object.entries(wrong)) {
    const problem = await manager.refused('invitePerson', { params, body: { ...right, [field]: value } });
    expect([field, problem.code, problem.errors?.[0]?.path]).toEqual([field, 'INPUT_INVALID', field]);
  }
  expect((await manager.call('listPeople', { params })).items).toEqual([]);
  const ada = await manager.call('invitePerson', { params, body: { ...right, email: ' Ada@Example.com ' } });
  expect(ada).toMatchObject(right);
  for (const [field, value] of Object.entries(wrong)) {
    const edit = { params: { personId: ada.id }, body: { [field]: value } };
    expect((await manager.refused('editPerson', edit)).code).toBe('INPUT_INVALID');
  }
  expect(await manager.call('person', { params: { personId: ada.id } })).toMatchObject(right);
});
