// People, Keys and doorcodes as a manager meets them.
import { expect, test } from 'vitest';
import { aCloud } from './cloud-fixture.ts';
import { aHouse, codesOf, invite } from './house.ts';

test('an invite makes a pending account at once, with access from now and one code a door', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const person = await invite(manager, house, { email: ' Ada@Example.COM ' });
  expect(person).toMatchObject({ email: 'ada@example.com', account: 'pending', access: 'current' });
  const codes = await codesOf(manager, person.id);
  expect(Object.keys(codes)).toEqual(['4B', 'Entrance']);
  for (const code of Object.values(codes)) expect(code).toMatch(/^[0-9]{7}$/);
});

test('a code is drawn by the cloud: an invite that brings its own is refused', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const problem = await manager.refused('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email: 'a@example.com', firstName: 'A', lastName: 'B', code: '1234567' },
  });
  expect(problem).toMatchObject({ code: 'INPUT_INVALID', status: 400 });
  expect(problem.detail).toContain('code');
});

test('an overlapping Key keeps the code of the door, and losing the last Key deletes it', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const person = await invite(manager, house, { keys: ['Front'] });
  const before = await codesOf(manager, person.id);
  await manager.call('grantKey', { params: { personId: person.id }, body: { keyId: house.key('Unit') } });
  const both = await codesOf(manager, person.id);
  expect(both['Entrance']).toBe(before['Entrance']);
  await manager.call('revokeGrant', { params: { grantId: person.grants[0]!.id } });
  expect((await codesOf(manager, person.id))['Entrance']).toBe(before['Entrance']);
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(await codesOf(manager, person.id)).toEqual({});
});

test('a Key whose door provides no doorcodes gives none, until it is switched on for every holder', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const person = await invite(manager, house, { keys: ['App only'] });
  expect(await codesOf(manager, person.id)).toEqual({});
  const params = { keyId: house.key('App only'), doorId: house.door('Pool') };
  await manager.call('putKeyDoor', { params, body: { provideDoorcodes: true } });
  expect(Object.keys(await codesOf(manager, person.id))).toEqual(['Pool']);
  await manager.call('removeKeyDoor', { params });
  expect(await codesOf(manager, person.id)).toEqual({});
});

test('Revoke All Keys keeps the record, which is listed with showExpired only and can be given Keys again', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const person = await invite(manager, house);
  const { person: revoked } = await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(revoked.access).toBe('expired');
  const list = async (showExpired: string): Promise<string[]> => {
    const page = await manager.call('listPeople', {
      params: { propertyId: house.propertyId },
      query: { showExpired },
    });
    return page.items.map(({ id }) => id);
  };
  expect(await list('false')).toEqual([]);
  expect(await list('true')).toEqual([person.id]);
  await manager.call('grantKey', { params: { personId: person.id }, body: { keyId: house.key('Unit') } });
  expect(await list('false')).toEqual([person.id]);
  const again = await manager.call('person', { params: { personId: person.id } });
  expect(again.grants.map(({ state }) => state).sort()).toEqual(['current', 'revoked']);
});

test('access begins at its start and ends at its expiration, without anything being done', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const nowS = Math.floor(clock.nowMs() / 1000);
  const person = await invite(manager, house, { startsAtS: nowS + 3_600, expiresAtS: nowS + 7_200 });
  const access = async (): Promise<string> =>
    (await manager.call('person', { params: { personId: person.id } })).access;
  expect(await access()).toBe('future');
  clock.advanceS(3_601);
  expect(await access()).toBe('current');
  clock.advanceS(3_600);
  expect(await access()).toBe('expired');
  expect(await codesOf(manager, person.id)).toEqual({});
  const [grant] = person.grants;
  const problem = await manager.refused('editGrant', {
    params: { grantId: grant!.id },
    body: { expiresAtS: null },
  });
  expect(problem.code).toBe('GRANT_ENDED');
});

test('the second invite of an address names the person who is there', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const person = await invite(manager, house);
  const problem = await manager.refused('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email: 'ADA@example.com', firstName: 'A', lastName: 'B' },
  });
  expect(problem).toMatchObject({ code: 'PERSON_EXISTS', status: 409, subject: person.id });
});

test('100 equal invites at once make one person', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const statuses = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const response = await manager.fetch('invitePerson', {
        params: { propertyId: house.propertyId },
        body: { email: 'one@example.com', firstName: 'One', lastName: 'Only', keyIds: [house.key('Unit')] },
      });
      return response.status;
    }),
  );
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.filter((status) => status === 409)).toHaveLength(99);
  const page = await manager.call('listPeople', { params: { propertyId: house.propertyId } });
  expect(page.items).toHaveLength(1);
  expect(page.items[0]?.grants).toHaveLength(1);
});

test('at four digits a door takes ten codes and names the limit at the eleventh', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager, { doorcodeLength: 4 });
  const codes = new Set<string>();
  for (let i = 0; i < 10; i++) {
    const person = await invite(manager, house, { email: `p${i}@example.com`, keys: ['Front'] });
    codes.add((await codesOf(manager, person.id))['Entrance']!);
  }
  expect(codes.size).toBe(10);
  const body = { email: 'p10@example.com', firstName: 'P', lastName: 'Ten', keyIds: [house.key('Front')] };
  const problem = await manager.refused('invitePerson', { params: { propertyId: house.propertyId }, body });
  expect(problem).toMatchObject({ code: 'CODES_EXHAUSTED', subject: house.door('Entrance') });
  expect(problem.detail).toContain('10');
  const page = await manager.call('listPeople', { params: { propertyId: house.propertyId } });
  expect(page.items).toHaveLength(10);
});

test('the code of one who has left by date is free again when a short door needs it', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager, { doorcodeLength: 4 });
  const soonS = Math.floor(clock.nowMs() / 1000) + 60;
  for (let i = 0; i < 10; i++) {
    await invite(manager, house, { email: `p${i}@example.com`, keys: ['Front'], expiresAtS: soonS });
  }
  clock.advanceS(61);
  const person = await invite(manager, house, { email: 'new@example.com', keys: ['Front'] });
  expect((await codesOf(manager, person.id))['Entrance']).toMatch(/^[0-9]{4}$/);
});

test('lists come in pages that hold everyone once, in order, and a search finds parts of names and addresses', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const params = { propertyId: house.propertyId };
  for (let i = 0; i < 5; i++) {
    await manager.call('invitePerson', {
      params,
      body: { email: `p${i}@example.com`, firstName: 'Same', lastName: i === 3 ? '100%' : 'Name' },
    });
  }
  const seen: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const query: Record<string, string> = { limit: '2', ...(after === '' ? {} : { after }) };
    const page: { items: { email: string }[]; next: string | null } = await manager.call('listPeople', {
      params,
      query,
    });
    seen.push(...page.items.map(({ email }) => email));
    after = page.next;
  }
  expect(new Set(seen).size).toBe(5);
  expect(seen[0]).toBe('p3@example.com');
  const found = await manager.call('listPeople', { params, query: { search: '0%' } });
  expect(found.items.map(({ email }) => email)).toEqual(['p3@example.com']);
  const none = await manager.call('listPeople', { params, query: { search: 'p_@' } });
  expect(none.items).toEqual([]);
  expect((await manager.refused('listPeople', { params, query: { after: 'nonsense' } })).code).toBe(
    'INPUT_INVALID',
  );
});

test('the ninth set of dates that would overlap at one door for one person is refused', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const nowS = Math.floor(clock.nowMs() / 1000);
  const person = await invite(manager, house, { keys: [] });
  const give = async (n: number) => {
    const { id: keyId } = await manager.call('createKey', {
      params: { propertyId: house.propertyId },
      body: { name: `Overlap ${n}`, doors: [{ doorId: house.door('Entrance') }] },
    });
    return { params: { personId: person.id }, body: { keyId, expiresAtS: nowS + 1_000 + n } };
  };
  for (let n = 1; n <= 8; n++) await manager.call('grantKey', await give(n));
  const problem = await manager.refused('grantKey', await give(9));
  expect(problem).toMatchObject({ code: 'TOO_MANY_OVERLAPS', subject: house.door('Entrance') });
  expect(problem.detail).toContain('9');
  expect((await manager.call('person', { params: { personId: person.id } })).grants).toHaveLength(8);
});

test('an object of another portfolio is not there, whatever is asked of it', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const person = await invite(cloud.manager, house);
  const stranger = await cloud.strangerOf('Other');
  for (const [name, params] of [
    ['property', { propertyId: house.propertyId }],
    ['door', { doorId: house.door('4B') }],
    ['key', { keyId: house.key('Unit') }],
    ['person', { personId: person.id }],
    ['personCodes', { personId: person.id }],
    ['revokeAllKeys', { personId: person.id }],
    ['startActivation', { doorId: house.door('4B') }],
    ['package', { doorId: house.door('4B') }],
  ] as const) {
    expect([name, (await stranger.refused(name, { params })).code]).toEqual([name, 'NOT_FOUND']);
  }
  expect((await stranger.call('listProperties')).items).toEqual([]);
});
