// Key Schedules, holidays and what a lock does on its own: what a manager says of a Key at a door, of a property's
// holidays and of a door stands in the head that the lock opens, for every holder.
import { expect, test } from 'vitest';
import type { Client } from './cloud-fixture.ts';
import { invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';
import { aSyncedDoor } from './synced-door.ts';

const OFFICE = { windows: [{ days: ['mon', 'fri'] as const, start: '08:00', end: '17:59' }] };
const NIGHT = { windows: [{ days: ['sat', 'holidays'] as const, start: '22:00', end: '05:59' }] };

const put = (client: Client, keyId: string, doorId: string, schedule: object | null) =>
  client.call('putKeyDoor', { params: { keyId, doorId }, body: { schedule: schedule as never } });

const isPending = async (client: Client, doorId: string): Promise<boolean> =>
  (await client.call('door', { params: { doorId } })).sync.state === 'pending';

test('a schedule reaches every holder’s row, and equal ones of several Keys are one in the head', async () => {
  const { manager, house, doorId, lock, sync } = await aSyncedDoor();
  await invite(manager, house, { keys: ['Unit'] });
  await invite(manager, house, { email: 'ben@example.com', keys: ['Front'] });
  await sync();
  expect(lock.table!.rows.map(({ schedule }) => schedule)).toEqual([0, 0]);
  const key = await put(manager, house.key('Unit'), doorId, OFFICE);
  expect(key.doors.find((door) => door.doorId === doorId)?.schedule).toEqual(OFFICE);
  await put(manager, house.key('Front'), doorId, OFFICE);
  expect(await isPending(manager, doorId)).toBe(true);
  await sync();
  expect(lock.table!.head.schedules).toEqual([[{ days: 0b0001_0001, startMinute: 480, endMinute: 1_079 }]]);
  expect(lock.table!.rows.map(({ schedule }) => schedule)).toEqual([1, 1]);
  await put(manager, house.key('Front'), doorId, OFFICE);
  expect(await isPending(manager, doorId)).toBe(false);
  await put(manager, house.key('Front'), doorId, NIGHT);
  await sync();
  expect(lock.table!.head.schedules[1]).toEqual([{ days: 0b1010_0000, startMinute: 1_320, endMinute: 359 }]);
  expect(lock.table!.rows.map(({ schedule }) => schedule).sort()).toEqual([1, 2]);
  await put(manager, house.key('Unit'), doorId, null);
  await sync();
  expect(lock.table!.head.schedules).toHaveLength(1);
  expect(lock.table!.rows.map(({ schedule }) => schedule).sort()).toEqual([0, 1]);
});

test('one person with two Keys has a row for each schedule at the door', async () => {
  const { manager, house, doorId, lock, sync } = await aSyncedDoor();
  await put(manager, house.key('Unit'), doorId, OFFICE);
  await invite(manager, house, { keys: ['Unit', 'Front'] });
  await sync();
  expect(lock.table!.rows.map(({ schedule }) => schedule).sort()).toEqual([0, 1]);
});

test('a fifth window and a sixty-fifth schedule are refused with their limit and the door’s name', async () => {
  const { manager, house, doorId } = await aSyncedDoor();
  const params = { keyId: house.key('Unit'), doorId };
  const windows = Array.from({ length: 5 }, (_, i) => ({
    days: ['mon'],
    start: `0${i}:00`,
    end: `0${i}:30`,
  }));
  const five = await manager.refused('putKeyDoor', { params, body: { schedule: { windows } } });
  expect(five.code).toBe('HEAD_LIMIT');
  expect(five.detail).toMatch(/Entrance.*4 windows/);
  for (let i = 0; i < 64; i++) {
    const minute = String(i % 60).padStart(2, '0');
    const start = `${i < 60 ? '08' : '09'}:${minute}`;
    const schedule = { windows: [{ days: ['mon' as const], start, end: '17:59' }] };
    await manager.call('createKey', {
      params: { propertyId: house.propertyId },
      body: { name: `Key ${i}`, doors: [{ doorId, schedule }] },
    });
  }
  const problem = await manager.refused('putKeyDoor', { params, body: { schedule: NIGHT } });
  expect(problem).toMatchObject({ code: 'HEAD_LIMIT', subject: doorId });
  expect(problem.detail).toMatch(/Entrance.*65.*64/);
});

test('what is no schedule is refused', async () => {
  const { manager, house, doorId } = await aSyncedDoor();
  const params = { keyId: house.key('Unit'), doorId };
  const window = { days: ['mon'], start: '08:00', end: '17:59' };
  for (const schedule of [
    {},
    { windows: [] },
    { windows: [{ ...window, start: '24:00' }] },
    { windows: [{ ...window, end: '8:00' }] },
    { windows: [{ ...window, days: [] }] },
    { windows: [{ ...window, days: ['monday'] }] },
    { windows: [{ ...window, more: 1 }] },
    'always',
  ]) {
    expect((await manager.refused('putKeyDoor', { params, body: { schedule } })).code).toBe('INPUT_INVALID');
  }
});

test('holidays reach the head of every door, once, and those that are over are left out', async () => {
  const { manager, house, doorId, lock, sync, cloud } = await aSyncedDoor();
  const pool = await activate(manager, house.door('Pool'));
  await doorSync(manager, house.door('Pool'), pool);
  const params = { propertyId: house.propertyId };
  const year = new Date(cloud.clock.nowMs()).getUTCFullYear() + 1;
  const items = [
    { date: `${year}-12-25`, name: 'Christmas' },
    { date: `${year}-01-01`, name: 'New Year' },
    { date: '2020-01-01', name: 'Long ago' },
  ];
  const kept = await manager.call('setHolidays', { params, body: { items } });
  expect(kept.items.map(({ date }) => date)).toEqual([`${year}-01-01`, `${year}-12-25`]);
  expect([await isPending(manager, doorId), await isPending(manager, house.door('Pool'))]).toEqual([
    true,
    true,
  ]);
  await sync();
  const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
  expect(lock.table!.head.holidays).toEqual([dayOf(`${year}-01-01`), dayOf(`${year}-12-25`)]);
  await manager.call('setHolidays', { params, body: { items } });
  expect(await isPending(manager, doorId)).toBe(false);
  expect((await manager.call('listHolidays', { params })).items).toHaveLength(2);
});

test('a day that no calendar has, and more holidays than a lock takes, are refused', async () => {
  const { manager, house, cloud } = await aSyncedDoor();
  const params = { propertyId: house.propertyId };
  const wrong = { items: [{ date: '2031-02-30', name: 'Never' }] };
  expect((await manager.refused('setHolidays', { params, body: wrong })).code).toBe('INPUT_INVALID');
  const firstMs = cloud.clock.nowMs() + 10 * 86_400_000;
  const items = Array.from({ length: 65 }, (_, i) => ({
    date: new Date(firstMs + i * 86_400_000).toISOString().slice(0, 10),
    name: 'Holiday',
  }));
  const problem = await manager.refused('setHolidays', { params, body: { items } });
  expect(problem.code).toBe('HEAD_LIMIT');
  expect(problem.detail).toMatch(/65.*64/);
  await manager.call('setHolidays', { params, body: { items: items.slice(1) } });
});

test('lockout, unlock time and hold-open of a door stand in its head after a sync', async () => {
  const { manager, doorId, lock, sync } = await aSyncedDoor();
  const params = { doorId };
  const holdOpen = {
    schedule: { windows: [...OFFICE.windows] } as never,
    firstUnlock: true,
    exceptHolidays: true,
  };
  const body = { lockoutProfile: 'schlage' as const, unlockSeconds: 30, holdOpen };
  expect(await manager.call('editDoor', { params, body })).toMatchObject(body);
  await sync();
  expect(lock.table!.head.policies).toEqual({
    lockoutProfile: 3,
    unlockSeconds: 30,
    holdOpen: { schedule: 1, needsFirstUnlock: true, exceptHolidays: true },
  });
  await manager.call('editDoor', { params, body });
  expect(await isPending(manager, doorId)).toBe(false);
  await manager.call('editDoor', { params, body: { holdOpen: null } });
  await sync();
  expect(lock.table!.head).toMatchObject({ schedules: [], policies: { holdOpen: null, unlockSeconds: 30 } });
  for (const unlockSeconds of [0, 61, 1.5]) {
    expect((await manager.refused('editDoor', { params, body: { unlockSeconds } })).code).toBe(
      'INPUT_INVALID',
    );
  }
});

test('another time zone reaches every lock of the property', async () => {
  const { manager, house, doorId, lock, sync } = await aSyncedDoor();
  const params = { propertyId: house.propertyId };
  const before = lock.table!.head.zone;
  await manager.call('editProperty', { params, body: { zone: 'Asia/Tokyo' } });
  expect(await isPending(manager, doorId)).toBe(true);
  await sync();
  expect(lock.table!.head.zone).toEqual({ offsetS: 32_400, transitions: [] });
  expect(before.transitions.length).toBeGreaterThan(9);
  const unknown = await manager.refused('editProperty', { params, body: { zone: 'Mars/Olympus' } });
  expect(unknown.code).toBe('INPUT_INVALID');
});
