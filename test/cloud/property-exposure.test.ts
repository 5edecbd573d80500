// The exposure list of a property, held against a naive model: what stands in every table that a lock may have, less what
// is granted now.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDataFolder } from '#cloud/data-folder.ts';
import { eachRow } from '#protocol/table/chunks.ts';
import { decodeRow, NO_END } from '#protocol/table/rows.ts';
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse, invite, type House } from './house.ts';
import { activate, doorSync, type PaperLock } from './paper-lock.ts';

const DAY_S = 86_400;

async function aSyncedHouse() {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const locks = new Map<string, PaperLock>();
  for (const name of ['4B', 'Entrance']) locks.set(name, await activate(manager, house.door(name)));
  const sync = async (...names: string[]) => {
    for (const name of names) await doorSync(manager, house.door(name), locks.get(name)!);
  };
  await sync('4B', 'Entrance');
  return { cloud, manager, house, locks, sync };
}

const exposed = async (client: Client, house: House, query: Record<string, string> = {}) =>
  (await client.call('propertyExposure', { params: { propertyId: house.propertyId }, query })).items;

test('who can still open what is listed with since when, by what and until when, deleted people by name', async () => {
  const { cloud, manager, house, sync } = await aSyncedHouse();
  const end = Math.floor(cloud.clock.nowMs() / 1000) + 9 * DAY_S;
  const ada = await invite(manager, house, { expiresAtS: end });
  const bob = await invite(manager, house, { email: 'bob@example.com', keys: ['Front'] });
  await sync('4B', 'Entrance');
  expect(await exposed(manager, house)).toEqual([]);
  cloud.clock.advanceS(100);
  const revokedS = Math.floor(cloud.clock.nowMs() / 1000);
  await manager.call('deletePerson', { params: { personId: ada.id } });
  await manager.call('revokeAllKeys', { params: { personId: bob.id } });
  const items = await exposed(manager, house);
  expect(
    items.map(({ doorName, personId, deleted, by, untilS }) => [doorName, personId, deleted, by, untilS]),
  ).toEqual([
    ['4B', ada.id, true, ['doorcode'], end],
    ...[
      ['Entrance', ada.id, true, ['doorcode'], end],
      ['Entrance', bob.id, false, ['doorcode'], null],
    ].sort((a, b) => ((a[1] as string) < (b[1] as string) ? -1 : 1)),
  ]);
  for (const item of items) {
    expect(item.personName).toBe('Ada Example');
    expect(item.sinceS! - revokedS).toBeLessThan(60);
    expect(item.sinceS).toBeGreaterThanOrEqual(revokedS);
  }
  expect(await exposed(manager, house, { doorId: house.door('4B') })).toHaveLength(1);
  cloud.clock.advanceS(2 * DAY_S);
  await cloud.sweep();
  expect(await exposed(await cloud.clientOf(['manager']), house)).toEqual(items);
  await sync('4B');
  expect((await exposed(manager, house)).map(({ doorName }) => doorName)).toEqual(['Entrance', 'Entrance']);
  await sync('Entrance');
  expect(await exposed(manager, house)).toEqual([]);
});

test('pages of it hold everybody once', async () => {
  const { manager, house, sync } = await aSyncedHouse();
  const people: { id: string }[] = [];
  for (let n = 0; n < 7; n++) people.push(await invite(manager, house, { email: `p${n}@example.com` }));
  await sync('4B', 'Entrance');
  for (const { id } of people) await manager.call('revokeAllKeys', { params: { personId: id } });
  const seen: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const query: Record<string, string> = { limit: '3', ...(after === '' ? {} : { after }) };
    const page = await manager.call('propertyExposure', { params: { propertyId: house.propertyId }, query });
    seen.push(...page.items.map(({ doorName, personId }) => `${doorName} ${personId}`));
    after = page.next;
  }
  const wanted = ['4B', 'Entrance'].flatMap((door) => people.map(({ id }) => `${door} ${id}`));
  expect(seen.toSorted()).toEqual(wanted.sort());
  expect(new Set(seen).size).toBe(seen.length);
});

test('hours that a Key no longer gives are exposed until the lock knows', async () => {
  const { manager, house, sync } = await aSyncedHouse();
  await invite(manager, house, { keys: ['Front'] });
  await sync('Entrance');
  const params = { keyId: house.key('Front'), doorId: house.door('Entrance') };
  const schedule = { windows: [{ days: ['mon' as const], start: '09:00', end: '17:00' }] };
  await manager.call('putKeyDoor', { params, body: { provideDoorcodes: true, schedule } });
  expect((await exposed(manager, house)).map(({ doorName, by }) => [doorName, by])).toEqual([
    ['Entrance', ['doorcode']],
  ]);
  await sync('Entrance');
  expect(await exposed(manager, house)).toEqual([]);
});

type Deed =
  | {
      readonly do: 'invite' | 'revoke' | 'revokeOne' | 'regrant' | 'shorten' | 'delete';
      readonly who: number;
    }
  | { readonly do: 'sync' | 'carry' | 'lateReceipt'; readonly door: number }
  | { readonly do: 'wait' };

const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constantFrom('invite', 'revoke', 'revokeOne', 'regrant', 'shorten', 'delete'),
      who: fc.nat(2),
    }),
    fc.record({ do: fc.constantFrom('sync', 'carry', 'lateReceipt'), door: fc.nat(1) }),
    fc.constant({ do: 'wait' as const }),
  ),
  { minLength: 4, maxLength: 14 },
);

test('any sequence of giving, taking, carrying and proving leaves exactly what a naive look at all tables finds', async () => {
  const { cloud, manager, house, locks } = await aSyncedHouse();
  let round = 0;
  await fc.assert(
    fc.asyncProperty(deeds, async (sequence) => {
      round++;
      const people: (string | undefined)[] = [];
      const waiting = new Map<string, string>();
      for (const deed of sequence)
        await perform(deed, { cloud, manager, house, locks, people, waiting, round });
      const [found, wanted] = [await exposed(manager, house, { limit: '200' }), await naive(cloud)];
      expect(
        found.map(({ doorName, personId, untilS }) => `${doorName} ${personId} ${untilS}`).sort(),
      ).toEqual(wanted);
    }),
    { numRuns: 12 },
  );
});

interface World {
  readonly cloud: TestCloud;
  readonly manager: Client;
  readonly house: House;
  readonly locks: Map<string, PaperLock>;
  readonly people: (string | undefined)[];
  /** Receipts of doors that are still on their way. */
  readonly waiting: Map<string, string>;
  readonly round: number;
}

async function perform(
  deed: Deed,
  { cloud, manager, house, locks, people, waiting, round }: World,
): Promise<void> {
  if (deed.do === 'wait') {
    cloud.clock.advanceS(3_600);
    return;
  }
  if ('door' in deed) {
    const name = ['4B', 'Entrance'][deed.door]!;
    const [doorId, lock] = [house.door(name), locks.get(name)!];
    if (deed.do === 'lateReceipt') {
      const receipt = waiting.get(name);
      if (receipt !== undefined) await manager.call('postReceipt', { params: { doorId }, body: { receipt } });
      return;
    }
    const { cloudNonce } = await manager.call('startDelivery', { params: { doorId } });
    lock.apply(await manager.call('package', { params: { doorId } }));
    const receipt = lock.receipt(cloudNonce);
    if (deed.do === 'sync') await manager.call('postReceipt', { params: { doorId }, body: { receipt } });
    waiting.set(name, receipt);
    return;
  }
  const personId = people[deed.who];
  const endS = Math.floor(cloud.clock.nowMs() / 1000) + 30 * DAY_S;
  if (deed.do === 'invite') {
    const keys = [['Unit'], ['Front'], ['Unit', 'Front']][deed.who]!;
    const email = `r${round}w${deed.who}@example.com`;
    if (personId === undefined)
      people[deed.who] = (await invite(manager, house, { email, keys, expiresAtS: endS })).id;
    return;
  }
  if (personId === undefined) return;
  const params = { personId };
  const { grants } = await manager.call('person', { params });
  const live = grants.filter(({ state }) => state === 'current');
  switch (deed.do) {
    case 'revoke':
      await manager.call('revokeAllKeys', { params });
      return;
    case 'revokeOne':
      if (live[0] !== undefined) await manager.call('revokeGrant', { params: { grantId: live[0].id } });
      return;
    case 'regrant':
      if (live.length === 0)
        await manager.call('grantKey', { params, body: { keyId: house.key('Unit'), expiresAtS: endS } });
      return;
    case 'shorten':
      if (live[0] !== undefined)
        await manager.call('editGrant', {
          params: { grantId: live[0].id },
          body: { expiresAtS: live[0].expiresAtS! - DAY_S },
        });
      return;
    case 'delete':
      await manager.call('deletePerson', { params });
      people[deed.who] = undefined;
  }
}

/** Every row of every table that a lock may have, against every grant, one by one. */
async function naive(cloud: TestCloud): Promise<string[]> {
  const nowS = Math.floor(cloud.clock.nowMs() / 1000);
  const store = await openDataFolder(cloud.dataFolder, cloud.clock);
  try {
    const all = await store.read(async (trx) => ({
      tables: await trx.selectFrom('lock_tables').selectAll().execute(),
      states: await trx.selectFrom('lock_states').selectAll().execute(),
      locks: await trx
        .selectFrom('locks')
        .innerJoin('doors', 'doors.id', 'locks.door_id')
        .select(['locks.id', 'doors.id as door_id', 'doors.name'])
        .execute(),
      holders: await trx.selectFrom('credential_holders').selectAll().execute(),
      current: await trx.selectFrom('credentials').select('number').execute(),
      grants: await trx
        .selectFrom('grants')
        .innerJoin('key_doors', 'key_doors.key_id', 'grants.key_id')
        .selectAll('grants')
        .select('key_doors.door_id')
        .execute(),
    }));
    const ends = new Map<string, number>();
    for (const lock of all.locks) {
      const proven = all.states.find(({ lock_id }) => lock_id === lock.id)?.table_version ?? 0;
      for (const table of all.tables.filter(
        (some) => some.lock_id === lock.id && some.table_version >= proven,
      )) {
        for (const row of [...eachRow(table.rows)].map(decodeRow)) {
          const personId = all.holders.find(({ number }) => number === row.credentialId)!.person_id;
          const isOwn = all.current.some(({ number }) => number === row.credentialId);
          const isGranted = all.grants.some(
            (grant) =>
              grant.person_id === personId &&
              grant.door_id === lock.door_id &&
              grant.revoked_at_s === null &&
              grant.starts_at_s <= Math.max(nowS, row.startS) &&
              (grant.expires_at_s ?? NO_END) >= row.endS &&
              (grant.expires_at_s ?? NO_END) > nowS,
          );
          if (row.endS <= nowS || (isOwn && isGranted)) continue;
          const key = `${lock.name} ${personId}`;
          ends.set(key, Math.max(ends.get(key) ?? 0, row.endS));
        }
      }
    }
    return [...ends].map(([key, endS]) => `${key} ${endS === NO_END ? 'null' : endS}`).sort();
  } finally {
    await store.close();
  }
}
