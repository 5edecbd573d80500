// Packages: whole and as deltas, the same bytes for everybody, and tables made of the ones before that are what they
// would be if made from nothing.
import { expect, test } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { uniform } from '#protocol/ports/random.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import { parseManifest } from '#protocol/signed/manifest.ts';
import { decodeRow } from '#protocol/table/rows.ts';
import { Store } from '#cloud/db/store.ts';
import { withStore } from './callers.ts';
import type { Client, TestCloud } from './cloud-fixture.ts';
import { codesOf, invite } from './house.ts';
import { doorSync, type PaperLock } from './paper-lock.ts';
import { aSyncedDoor } from './synced-door.ts';

const tagOf = (response: Response): string | null => response.headers.get('etag');

const fetchSet = (client: Client, doorId: string, base?: string): Promise<Response> =>
  client.fetch('package', { params: { doorId }, ...(base === undefined ? {} : { query: { base } }) });

const kindOf = (lock: PaperLock, bytes: Uint8Array): string => {
  const length = (bytes[0]! << 8) | bytes[1]!;
  return parseManifest(bytes.slice(2, 2 + length), lock.lockId).manifest.kind;
};

test('from the table that the lock has a delta leads to the very table of the full set', async () => {
  const { manager, house, doorId, lock } = await aSyncedDoor('4B');
  const people = [];
  for (let i = 0; i < 20; i++) people.push(await invite(manager, house, { email: `p${i}@example.com` }));
  await doorSync(manager, doorId, lock);
  const base = encodeHex(lock.table!.tableHash);
  await manager.call('revokeAllKeys', { params: { personId: people[3]!.id } });
  await invite(manager, house, { email: 'new@example.com' });
  const delivery = await manager.call('startDelivery', { params: { doorId } });
  expect(delivery.delta?.base).toBe(base);
  const full = await fetchSet(manager, doorId);
  const delta = await fetchSet(manager, doorId, base);
  expect([tagOf(full), tagOf(delta)]).toEqual([delivery.packageTag, delivery.delta?.packageTag]);
  expect(tagOf(full)).not.toBe(tagOf(delta));
  const [fullBytes, deltaBytes] = [
    new Uint8Array(await full.arrayBuffer()),
    new Uint8Array(await delta.arrayBuffer()),
  ];
  expect(deltaBytes.length).toBeLessThan(fullBytes.length / 2);
  expect([kindOf(lock, fullBytes), kindOf(lock, deltaBytes)]).toEqual(['full', 'delta']);
  expect(encodeHex(lock.open(deltaBytes).tableHash)).toBe(delivery.tableHash);
  expect(encodeHex(lock.open(fullBytes).tableHash)).toBe(delivery.tableHash);
  lock.apply(deltaBytes);
  const receipt = lock.receipt(delivery.cloudNonce);
  const result = await manager.call('postReceipt', { params: { doorId }, body: { receipt } });
  expect(result).toMatchObject({ outcome: 'applied', sync: { state: 'up-to-date' } });
});

test('receipts of deltas are believed no more than those of full sets: forged, repeated, reordered, of another base', async () => {
  const { manager, house, doorId, lock } = await aSyncedDoor('4B');
  const stateOf = async () => (await manager.call('door', { params: { doorId } })).sync;
  const refusedWith = async (receipt: string) =>
    (await manager.refused('postReceipt', { params: { doorId }, body: { receipt } })).code;
  const post = async (receipt: string) =>
    (await manager.call('postReceipt', { params: { doorId }, body: { receipt } })).outcome;
  /** The next version by a delta, without its receipt. */
  const step = async (email: string) => {
    await invite(manager, house, { email });
    const delivery = await manager.call('startDelivery', { params: { doorId } });
    const base = encodeHex(lock.table!.tableHash);
    const bytes = new Uint8Array(await (await fetchSet(manager, doorId, base)).arrayBuffer());
    expect(kindOf(lock, bytes)).toBe('delta');
    lock.apply(bytes);
    return delivery.cloudNonce;
  };
  const old = lock.table!;
  const nonce = await step('first@example.com');
  const stranger = signerOf(nodeEngine, systemRandom.bytes(32));
  expect(await refusedWith(lock.receipt(nonce, {}, stranger))).toBe('RECEIPT_INVALID');
  expect(await refusedWith(lock.receipt('00'.repeat(16)))).toBe('RECEIPT_STALE_NONCE');
  // The new version with the hash of the base, as if the delta had not been merged; and the other way round.
  expect(await refusedWith(lock.receipt(nonce, { tableHash: old.tableHash }))).toBe('RECEIPT_OTHER_TABLE');
  expect(await refusedWith(lock.receipt(nonce, { triple: old.triple }))).toBe('RECEIPT_OTHER_TABLE');
  expect((await stateOf()).state).toBe('pending');
  const first = lock.receipt(nonce);
  const second = lock.receipt(await step('second@example.com'));
  expect(await post(second)).toBe('applied');
  const after = await stateOf();
  expect(after.state).toBe('up-to-date');
  expect(await post(first)).toBe('older');
  expect([await post(first), await post(second), await post(first)]).toEqual(Array(3).fill('repeated'));
  expect(await stateOf()).toEqual(after);
  // The next delta starts from what was proven last, and from nothing that was told before.
  await invite(manager, house, { email: 'third@example.com' });
  const { delta } = await manager.call('startDelivery', { params: { doorId } });
  expect(delta?.base).toBe(encodeHex(lock.table!.tableHash));
});

test('from a base that is not known, is the target itself, or is too far behind, the full set is served', async () => {
  const { manager, house, doorId, lock } = await aSyncedDoor('4B');
  const before = encodeHex(lock.table!.tableHash);
  for (let i = 0; i < 130; i++) await invite(manager, house, { email: `p${i}@example.com` });
  const full = tagOf(await fetchSet(manager, doorId));
  expect(tagOf(await fetchSet(manager, doorId, before))).toBe(full);
  expect(tagOf(await fetchSet(manager, doorId, 'ab'.repeat(32)))).toBe(full);
  await doorSync(manager, doorId, lock);
  expect(tagOf(await fetchSet(manager, doorId, encodeHex(lock.table!.tableHash)))).toBe(full);
  for (const base of ['', 'zz', 'ab'.repeat(31), 'AB'.repeat(32)]) {
    const problem = await manager.refused('package', { params: { doorId }, query: { base } });
    expect(problem.code).toBe('INPUT_INVALID');
  }
});

test('fifty who ask at once for a set that nobody has made yet get the same bytes', async () => {
  const { manager, house, doorId, lock } = await aSyncedDoor('4B');
  const base = encodeHex(lock.table!.tableHash);
  await invite(manager, house);
  const tags = await Promise.all(
    Array.from({ length: 50 }, async (_, i) =>
      tagOf(await fetchSet(manager, doorId, i % 2 === 0 ? undefined : base)),
    ),
  );
  expect(new Set(tags).size).toBe(2);
});

test('a table that a lock left behind keeps its hash alone, and a receipt for it is still known', async () => {
  const { cloud, manager, house, doorId, lock } = await aSyncedDoor('4B');
  const { cloudNonce } = await manager.call('startDelivery', { params: { doorId } });
  const late = lock.receipt(cloudNonce);
  for (const email of ['a@example.com', 'b@example.com']) {
    await invite(manager, house, { email });
    await doorSync(manager, doorId, lock);
  }
  await invite(manager, house, { email: 'c@example.com' });
  await manager.call('startDelivery', { params: { doorId } });
  const sizes = await withStore(cloud, (store) =>
    store.read((trx) => trx.selectFrom('lock_tables').select('head').orderBy('table_version').execute()),
  );
  expect(sizes.map(({ head }) => head.length > 0)).toEqual([false, false, true, true]);
  const result = await manager.call('postReceipt', { params: { doorId }, body: { receipt: late } });
  expect(result.outcome).toBe('older');
});

/** The rows of the newest table as they would be if it were made from nothing. */
async function fromNothing(cloud: TestCloud, doorId: string, lock: PaperLock): Promise<string[]> {
  await withStore(cloud, (store) =>
    store.write(async (trx) => {
      await trx
        .updateTable('lock_tables')
        .set({ head: new Uint8Array(0), rows: new Uint8Array(0) })
        .execute();
      await trx
        .updateTable('doors')
        .set((eb) => ({ target_version: eb('target_version', '+', 1) }))
        .execute();
    }),
  );
  return rowsIn(cloud, lock, await cloud.manager.call('package', { params: { doorId } }));
}

/** Those that are not over: one that ends between two versions goes with the second. */
const rowsIn = (cloud: TestCloud, lock: PaperLock, bytes: Uint8Array): string[] =>
  lock
    .open(bytes)
    .content.rows.filter((row) => decodeRow(row).endS > cloud.clock.nowMs() / 1000)
    .map(encodeHex);

test('whatever is given, changed and taken in any order, a table made of the one before is the whole one', async () => {
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  const { cloud, manager, house, doorId, lock } = await aSyncedDoor('4B');
  const people: string[] = [];
  const pick = <T>(items: readonly T[]): T => items[uniform(random, items.length)] as T;
  const nowS = (): number => Math.floor(cloud.clock.nowMs() / 1000);
  const steps: Record<string, () => Promise<unknown>> = {
    invite: async () => {
      const expiresAtS = uniform(random, 2) === 0 ? null : nowS() + 100 + uniform(random, 500);
      const person = await invite(manager, house, { email: `p${people.length}@example.com`, expiresAtS });
      people.push(person.id);
    },
    revoke: async () => {
      if (people.length > 0) await manager.call('revokeAllKeys', { params: { personId: pick(people) } });
    },
    give: async () => {
      if (people.length === 0) return;
      const body = { keyId: house.key('Unit') };
      await manager.fetch('grantKey', { params: { personId: pick(people) }, body });
    },
    card: async () => {
      if (people.length === 0) return;
      const body = { value: encodeHex(random.bytes(7)) };
      await manager.call('activateKeycard', { params: { personId: pick(people) }, body });
    },
    schedule: async () => {
      const schedule = pick([null, '08:00', '09:00']);
      const windows = [{ days: ['mon' as const], start: schedule ?? '', end: '17:59' }];
      await manager.call('putKeyDoor', {
        params: { keyId: house.key('Unit'), doorId },
        body: { schedule: schedule === null ? null : { windows } },
      });
    },
    time: async () => cloud.clock.advanceS(uniform(random, 300)),
    make: async () => manager.call('package', { params: { doorId } }),
    sync: async () => doorSync(manager, doorId, lock),
  };
  const done: string[] = [];
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 12; i++) {
      const name = pick(Object.keys(steps));
      done.push(name);
      await steps[name]?.();
    }
    const made = rowsIn(cloud, lock, await manager.call('package', { params: { doorId } }));
    expect(await fromNothing(cloud, doorId, lock), `seed ${seed}: ${done.join(' ')}`).toEqual(made);
    await doorSync(manager, doorId, lock);
  }
});

test('the code of somebody who joined long after stands in the newest table', async () => {
  const { manager, house, doorId, lock } = await aSyncedDoor('4B');
  for (let i = 0; i < 3; i++) {
    const { id } = await invite(manager, house, { email: `p${i}@example.com` });
    await doorSync(manager, doorId, lock);
    expect(lock.rowsOf((await codesOf(manager, id))['4B']!)).toHaveLength(1);
  }
});

/** Runs `meanwhile` when somebody has made a set at `doorId` and is about to keep it, once; then they go on. */
async function withMeanwhile<T>(meanwhile: () => Promise<unknown>, run: () => Promise<T>): Promise<T> {
  const { write } = Store.prototype;
  let isOver = false;
  Store.prototype.write = async function (this: Store, work) {
    if (!isOver && new Error().stack?.includes('packageFor') === true) {
      isOver = true;
      await meanwhile();
    }
    return write.call(this, work) as never;
  };
  try {
    return await run();
  } finally {
    Store.prototype.write = write;
    expect(isOver).toBe(true);
  }
}

test('of two makers of different tables of one version the first decides, for both', async () => {
  const { cloud, manager, house, doorId, lock } = await aSyncedDoor('4B');
  const expiresAtS = Math.floor(cloud.clock.nowMs() / 1000) + 60;
  await invite(manager, house, { expiresAtS });
  await invite(manager, house, { email: 'b@example.com' });
  const base = encodeHex(lock.table!.tableHash);
  // The slower one, who asks for a delta, saw a row that is over by the time that the other one looks.
  const meanwhile = async (): Promise<void> => {
    cloud.clock.advanceS(61);
    await fetchSet(manager, doorId);
  };
  const response = await withMeanwhile(meanwhile, () => fetchSet(manager, doorId, base));
  const delta = new Uint8Array(await response.arrayBuffer());
  const full = lock.open(new Uint8Array(await (await fetchSet(manager, doorId)).arrayBuffer()));
  expect(full.rows).toHaveLength(1);
  expect(encodeHex(lock.open(delta).tableHash)).toBe(encodeHex(full.tableHash));
  const made = await withStore(cloud, (store) =>
    store.read((trx) => trx.selectFrom('lock_tables').select('table_version').execute()),
  );
  expect(made.map((row) => row.table_version).sort()).toEqual([1, 3]);
});

test('a set that was made for a lock which has left the door meanwhile is neither kept nor served', async () => {
  const { cloud, manager, house, doorId } = await aSyncedDoor('4B');
  await invite(manager, house);
  const meanwhile = () => manager.call('askDeactivation', { params: { doorId }, body: { isLost: true } });
  const response = await withMeanwhile(meanwhile, () => fetchSet(manager, doorId));
  expect(((await response.json()) as { code: string }).code).toBe('DOOR_WITHOUT_LOCK');
  const kept = await withStore(cloud, (store) =>
    store.read(async (trx) => [
      ...(await trx.selectFrom('lock_tables').select('lock_id').execute()),
      ...(await trx.selectFrom('packages').select('lock_id').execute()),
    ]),
  );
  expect(kept).toEqual([]);
});
