// Managers: added, changed and removed by portfolio managers alone, with effect from the next request on.
import { expect, test } from 'vitest';
import { aCloud, MANAGER, type TestCloud } from './cloud-fixture.ts';
import { managerOf, tokenOf, withStore } from './callers.ts';
import { aHouse, invite } from './house.ts';

const activated = (cloud: TestCloud, email: string) =>
  withStore(cloud, (store) =>
    store.write((trx) =>
      trx.updateTable('accounts').set({ state: 'active' }).where('email', '=', email).execute(),
    ),
  );

test('a manager who is added gets a mail, and a page that shows what they may do and no more', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const [elm, oak] = [await aHouse(manager, { name: 'Elm' }), await aHouse(manager, { name: 'Oak' })];
  const keyIds = [oak.key('Front')];
  const limited = await managerOf(cloud, {
    email: 'pm@example.com',
    at: {
      [elm.propertyId]: { keyManagement: 'limited' },
      [oak.propertyId]: { keyManagement: 'specific', keyIds, deviceManagement: true },
    },
  });
  const session = await limited.call('session');
  expect(session.rights).toEqual({
    role: 'property',
    properties: [
      {
        propertyId: elm.propertyId,
        propertyName: 'Elm',
        keyManagement: 'limited',
        deviceManagement: false,
        activation: false,
        keyIds: [],
      },
      {
        propertyId: oak.propertyId,
        propertyName: 'Oak',
        keyManagement: 'specific',
        deviceManagement: true,
        // Off unless it is said.
        activation: false,
        keyIds,
      },
    ],
  });
  expect((await manager.call('session')).rights).toEqual({ role: 'portfolio', properties: [] });
  const mails = await withStore(cloud, (store) =>
    store.read((trx) => trx.selectFrom('mails').select(['kind', 'to_address']).execute()),
  );
  expect(mails).toContainEqual({ kind: 'manager-welcome', to_address: 'pm@example.com' });
  const again = { body: { email: 'PM@example.com', name: 'Again', role: 'portfolio' } };
  expect((await manager.refused('addManager', again)).code).toBe('MANAGER_EXISTS');
});

test('a manager without Key Management gets no Invite: neither on the page nor by the API', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const none = await managerOf(cloud, {
    email: 'none@example.com',
    at: { [house.propertyId]: { keyManagement: 'none', deviceManagement: true } },
  });
  const [at] = (await none.call('session')).rights.properties;
  expect(at?.keyManagement).toBe('none');
  const problem = await none.refused('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email: 'a@example.com', firstName: 'A', lastName: 'B' },
  });
  expect(problem).toMatchObject({ code: 'PERMISSION_MISSING', status: 403 });
  expect(problem.next).toMatch(/portfolio manager/);
});

test('rights that are given, changed and taken count from the very next request', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const { propertyId } = house;
  const pm = await managerOf(cloud, { email: 'pm@example.com' });
  const { accountId: managerId } = await pm.call('session');
  const keyWish = { params: { propertyId }, body: { name: 'New', doors: [] } };
  const code = async () => {
    const response = await pm.fetch('createKey', keyWish);
    return response.ok ? 'done' : ((await response.json()) as { code: string }).code;
  };
  expect(await code()).toBe('NOT_FOUND');
  const put = (body: object) =>
    manager.call('putManagedProperty', { params: { managerId, propertyId }, body: body as never });
  await put({ keyManagement: 'limited' });
  expect(await code()).toBe('PERMISSION_MISSING');
  await put({ keyManagement: 'full' });
  expect(await code()).toBe('done');
  await manager.call('removeManagedProperty', { params: { managerId, propertyId } });
  expect(await code()).toBe('NOT_FOUND');
  await manager.call('editManager', { params: { managerId }, body: { role: 'portfolio' } });
  expect((await pm.call('listManagers')).items).toHaveLength(2);
  // Down again there is nothing left of what was before.
  await put({ keyManagement: 'full' }).catch(() => undefined);
  await manager.call('editManager', { params: { managerId }, body: { role: 'property' } });
  expect((await pm.call('session')).rights).toEqual({ role: 'property', properties: [] });
});

test('a manager who is removed is signed out everywhere at once, couriers’ tokens included', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const at = { [house.propertyId]: { keyManagement: 'full' as const, deviceManagement: true } };
  const pm = await managerOf(cloud, { email: 'pm@example.com', at });
  const courier = await tokenOf(cloud, { email: 'pm@example.com', scopes: ['courier'] });
  await courier.call('courierDoors');
  const { accountId: managerId } = await pm.call('session');
  await manager.call('removeManager', { params: { managerId } });
  for (const client of [pm, courier]) {
    expect((await client.refused('session')).code).toBe('NOT_SIGNED_IN');
  }
  expect((await manager.refused('manager', { params: { managerId } })).code).toBe('NOT_FOUND');
  // Added again they begin anew.
  const back = await managerOf(cloud, { email: 'pm@example.com' });
  expect((await back.call('session')).rights.properties).toEqual([]);
});

test('the last portfolio manager can be neither removed nor made less, not even by two at once', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const { accountId: managerId } = await manager.call('session');
  const alone = async () => [
    (await manager.refused('removeManager', { params: { managerId } })).code,
    (await manager.refused('editManager', { params: { managerId }, body: { role: 'property' } })).code,
  ];
  expect(await alone()).toEqual(['LAST_PORTFOLIO_MANAGER', 'LAST_PORTFOLIO_MANAGER']);
  const second = await managerOf(cloud, { email: 'two@example.com', role: 'portfolio' });
  const { accountId: secondId } = await second.call('session');
  // Somebody who never signed in counts for nobody.
  expect(await alone()).toEqual(['LAST_PORTFOLIO_MANAGER', 'LAST_PORTFOLIO_MANAGER']);
  await activated(cloud, 'two@example.com');
  const statuses = await Promise.all([
    manager.fetch('removeManager', { params: { managerId: secondId } }),
    second.fetch('removeManager', { params: { managerId } }),
  ]);
  const done = statuses.filter(({ ok }) => ok);
  expect(done).toHaveLength(1);
  const left = statuses[0].ok ? manager : second;
  expect((await left.call('listManagers')).items).toHaveLength(1);
});

test('managing is not holding: no Key gives a manager a door', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const app = await tokenOf(cloud, { email: MANAGER.email, scopes: ['app'], portfolioId: null });
  expect((await app.call('appDoors')).items).toEqual([]);
  expect((await app.refused('package', { params: { doorId: house.door('4B') } })).code).toBe('NOT_FOUND');
  await invite(manager, house, { email: MANAGER.email });
  expect((await app.call('appDoors')).items.map(({ doorName }) => doorName)).toEqual(['4B', 'Entrance']);
});

test('a property manager widens nobody’s rights, the own least of all', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const at = {
    [house.propertyId]: { keyManagement: 'full' as const, deviceManagement: true, activation: true },
  };
  const pm = await managerOf(cloud, { email: 'pm@example.com', at });
  const { accountId: managerId } = await pm.call('session');
  const { propertyId } = house;
  const attempts = [
    await pm.refused('editManager', { params: { managerId }, body: { role: 'portfolio' } }),
    await pm.refused('putManagedProperty', {
      params: { managerId, propertyId },
      body: { keyManagement: 'full' },
    }),
    await pm.refused('addManager', { body: { email: 'x@example.com', name: 'X', role: 'portfolio' } }),
    await pm.refused('listManagers'),
    await pm.refused('removeManager', { params: { managerId } }),
    await pm.refused('createProperty', { body: { name: 'Mine', zone: 'UTC' } }),
  ];
  expect(attempts.map(({ code }) => code)).toEqual(attempts.map(() => 'PERMISSION_MISSING'));
});

test('rights name Keys of the property, and for Key Management `specific` alone', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const [elm, oak] = [await aHouse(manager, { name: 'Elm' }), await aHouse(manager, { name: 'Oak' })];
  const wish = (rights: object, propertyId = elm.propertyId) => ({
    body: { email: 'pm@example.com', name: 'P', role: 'property', properties: [{ propertyId, rights }] },
  });
  const code = async (rights: object, propertyId?: string) =>
    (await manager.refused('addManager', wish(rights, propertyId))).code;
  expect(await code({ keyManagement: 'full', keyIds: [elm.key('Front')] })).toBe('INPUT_INVALID');
  expect(await code({ keyManagement: 'specific', keyIds: [oak.key('Front')] })).toBe('NOT_FOUND');
  expect(await code({ keyManagement: 'everything' })).toBe('INPUT_INVALID');
  expect(await code({ keyManagement: 'full' }, 'property_aaaaaaaaaaaaaaaaaaaaaaaaaa')).toBe('NOT_FOUND');
  const portfolio = { ...wish({ keyManagement: 'full' }).body, role: 'portfolio' };
  expect((await manager.refused('addManager', { body: portfolio })).code).toBe('INPUT_INVALID');
  expect((await manager.call('listManagers')).items).toHaveLength(1);
  // A Key that is deleted is nobody's to manage.
  const keyIds = [elm.key('Front')];
  const pm = await managerOf(cloud, {
    email: 'pm@example.com',
    at: { [elm.propertyId]: { keyManagement: 'specific', keyIds } },
  });
  await manager.call('deleteKey', { params: { keyId: keyIds[0]! } });
  expect((await pm.call('session')).rights.properties[0]?.keyIds).toEqual([]);
});
