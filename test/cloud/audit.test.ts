// The audit trail: every change of a manager leaves one row, written with the change, and no secret in it.
import { expect, test } from 'vitest';
import { aCloud, MANAGER } from './cloud-fixture.ts';
import { withStore } from './callers.ts';
import { aHouse, invite } from './house.ts';

test('each change leaves one row: who, by which token, what, where and which fields', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const person = await invite(manager, house);
  await manager.call('editPerson', { params: { personId: person.id }, body: { firstName: 'Augusta' } });
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  await manager.call('deletePerson', { params: { personId: person.id } });
  const { items } = await manager.call('listAudit');
  expect(items.map(({ action }) => action)).toEqual([
    'deletePerson',
    'revokeAllKeys',
    'editPerson',
    'invitePerson',
    'createProperty',
  ]);
  const session = await manager.call('session');
  expect(items[2]).toMatchObject({
    subject: person.id,
    propertyId: house.propertyId,
    accountId: session.accountId,
    email: MANAGER.email,
    tokenLabel: 'test',
    fields: ['firstName'],
  });
  expect(items[3]).toMatchObject({ subject: person.id, propertyId: house.propertyId });
  expect(items[3]?.fields).toEqual(expect.arrayContaining(['email', 'keyIds']));
  expect(items[4]?.subject).toBe(house.propertyId);
  expect(JSON.stringify(items)).not.toContain('ada@example.com');
  expect(JSON.stringify(items)).not.toContain('Augusta');
});

test('what was refused, read, or repeated with its key leaves no row', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const wish = {
    params: { propertyId: house.propertyId },
    body: { name: 'Gym', type: 'communal' as const },
    headers: { 'idempotency-key': 'one' },
  };
  await manager.call('createDoor', wish);
  await manager.call('createDoor', wish);
  await manager.refused('createDoor', { params: wish.params, body: wish.body });
  await manager.call('listDoors', { params: wish.params });
  const { items } = await manager.call('listAudit');
  expect(items.map(({ action }) => action)).toEqual(['createDoor', 'createProperty']);
});

test('an upload that is confirmed or cancelled again leaves no second row', async () => {
  const { manager } = await aCloud();
  const { propertyId } = await aHouse(manager);
  const body = new TextEncoder().encode('first name,last name,email\nAda,Example,ada@example.com\n');
  const { id: importId } = await manager.call('previewImport', { params: { propertyId }, body });
  const { id: secondId } = await manager.call('previewImport', { params: { propertyId }, body });
  for (let i = 0; i < 2; i++) {
    await manager.call('confirmImport', { params: { importId }, body: {} });
    await manager.call('cancelImport', { params: { importId: secondId } });
  }
  const actions = (await manager.call('listAudit')).items.map(({ action }) => action);
  expect(actions.filter((action) => action === 'confirmImport')).toHaveLength(1);
  expect(actions.filter((action) => action === 'cancelImport')).toHaveLength(1);
});

test('the trail is the portfolio managers’ alone, in pages, and found by what one looks for', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const other = await aHouse(manager, { name: 'Other' });
  const people = [await invite(manager, house), await invite(manager, other, { email: 'ben@example.com' })];
  const stranger = await cloud.strangerOf('Strangers');
  expect((await stranger.call('listAudit')).items).toEqual([]);
  const only = async (query: Record<string, string>): Promise<(string | null)[]> =>
    (await manager.call('listAudit', { query })).items.map(({ subject }) => subject);
  expect(await only({ propertyId: other.propertyId })).toEqual([people[1]!.id, other.propertyId]);
  expect(await only({ subject: people[0]!.id })).toEqual([people[0]!.id]);
  expect(await only({ action: 'invitePerson' })).toEqual([people[1]!.id, people[0]!.id]);
  expect(await only({ toS: '1' })).toEqual([]);
  const first = await manager.call('listAudit', { query: { limit: '3' } });
  const second = await manager.call('listAudit', { query: { limit: '3', after: first.next ?? '' } });
  const numbers = [...first.items, ...second.items].map(({ number }) => number);
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
  expect([numbers.length, second.next]).toEqual([4, null]);
  await manager.call('addManager', {
    body: {
      email: 'porter@example.com',
      name: 'Porter',
      role: 'property',
      properties: [
        {
          propertyId: house.propertyId,
          rights: { keyManagement: 'full', deviceManagement: true, activation: true, keyIds: [] },
        },
      ],
    },
  });
  const porter = await cloud.clientOf(['manager'], 'porter@example.com');
  expect((await porter.refused('listAudit')).code).toBe('PERMISSION_MISSING');
});

test('signing in is in the trail, and a row of two years ago goes with the next one', async () => {
  const cloud = await aCloud();
  const open = cloud.manager.withToken(undefined);
  await open.call('signIn', { body: MANAGER });
  cloud.clock.advanceS(80 * 86_400);
  expect((await cloud.manager.call('listAudit')).items).toMatchObject([{ action: 'signIn' }]);
  await withStore(cloud, (store) =>
    store.write((trx) => trx.updateTable('audit').set({ at_s: 1 }).execute()),
  );
  await cloud.manager.call('createProperty', { body: { name: 'New', zone: 'UTC' } });
  expect((await cloud.manager.call('listAudit')).items.map(({ action }) => action)).toEqual([
    'createProperty',
  ]);
});
