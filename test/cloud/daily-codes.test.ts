// Daily doorcodes: a slot for each person and door, today's code as the lock derives it, and what becomes of it when
// access ends, slots run out, or the lock is another one.
import { expect, test } from 'vitest';
import { Store } from '#cloud/db/store.ts';
import { aDailyDoor as aDoor, dailyOf, inviteDaily, today } from './daily-door.ts';
import { activate, doorSync, PaperLock } from './paper-lock.ts';

const DAY_S = 86_400;
const ZONE_OFFSET_S = 9 * 3_600;

test('today’s code opens at once without a Door Sync, and tomorrow there is another', async () => {
  const { cloud, manager, house, doorId, lock } = await aDoor();
  const person = await inviteDaily(manager, house, 'a@example.com');
  const daily = await dailyOf(manager, person.id);
  expect(daily).toMatchObject({ doorName: 'Entrance', isSingleUse: false, atLock: 'live', startsAtS: null });
  expect(daily.code).toMatch(/^[0-9]{7}$/);
  expect(daily.untilS).toBe((today(cloud) + 1) * DAY_S - ZONE_OFFSET_S);
  expect(lock.dailySlot(daily.code!, today(cloud))).toBe(0);
  expect((await manager.call('door', { params: { doorId } })).sync.state).toBe('up-to-date');
  cloud.clock.advanceS(DAY_S);
  const next = await dailyOf(manager, person.id);
  expect(next.code).not.toBe(daily.code);
  expect(lock.dailySlot(next.code!, today(cloud))).toBe(0);
});

test('a single-use code is of a slot behind the daily ones', async () => {
  const { cloud, manager, house, lock } = await aDoor();
  const person = await inviteDaily(manager, house, 'a@example.com', { singleUse: true });
  const daily = await dailyOf(manager, person.id);
  expect(daily.isSingleUse).toBe(true);
  expect(lock.dailySlot(daily.code!, today(cloud))).toBe(16);
});

test('nobody is told a code before the access begins', async () => {
  const { cloud, manager, house } = await aDoor();
  const startsAtS = Math.floor(cloud.clock.nowMs() / 1000) + DAY_S;
  const person = await inviteDaily(manager, house, 'a@example.com', { startsAtS });
  expect(await dailyOf(manager, person.id)).toMatchObject({ code: null, atLock: 'starts-later', startsAtS });
  cloud.clock.advanceS(DAY_S);
  expect((await dailyOf(manager, person.id)).code).toMatch(/^[0-9]{7}$/);
});

test('a door whose slots are all taken is named, and the whole invite refused', async () => {
  const { manager, house, doorId } = await aDoor({ dailySlots: 2, singleUseSlots: 0 });
  await inviteDaily(manager, house, 'a@example.com');
  await inviteDaily(manager, house, 'b@example.com');
  const params = { propertyId: house.propertyId };
  const body = {
    email: 'c@example.com',
    firstName: 'C',
    lastName: 'Third',
    credential: 'daily-doorcode',
    keyIds: [house.key('Unit')],
  };
  const problem = await manager.refused('invitePerson', { params, body });
  expect(problem).toMatchObject({ code: 'DAILY_SLOTS_FULL', subject: doorId });
  expect(problem.detail).toContain('Entrance');
  expect((await manager.call('listPeople', { params })).items).toHaveLength(2);
});

test('a revoked code opens until midnight, or until the next table bars it, and the list says so', async () => {
  const { cloud, manager, house, lock, sync } = await aDoor();
  const person = await inviteDaily(manager, house, 'a@example.com');
  const { code, untilS } = await dailyOf(manager, person.id);
  const exposure = async () => (await manager.call('exposure', { params: { personId: person.id } })).items;
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  expect(await exposure()).toEqual([
    { doorId: house.door('Entrance'), doorName: 'Entrance', by: ['daily-doorcode'], untilS },
  ]);
  expect(lock.dailySlot(code!, today(cloud))).toBe(0);
  await sync();
  expect(lock.dailySlot(code!, today(cloud))).toBeUndefined();
  expect(await exposure()).toEqual([]);
});

test('without a sync the revoked code is over at midnight', async () => {
  const { cloud, manager, house } = await aDoor();
  const person = await inviteDaily(manager, house, 'a@example.com', { singleUse: true });
  await manager.call('revokeAllKeys', { params: { personId: person.id } });
  const exposure = async () => (await manager.call('exposure', { params: { personId: person.id } })).items;
  expect((await exposure()).map(({ by }) => by)).toEqual([['single-use-doorcode']]);
  cloud.clock.advanceS(43_200);
  expect(await exposure()).toEqual([]);
});

test('access that ended by its date at noon is exposed until midnight, and its slot is free the day after', async () => {
  const { cloud, manager, house } = await aDoor({ dailySlots: 1, singleUseSlots: 0 });
  const soonS = Math.floor(cloud.clock.nowMs() / 1000) + 60;
  const person = await inviteDaily(manager, house, 'a@example.com', { expiresAtS: soonS });
  cloud.clock.advanceS(61);
  const exposure = async () => (await manager.call('exposure', { params: { personId: person.id } })).items;
  expect(await exposure()).toHaveLength(1);
  cloud.clock.advanceS(43_200);
  expect(await exposure()).toEqual([]);
  const next = await inviteDaily(manager, house, 'b@example.com');
  expect(await dailyOf(manager, next.id)).toMatchObject({ atLock: 'live' });
});

test('where only slots of today are left the epoch rises: everybody else gets another code with the next sync', async () => {
  const { cloud, manager, house, lock, sync } = await aDoor({ dailySlots: 2, singleUseSlots: 0 });
  const [ada, ben] = [
    await inviteDaily(manager, house, 'a@example.com'),
    await inviteDaily(manager, house, 'b@example.com'),
  ];
  const { code: old } = await dailyOf(manager, ada.id);
  await manager.call('revokeAllKeys', { params: { personId: ada.id } });
  const cas = await inviteDaily(manager, house, 'c@example.com');
  expect(await dailyOf(manager, cas.id)).toMatchObject({ atLock: 'waits-for-sync' });
  expect(await dailyOf(manager, ben.id)).toMatchObject({ atLock: 'waits-for-sync' });
  await sync();
  expect(lock.dailySlot(old!, today(cloud))).toBeUndefined();
  for (const person of [ben, cas]) {
    const { code, atLock } = await dailyOf(manager, person.id);
    expect(atLock).toBe('live');
    expect(lock.dailySlot(code!, today(cloud))).toBeDefined();
  }
  expect((await manager.call('exposure', { params: { personId: ben.id } })).items).toEqual([]);
});

test('a slot that a lock still bars is given last, and only its holder waits for a sync', async () => {
  const { cloud, manager, house, lock, sync } = await aDoor({ dailySlots: 2, singleUseSlots: 0 });
  const ada = await inviteDaily(manager, house, 'a@example.com');
  await manager.call('revokeAllKeys', { params: { personId: ada.id } });
  await sync();
  cloud.clock.advanceS(2 * DAY_S);
  const ben = await inviteDaily(manager, house, 'b@example.com');
  expect(await dailyOf(manager, ben.id)).toMatchObject({ atLock: 'live' });
  const cas = await inviteDaily(manager, house, 'c@example.com');
  expect(await dailyOf(manager, cas.id)).toMatchObject({ atLock: 'waits-for-sync' });
  expect(await dailyOf(manager, ben.id)).toMatchObject({ atLock: 'live' });
  await sync();
  const { code } = await dailyOf(manager, cas.id);
  expect(lock.dailySlot(code!, today(cloud))).toBe(0);
});

test('another border between the kinds raises the epoch, and fewer slots than people are refused', async () => {
  const { manager, house, doorId, lock, sync } = await aDoor();
  await inviteDaily(manager, house, 'a@example.com');
  await inviteDaily(manager, house, 'b@example.com');
  const before = lock.table!.head.daily.epoch;
  const params = { doorId };
  const few = await manager.refused('setDailySlots', { params, body: { dailySlots: 1, singleUseSlots: 9 } });
  expect(few).toMatchObject({ code: 'DAILY_SLOTS_FULL', subject: doorId });
  const many = { dailySlots: 1_000, singleUseSlots: 501 };
  expect((await manager.refused('setDailySlots', { params, body: many })).code).toBe('HEAD_LIMIT');
  const body = { dailySlots: 1_000, singleUseSlots: 500 };
  expect(await manager.call('setDailySlots', { params, body })).toMatchObject(body);
  await sync();
  expect(lock.table!.head.daily).toMatchObject({ ...body, epoch: before + 1 });
  await manager.call('setDailySlots', { params, body: { dailySlots: 2, singleUseSlots: 500 } });
  await sync();
  expect(lock.table!.head.daily.epoch).toBe(before + 2);
});

test('another lock at the door begins anew: the same people have other codes', async () => {
  const { cloud, manager, house, doorId, lock } = await aDoor();
  const person = await inviteDaily(manager, house, 'a@example.com');
  const { code } = await dailyOf(manager, person.id);
  await manager.call('askDeactivation', { params: { doorId }, body: { isLost: true } });
  expect(await dailyOf(manager, person.id)).toMatchObject({ code: null, atLock: 'no-lock' });
  const next = await activate(manager, doorId, new PaperLock());
  await doorSync(manager, doorId, next);
  expect(next.table!.head.daily.epoch).toBeGreaterThan(lock.table!.head.daily.epoch);
  const fresh = await dailyOf(manager, person.id);
  expect(fresh).toMatchObject({ atLock: 'live' });
  expect(fresh.code).not.toBe(code);
  expect(next.dailySlot(fresh.code!, today(cloud))).toBeDefined();
});

test('where somebody whose access begins later raises the epoch, the others’ new codes are due at once', async () => {
  const { cloud, manager, house, doorId, sync } = await aDoor({ dailySlots: 2, singleUseSlots: 0 });
  const ada = await inviteDaily(manager, house, 'a@example.com');
  const ben = await inviteDaily(manager, house, 'b@example.com');
  await manager.call('revokeAllKeys', { params: { personId: ben.id } });
  await sync();
  const nowS = Math.floor(cloud.clock.nowMs() / 1000);
  await inviteDaily(manager, house, 'c@example.com', { startsAtS: nowS + 30 * DAY_S });
  expect(await dailyOf(manager, ada.id)).toMatchObject({ atLock: 'waits-for-sync' });
  const { items } = await manager.call('listSyncTasks', { query: { doorId } });
  expect(items.map(({ reason, dueS }) => [reason, dueS])).toEqual([['access-changed', nowS]]);
});

test('a slot given while the table that bars it is being made opens by the table that is made', async () => {
  const { cloud, manager, house, doorId, lock, sync } = await aDoor({ dailySlots: 2, singleUseSlots: 0 });
  const ada = await inviteDaily(manager, house, 'a@example.com');
  await manager.call('revokeAllKeys', { params: { personId: ada.id } });
  // Its bar was in no table; the day after, yesterday's slot is free and the next table would bar it.
  cloud.clock.advanceS(DAY_S);
  const people: string[] = [];
  const { write } = Store.prototype;
  let isBetween = false;
  const spy: typeof write = async function (this: Store, work) {
    if (!isBetween && new Error().stack?.includes('packageFor') === true) {
      isBetween = true;
      for (const email of ['b@example.com', 'c@example.com'])
        people.push((await inviteDaily(manager, house, email)).id);
    }
    return write.call(this, work) as never;
  };
  Store.prototype.write = spy;
  try {
    await manager.call('package', { params: { doorId } });
  } finally {
    Store.prototype.write = write;
  }
  expect(people).toHaveLength(2);
  await sync();
  for (const personId of people) {
    const { code, atLock } = await dailyOf(manager, personId);
    expect([atLock, lock.dailySlot(code!, today(cloud)) === undefined]).toEqual(['live', false]);
  }
});
