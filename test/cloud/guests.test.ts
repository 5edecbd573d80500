// Guests of residents: who may invite, within which limits, and that everything of a guest ends with the host's.
import { expect, test } from 'vitest';
import type { Client } from './cloud-fixture.ts';
import { appOf, managerOf } from './callers.ts';
import { aHost, DAY_S, nowS, personAt, wishOf } from './host.ts';
import { codesOf, invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const guestState = async (app: Client): Promise<string[]> =>
  (await app.call('appGuests')).items.map(({ state }) => state);

test('a guest has codes of their own, no marks, and the manager sees whose guest it is', async () => {
  const { manager, house, app, personId } = await aHost();
  const guest = await app.call('inviteGuest', wishOf(house));
  expect(guest).toMatchObject({ name: 'Gil Guest', state: 'current', expiresAtS: null });
  const seen = await personAt(manager, house, 'guest@example.com');
  expect(seen).toMatchObject({ resident: false, mayShare: false, account: 'pending' });
  expect(seen.grants[0]?.host).toEqual({ personId, firstName: 'Hedy', lastName: 'Host' });
  const codes = await codesOf(manager, seen.id);
  expect(Object.keys(codes)).toEqual(['4B', 'Entrance']);
  expect(codes['4B']).not.toBe((await codesOf(manager, personId))['4B']);
});

test('only a Key held now that may be shared, by somebody who may share, brings guests', async () => {
  const { cloud, manager, house, app, personId } = await aHost();
  const later = { keyId: house.key('Front'), startsAtS: nowS(cloud) + DAY_S };
  const code = async (keyId: string) => (await app.refused('inviteGuest', wishOf(house, { keyId }))).code;
  expect(await code(house.key('App only'))).toBe('NOT_FOUND');
  await manager.call('grantKey', { params: { personId }, body: later });
  expect(await code(house.key('Front'))).toBe('NOT_FOUND');
  cloud.clock.advanceS(DAY_S);
  expect(await code(house.key('Front'))).toBe('SHARING_OFF');
  await manager.call('editPerson', { params: { personId }, body: { mayShare: false } });
  expect(await code(house.key('Unit'))).toBe('SHARING_OFF');
  expect((await app.call('appKeys')).items.map(({ sharable }) => sharable)).toEqual([false, false]);
  await manager.call('editPerson', { params: { personId }, body: { mayShare: true } });
  expect((await app.call('appKeys')).items.map(({ sharable }) => sharable).sort()).toEqual([false, true]);
  await app.call('inviteGuest', wishOf(house));
});

test('a guest never invites, whatever marks the record has', async () => {
  const { cloud, manager, house, app } = await aHost();
  await app.call('inviteGuest', wishOf(house));
  const guest = await personAt(manager, house, 'guest@example.com');
  await manager.call('editPerson', { params: { personId: guest.id }, body: { mayShare: true } });
  const guestApp = await appOf(cloud, 'guest@example.com');
  expect((await guestApp.call('appKeys')).items).toMatchObject([{ sharable: false, state: 'current' }]);
  const wish = wishOf(house, { email: 'third@example.com' });
  expect((await guestApp.refused('inviteGuest', wish)).code).toBe('NOT_FOUND');
});

test('a guest’s dates lie within those of the host, and without any they are the host’s', async () => {
  const { cloud, manager, house, app } = await aHost({ expiresAtS: (now) => now + 10 * DAY_S });
  const endS = (await app.call('appKeys')).items[0]!.expiresAtS!;
  const beyond = wishOf(house, { expiresAtS: endS + 1 });
  expect((await app.refused('inviteGuest', beyond)).code).toBe('GUEST_BEYOND_HOST');
  const early = wishOf(house, { startsAtS: nowS(cloud) - 10 * DAY_S });
  expect((await app.refused('inviteGuest', early)).code).toBe('GUEST_BEYOND_HOST');
  const past = wishOf(house, { startsAtS: 1, expiresAtS: nowS(cloud) - 1 });
  expect((await app.refused('inviteGuest', past)).code).toBe('INPUT_INVALID');
  const guest = await app.call('inviteGuest', wishOf(house));
  expect(guest.expiresAtS).toBe(endS);
  const params = { grantId: guest.id };
  // Nor does a manager stretch it: what the host no longer holds is nobody's to be a guest of.
  expect((await manager.refused('editGrant', { params, body: { expiresAtS: null } })).code).toBe(
    'GUEST_BEYOND_HOST',
  );
  expect((await manager.call('editGrant', { params, body: { expiresAtS: endS - 5 } })).expiresAtS).toBe(
    endS - 5,
  );
});

test('shortening the host’s Key shortens the guests’, and lengthening it gives nothing back', async () => {
  const { cloud, manager, house, app, grantId } = await aHost();
  const startS = nowS(cloud);
  await app.call('inviteGuest', wishOf(house));
  await app.call('inviteGuest', wishOf(house, { email: 'later@example.com', startsAtS: startS + 5 * DAY_S }));
  const params = { grantId };
  await manager.call('editGrant', { params, body: { expiresAtS: startS + 3 * DAY_S } });
  const guests = (await app.call('appGuests')).items;
  expect(guests.map(({ email, state, expiresAtS }) => [email, state, expiresAtS]).sort()).toEqual([
    ['guest@example.com', 'current', startS + 3 * DAY_S],
    ['later@example.com', 'revoked', null],
  ]);
  await manager.call('editGrant', { params, body: { expiresAtS: null } });
  expect((await app.call('appGuests')).items.find(({ state }) => state === 'current')?.expiresAtS).toBe(
    startS + 3 * DAY_S,
  );
});

test('Revoke All Keys takes the guests with it, and a re-grant never revives them', async () => {
  const { manager, house, app, personId } = await aHost();
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await app.call('inviteGuest', wishOf(house));
  await app.call('inviteGuest', wishOf(house, { email: 'two@example.com' }));
  const guest = await personAt(manager, house, 'guest@example.com');
  const code = (await codesOf(manager, guest.id))['4B']!;
  await doorSync(manager, doorId, lock);
  expect(lock.rowsOf(code)).toHaveLength(1);
  const revoked = await manager.call('revokeAllKeys', { params: { personId } });
  expect(revoked).toMatchObject({ guests: 2, doorsToSync: [doorId] });
  expect(await guestState(app)).toEqual(['revoked', 'revoked']);
  expect(await codesOf(manager, guest.id)).toEqual({});
  await manager.call('grantKey', { params: { personId }, body: { keyId: house.key('Unit') } });
  expect(await guestState(app)).toEqual(['revoked', 'revoked']);
  await doorSync(manager, doorId, lock);
  expect(lock.rowsOf(code)).toEqual([]);
  // Invited again the guest is the same record with a fresh grant.
  await app.call('inviteGuest', wishOf(house));
  expect((await personAt(manager, house, 'guest@example.com')).id).toBe(guest.id);
  expect((await codesOf(manager, guest.id))['4B']).not.toBe(code);
});

test.each([
  ['the Key is taken from the host', 'revokeGrant'],
  ['the host is deleted', 'deletePerson'],
  ['the Key is deleted', 'deleteKey'],
] as const)('guests lose their access when %s', async (_what, route) => {
  const { manager, house, app, personId, grantId } = await aHost();
  await app.call('inviteGuest', wishOf(house));
  const guest = await personAt(manager, house, 'guest@example.com');
  if (route === 'revokeGrant') await manager.call('revokeGrant', { params: { grantId } });
  if (route === 'deletePerson') {
    const deleted = await manager.call('deletePerson', { params: { personId } });
    expect(deleted.guests).toBe(1);
  }
  if (route === 'deleteKey') {
    const params = { keyId: house.key('Unit') };
    await manager.call('deleteKey', { params, query: { confirm: '2' } });
  }
  const seen = await personAt(manager, house, 'guest@example.com');
  expect([seen.id, seen.access]).toEqual([guest.id, 'expired']);
  expect(await codesOf(manager, guest.id)).toEqual({});
  const host = seen.grants[0]?.host?.firstName;
  expect(host).toBe(route === 'deletePerson' ? 'Deleted' : 'Hedy');
});

test('switching sharing off ends no guest, and says how many remain', async () => {
  const { manager, house, app, personId } = await aHost();
  await app.call('inviteGuest', wishOf(house));
  await app.call('inviteGuest', wishOf(house, { email: 'two@example.com' }));
  const keyOff = { params: { keyId: house.key('Unit') }, body: { mayShare: false } };
  const personOff = { params: { personId }, body: { mayShare: false } };
  expect(await manager.call('editKey', keyOff)).toMatchObject({ mayShare: false, guestsRemaining: 2 });
  expect(await manager.call('editPerson', personOff)).toMatchObject({ mayShare: false, guestsRemaining: 2 });
  expect(await guestState(app)).toEqual(['current', 'current']);
  const [guest] = (await app.call('appGuests')).items;
  await app.call('revokeGuest', { params: { guestId: guest!.id } });
  expect((await manager.call('editKey', keyOff)).guestsRemaining).toBe(1);
  const personOn = { params: { personId }, body: { mayShare: true } };
  expect((await manager.call('editPerson', personOn)).guestsRemaining).toBe(0);
});

test('the host of a guest with daily doorcodes sees today’s, of the Key given alone and while it is held', async () => {
  const { cloud, manager, house, app } = await aHost();
  await activate(manager, house.door('4B'));
  const startsAtS = nowS(cloud) + DAY_S;
  const wish = wishOf(house, { credential: 'daily-doorcode', startsAtS });
  const given = await app.call('inviteGuest', wish);
  const guest = await personAt(manager, house, 'guest@example.com');
  const params = { guestId: given.id };
  const codes = async () => (await app.call('guestCodes', { params })).items;
  expect(await codes()).toMatchObject([
    { doorName: '4B', code: null, startsAtS },
    { doorName: 'Entrance', code: null },
  ]);
  // What the manager gives beside it, earlier and elsewhere, is not told to the host.
  for (const door of ['Entrance', 'Pool']) await activate(manager, house.door(door));
  const pool = await manager.call('createKey', {
    params: { propertyId: house.propertyId },
    body: { name: 'Pool code', doors: [{ doorId: house.door('Pool') }] },
  });
  for (const keyId of [house.key('Unit'), pool.id])
    await manager.call('grantKey', { params: { personId: guest.id }, body: { keyId } });
  expect((await codes()).map(({ code }) => code)).toEqual([null, null]);
  cloud.clock.advanceS(DAY_S);
  const own = (await manager.call('personCodes', { params: { personId: guest.id } })).daily;
  const shown = await codes();
  expect(shown.map(({ doorName }) => doorName)).toEqual(['4B', 'Entrance']);
  expect(own.map(({ doorName }) => doorName)).toEqual(['4B', 'Entrance', 'Pool']);
  expect(shown.map(({ code }) => code)).toEqual(own.slice(0, 2).map(({ code }) => code));
  expect(shown[0]!.code).toMatch(/^[0-9]{7}$/);
  cloud.clock.advanceS(DAY_S);
  expect((await codes())[0]!.code).not.toBe(shown[0]!.code);
  const stranger = await invite(manager, house, { email: 'other@example.com', keys: ['Unit'] });
  const other = await appOf(cloud, stranger.email);
  expect((await other.refused('guestCodes', { params })).code).toBe('NOT_FOUND');
  await app.call('revokeGuest', { params });
  expect(await codes()).toEqual([]);
});

test('a host sees no codes of a guest who has the app, nor is spoken to as a manager', async () => {
  const { house, app } = await aHost();
  const given = await app.call('inviteGuest', wishOf(house));
  expect((await app.call('guestCodes', { params: { guestId: given.id } })).items).toEqual([]);
  const problem = await app.refused('inviteGuest', wishOf(house, { keyId: house.key('Front') }));
  expect(problem.detail).toBe('There is no such Key, or it is not yours to see.');
});

test('two residents’ invitations of one guest stand for themselves, and so does a Key from the manager', async () => {
  const { cloud, manager, house, app } = await aHost();
  await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email: 'other@example.com',
      firstName: 'Otto',
      lastName: 'Other',
      mayShare: true,
      keyIds: [house.key('Unit')],
    },
  });
  const other = await appOf(cloud, 'other@example.com');
  const first = await app.call('inviteGuest', wishOf(house));
  const second = await other.call('inviteGuest', wishOf(house, { firstName: 'Nick' }));
  // What others know of a person is not told to a host.
  expect(second.name).toBe('guest@example.com');
  expect((await app.refused('inviteGuest', wishOf(house))).code).toBe('GRANT_EXISTS');
  const guest = await personAt(manager, house, 'guest@example.com');
  expect(guest.firstName).toBe('Gil');
  const code = (await codesOf(manager, guest.id))['4B'];
  await app.call('revokeGuest', { params: { guestId: first.id } });
  expect((await app.call('revokeGuest', { params: { guestId: first.id } })).state).toBe('revoked');
  expect((await codesOf(manager, guest.id))['4B']).toBe(code);
  expect((await app.refused('revokeGuest', { params: { guestId: second.id } })).code).toBe('NOT_FOUND');
  await manager.call('grantKey', { params: { personId: guest.id }, body: { keyId: house.key('Unit') } });
  await other.call('revokeGuest', { params: { guestId: second.id } });
  expect((await codesOf(manager, guest.id))['4B']).toBe(code);
});

test('the twenty-first guest is refused, and room comes back with one who leaves', async () => {
  const { house, app } = await aHost();
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) {
    ids.push((await app.call('inviteGuest', wishOf(house, { email: `g${i}@example.com` }))).id);
  }
  const wish = wishOf(house, { email: 'g20@example.com' });
  const problem = await app.refused('inviteGuest', wish);
  expect(problem).toMatchObject({ code: 'GUEST_LIMIT', status: 409 });
  expect(problem.detail).toContain('20');
  await app.call('revokeGuest', { params: { guestId: ids[0]! } });
  await app.call('inviteGuest', wish);
  const pages: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: { items: { id: string }[]; next: string | null } = await app.call('appGuests', {
      query: { limit: '8', ...(after === '' ? {} : { after }) },
    });
    pages.push(...page.items.map(({ id }) => id));
    after = page.next;
  }
  expect([pages.length, new Set(pages).size]).toEqual([21, 21]);
});

test('a manager of named Keys sees the guests of these Keys, and their hosts', async () => {
  const { cloud, house, app } = await aHost();
  await app.call('inviteGuest', wishOf(house));
  const at = (key: string) => ({
    [house.propertyId]: { keyManagement: 'specific' as const, keyIds: [house.key(key)] },
  });
  const unit = await managerOf(cloud, { email: 'unit@example.com', at: at('Unit') });
  const front = await managerOf(cloud, { email: 'front@example.com', at: at('Front') });
  const seen = await personAt(unit, house, 'guest@example.com');
  expect(seen.grants[0]?.host?.firstName).toBe('Hedy');
  expect(await personAt(front, house, 'guest@example.com')).toBeUndefined();
});

test('one’s own address, a wrong field and a date that ends first are refused', async () => {
  const { cloud, house, app } = await aHost();
  for (const wish of [
    { email: 'host@example.com' },
    { email: 'nobody' },
    { firstName: '' },
    { keyId: 'Unit' },
    { mayShare: true },
    { startsAtS: nowS(cloud) + 10, expiresAtS: nowS(cloud) + 10 },
  ])
    expect([wish, (await app.refused('inviteGuest', wishOf(house, wish))).code]).toEqual([
      wish,
      'INPUT_INVALID',
    ]);
  expect((await app.call('appGuests')).items).toEqual([]);
});
