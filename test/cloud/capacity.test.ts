// Room in a lock: a bound of its rows is kept, and only where that would be too much are the rows counted.
import { expect, test } from 'vitest';
import { countLiveRowsAt } from '#cloud/domain/access/live-access.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { withStore } from './callers.ts';
import { aCloud, type TestCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate, PaperLock } from './paper-lock.ts';

const HOUR_S = 3_600;

const rowsOf = (cloud: TestCloud, doorId: string): Promise<{ atMost: number; rows: number }> =>
  withStore(cloud, (store) =>
    store.read(async (trx) => {
      const { at_most: atMost } = await trx
        .selectFrom('row_bounds')
        .innerJoin('locks', 'locks.id', 'row_bounds.lock_id')
        .select('at_most')
        .where('door_id', '=', doorId)
        .executeTakeFirstOrThrow();
      const counted = await countLiveRowsAt(trx, [doorId], nowS(cloud.clock));
      return { atMost, rows: counted.get(doorId) ?? 0 };
    }),
  );

test('a full lock takes any number of changes that add no row, and no row more', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  await activate(manager, doorId, new PaperLock({ capacityRows: 2 }));
  const first = await invite(manager, house, { email: 'a@example.com' });
  await invite(manager, house, { email: 'b@example.com' });
  const params = { personId: first.id };
  for (let n = 1; n <= 4; n++) {
    await manager.call('editGrants', { params, body: { expiresAtS: nowS(cloud.clock) + n * HOUR_S } });
    expect(await rowsOf(cloud, doorId)).toEqual({ atMost: 2, rows: 2 });
  }
  const body = { email: 'c@example.com', firstName: 'C', lastName: 'C', keyIds: [house.key('Unit')] };
  const wish = { params: { propertyId: house.propertyId }, body };
  expect((await manager.refused('invitePerson', wish)).code).toBe('TABLE_FULL');
  // By its date, without anything being done.
  cloud.clock.advanceS(4 * HOUR_S + 1);
  await manager.call('invitePerson', wish);
  expect(await rowsOf(cloud, doorId)).toEqual({ atMost: 2, rows: 2 });
});

test('the kept bound of rows is never below what there is, whatever is given, changed and taken', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  await activate(manager, doorId, new PaperLock({ capacityRows: 100 }));
  const bounded = async (): Promise<void> => {
    const { atMost, rows } = await rowsOf(cloud, doorId);
    expect(atMost).toBeGreaterThanOrEqual(rows);
    expect(rows).toBeGreaterThan(0);
  };
  const people = [];
  for (const name of 'abcd') {
    people.push(await invite(manager, house, { email: `${name}@example.com` }));
    await bounded();
  }
  const [one, two, three] = people.map(({ id }) => id);
  await manager.call('activateKeycard', { params: { personId: one ?? '' }, body: { value: '04a1b2c3d4' } });
  await bounded();
  const later = { startsAtS: nowS(cloud.clock) + HOUR_S, expiresAtS: nowS(cloud.clock) + 9 * HOUR_S };
  await manager.call('editGrants', { params: { personId: two ?? '' }, body: later });
  await bounded();
  // Nothing was counted for it.
  const { atMost, rows } = await rowsOf(cloud, doorId);
  expect(atMost).toBeGreaterThan(rows);
  await manager.call('revokeAllKeys', { params: { personId: three ?? '' } });
  await bounded();
  const again = await manager.call('createKey', {
    params: { propertyId: house.propertyId },
    body: { name: 'Again', doors: [{ doorId, provideDoorcodes: true }] },
  });
  await manager.call('grantKey', { params: { personId: one ?? '' }, body: { keyId: again.id, ...later } });
  await bounded();
  expect(await rowsOf(cloud, doorId)).toMatchObject({ rows: 6 });
});
