// The length of a property's doorcodes, longer at once and shorter by each resident's reset, and which codes can be reset.
import { expect, test } from 'vitest';
import { appOf } from './callers.ts';
import { aCloud } from './cloud-fixture.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const lengthsOf = (codes: Record<string, string>): number[] =>
  Object.values(codes).map((code) => code.length);

test('longer codes: everybody gets another at every door at once, and the lock takes the old ones until its sync', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager, { doorcodeLength: 4 });
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const people = [await invite(manager, house), await invite(manager, house, { email: 'b@example.com' })];
  await doorSync(manager, doorId, lock);
  const before = (await codesOf(manager, people[0]!.id))['4B']!;
  const params = { propertyId: house.propertyId };
  await manager.call('editProperty', { params, body: { doorcodeLength: 6 } });
  for (const person of people) expect(lengthsOf(await codesOf(manager, person.id))).toEqual([6, 6]);
  expect(lock.rowsOf(before)).toHaveLength(1);
  const { items } = await manager.call('exposure', { params: { personId: people[0]!.id } });
  expect(items).toEqual([expect.objectContaining({ doorName: '4B', by: ['doorcode'] })]);
  await doorSync(manager, doorId, lock);
  expect(lock.rowsOf(before)).toEqual([]);
  expect(lock.table!.rows).toHaveLength(2);
});

test('shorter codes wait for each resident’s own reset; who comes later has a short one', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const ada = await invite(manager, house);
  const before = await codesOf(manager, ada.id);
  const params = { propertyId: house.propertyId };
  expect(await manager.call('editProperty', { params, body: { doorcodeLength: 5 } })).toMatchObject({
    doorcodeLength: 5,
  });
  expect(await codesOf(manager, ada.id)).toEqual(before);
  const ben = await invite(manager, house, { email: 'ben@example.com' });
  expect(lengthsOf(await codesOf(manager, ben.id))).toEqual([5, 5]);
  const app = await appOf(cloud, ada.email);
  await app.call('resetAppCode', { params: { doorId: house.door('4B') } });
  const after = await codesOf(manager, ada.id);
  expect(after['4B']).toMatch(/^[0-9]{5}$/);
  expect(after['Entrance']).toBe(before['Entrance']);
});

test('a code of a door that is no residence cannot be reset, and the next step is named', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const ada = await invite(cloud.manager, house);
  const before = await codesOf(cloud.manager, ada.id);
  const app = await appOf(cloud, ada.email);
  const problem = await app.refused('resetAppCode', { params: { doorId: house.door('Entrance') } });
  expect(problem).toMatchObject({ code: 'CODE_NOT_RESETTABLE', subject: house.door('Entrance') });
  expect(problem.next).toContain('Key');
  expect(await codesOf(cloud.manager, ada.id)).toEqual(before);
});

test('making codes longer where a door has too many for it is refused, and nothing has changed', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const people = [];
  for (let i = 0; i < 11; i++) people.push(await invite(manager, house, { email: `p${i}@example.com` }));
  const params = { propertyId: house.propertyId };
  await manager.call('editProperty', { params, body: { doorcodeLength: 4 } });
  const before = await codesOf(manager, people[0]!.id);
  // Nobody has a short one yet, so ten more fit, and no eleventh.
  for (let i = 0; i < 10; i++) await invite(manager, house, { email: `q${i}@example.com` });
  const body = { email: 'last@example.com', firstName: 'L', lastName: 'Ast', keyIds: [house.key('Unit')] };
  expect((await manager.refused('invitePerson', { params, body })).code).toBe('CODES_EXHAUSTED');
  await manager.call('editProperty', { params, body: { doorcodeLength: 5 } });
  expect(await codesOf(manager, people[0]!.id)).toEqual(before);
});

test('a length outside of 4 to 7 is refused', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  for (const doorcodeLength of [3, 8, 4.5, '6', null]) {
    const wish = { params: { propertyId: house.propertyId }, body: { doorcodeLength } };
    expect((await manager.refused('editProperty', wish)).code).toBe('INPUT_INVALID');
  }
});

test('codes that the lock may still hold count against the limit; another code for the same person does not', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager, { doorcodeLength: 4 });
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const people = [];
  for (let i = 0; i < 10; i++) people.push(await invite(manager, house, { email: `p${i}@example.com` }));
  await doorSync(manager, doorId, lock);
  const app = await appOf(cloud, people[0]!.email);
  await app.call('resetAppCode', { params: { doorId } });
  await manager.call('revokeAllKeys', { params: { personId: people[1]!.id } });
  const params = { propertyId: house.propertyId };
  const body = { email: 'next@example.com', firstName: 'N', lastName: 'Ext', keyIds: [house.key('Unit')] };
  const problem = await manager.refused('invitePerson', { params, body });
  expect(problem).toMatchObject({ code: 'CODES_EXHAUSTED', subject: doorId });
  await doorSync(manager, doorId, lock);
  await manager.call('invitePerson', { params, body });
});
