// Daily doorcodes at a lock that goes by another zone than its property does now: the lock’s day counts.
import { expect, test } from 'vitest';
import { aCloud } from './cloud-fixture.ts';
import { aHouse } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const DAY_S = 86_400;
const HOUR_S = 3_600;
const TOKYO_S = 9 * HOUR_S;
/** Of a time of year at any time: it has no daylight saving. */
const HONOLULU_S = -10 * HOUR_S;

/** Dee has today’s code of the entrance, at this time of a wall clock in Tokyo, by which the lock goes. */
async function aDoorInTokyo(hour: number) {
  const cloud = await aCloud();
  const { clock } = cloud;
  const house = await aHouse(cloud.manager, { zone: 'Asia/Tokyo' });
  const nowS = (): number => Math.floor(clock.nowMs() / 1000);
  clock.advanceS(DAY_S + hour * HOUR_S - ((nowS() + TOKYO_S) % DAY_S));
  const manager = await cloud.clientOf(['manager']);
  const doorId = house.door('Entrance');
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  const params = { propertyId: house.propertyId };
  const person = await manager.call('invitePerson', {
    params,
    body: {
      email: 'dee@example.com',
      firstName: 'Dee',
      lastName: 'Aily',
      credential: 'daily-doorcode',
      keyIds: [house.key('Front')],
    },
  });
  const code = async () => (await manager.call('personCodes', { params: { personId: person.id } })).daily[0]!;
  const exposed = async () =>
    (await manager.call('propertyExposure', { params })).items.map(({ untilS }) => untilS);
  const setZone = (zone: string) => manager.call('editProperty', { params, body: { zone } });
  const dayIn = (offsetS: number): number => Math.floor((nowS() + offsetS) / DAY_S);
  const revoke = () => manager.call('revokeAllKeys', { params: { personId: person.id } });
  const sync = () => doorSync(manager, doorId, lock);
  return { manager, clock, doorId, lock, code, exposed, setZone, dayIn, revoke, sync };
}

test('a code is that of the lock’s own day where the zone has changed since its last sync', async () => {
  const { lock, code, setZone, dayIn, sync } = await aDoorInTokyo(10);
  const before = await code();
  await setZone('Pacific/Honolulu');
  expect(await code()).toEqual(before);
  expect(before.atLock).toBe('live');
  expect(before.untilS).toBe((dayIn(TOKYO_S) + 1) * DAY_S - TOKYO_S);
  expect(lock.dailySlot(before.code!, dayIn(TOKYO_S))).toBe(0);
  await sync();
  const after = await code();
  expect(after).toMatchObject({ atLock: 'live', untilS: (dayIn(HONOLULU_S) + 1) * DAY_S - HONOLULU_S });
  expect(after.code).not.toBe(before.code);
  expect(lock.dailySlot(after.code!, dayIn(HONOLULU_S))).toBe(0);
});

test('a code that was taken away is exposed until the lock’s own midnight where the zone has changed since', async () => {
  const { clock, lock, code, exposed, setZone, dayIn, revoke } = await aDoorInTokyo(10);
  const { code: old } = await code();
  const midnightS = (dayIn(TOKYO_S) + 1) * DAY_S - TOKYO_S;
  await setZone('Pacific/Honolulu');
  await revoke();
  for (let hour = 10; hour < 24; hour++) {
    expect([hour, await exposed()]).toEqual([hour, [midnightS]]);
    expect(lock.dailySlot(old!, dayIn(TOKYO_S))).toBe(0);
    clock.advanceS(HOUR_S);
  }
  expect(lock.dailySlot(old!, dayIn(TOKYO_S))).toBeUndefined();
  expect(await exposed()).toEqual([]);
});

test('a table with the new zone that may be at the lock counts as well, up to the later midnight', async () => {
  const { manager, clock, doorId, dayIn, exposed, setZone, revoke } = await aDoorInTokyo(10);
  const day = dayIn(TOKYO_S);
  await setZone('Pacific/Honolulu');
  await manager.call('package', { params: { doorId } });
  await revoke();
  // The code of Tokyo’s day comes again in Honolulu, a day later.
  const laterS = (day + 1) * DAY_S - HONOLULU_S;
  expect(await exposed()).toEqual([laterS]);
  clock.advanceS(laterS - Math.floor(clock.nowMs() / 1000) - 60);
  expect(await exposed()).toEqual([laterS]);
  clock.advanceS(60);
  expect(await exposed()).toEqual([]);
});
