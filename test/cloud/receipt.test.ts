// Receipts: what a lock proves, and what nobody else can.
import { expect, test } from 'vitest';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';
import { aSyncedDoor } from './synced-door.ts';

const stateOf = async (client: Client, doorId: string) =>
  (await client.call('door', { params: { doorId } })).sync;

test('a receipt that another key signed, was altered or is of another lock closes nothing', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const other = await activate(manager, house.door('Entrance'));
  const { cloudNonce } = await manager.call('startDelivery', { params: { doorId } });
  lock.apply(await manager.call('package', { params: { doorId } }));
  const forger = signerOf(nodeEngine, systemRandom.bytes(32));
  const good = lock.receipt(cloudNonce);
  const flipped = decodeHex(good)!;
  flipped[flipped.length - 70]! ^= 1;
  for (const receipt of [
    lock.receipt(cloudNonce, {}, forger),
    other.receipt(cloudNonce),
    encodeHex(flipped),
    good.slice(2),
    '00',
  ]) {
    const problem = await manager.refused('postReceipt', { params: { doorId }, body: { receipt } });
    expect(problem.code).toBe('RECEIPT_INVALID');
  }
  expect((await stateOf(manager, doorId)).state).toBe('pending');
  const result = await manager.call('postReceipt', { params: { doorId }, body: { receipt: good } });
  expect(result.outcome).toBe('applied');
});

test('a receipt must answer an open delivery to this very lock', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await activate(manager, house.door('Entrance'));
  const elsewhere = await manager.call('startDelivery', { params: { doorId: house.door('Entrance') } });
  const own = await manager.call('startDelivery', { params: { doorId } });
  lock.apply(await manager.call('package', { params: { doorId } }));
  const post = (nonce: string) =>
    manager.refused('postReceipt', { params: { doorId }, body: { receipt: lock.receipt(nonce) } });
  expect((await post('00'.repeat(16))).code).toBe('RECEIPT_STALE_NONCE');
  expect((await post(elsewhere.cloudNonce)).code).toBe('RECEIPT_STALE_NONCE');
  clock.advanceS(own.expiresAtS - Math.floor(clock.nowMs() / 1000) + 1);
  expect((await post(own.cloudNonce)).code).toBe('RECEIPT_STALE_NONCE');
});

test('a receipt of a table that was never made for the lock is an alarm and closes nothing', async () => {
  const alarms: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (event: string) => void alarms.push(event) };
  const { manager } = await aCloud({ log });
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const { cloudNonce } = await manager.call('startDelivery', { params: { doorId } });
  const table = lock.apply(await manager.call('package', { params: { doorId } }));
  const otherHash = Uint8Array.from(table.tableHash, (byte) => byte ^ 1) as typeof table.tableHash;
  for (const change of [
    { tableHash: otherHash },
    { triple: { ...table.triple, tableVersion: 9 } },
    { triple: { ...table.triple, ownershipEpoch: table.triple.ownershipEpoch + 1 } },
  ]) {
    const receipt = lock.receipt(cloudNonce, change);
    const problem = await manager.refused('postReceipt', { params: { doorId }, body: { receipt } });
    expect(problem.code).toBe('RECEIPT_OTHER_TABLE');
  }
  expect(alarms).toEqual(Array(3).fill('receipt.other-table'));
  expect((await stateOf(manager, doorId)).state).toBe('pending');
});

test('a repeated receipt is answered and changes nothing, an older one moves nothing back', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const first = await doorSync(manager, doorId, lock);
  const post = (receipt: string) => manager.call('postReceipt', { params: { doorId }, body: { receipt } });
  expect(await post(first.receipt)).toMatchObject({ outcome: 'repeated', closedTasks: 0 });
  const older = lock.receipt(first.delivery.cloudNonce);
  await invite(manager, house);
  lock.bootCount = 2;
  lock.logSequence = 0;
  await doorSync(manager, doorId, lock);
  expect(await post(older)).toMatchObject({
    outcome: 'older',
    closedTasks: 0,
    sync: { state: 'up-to-date' },
  });
  expect((await stateOf(manager, doorId)).applied?.triple.tableVersion).toBe(2);
});

test('a receipt of an earlier version closes the tasks up to it and leaves the later ones', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const { cloudNonce } = await manager.call('startDelivery', { params: { doorId } });
  lock.apply(await manager.call('package', { params: { doorId } }));
  await invite(manager, house);
  const receipt = lock.receipt(cloudNonce);
  const result = await manager.call('postReceipt', { params: { doorId }, body: { receipt } });
  expect(result).toMatchObject({ outcome: 'behind', closedTasks: 1 });
  expect(result.sync).toMatchObject({ state: 'pending', reasons: ['access-given'] });
});

test('a lock that lost its table is degraded, gets a task, and the next sync mends it', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  const { cloudNonce } = await manager.call('startDelivery', { params: { doorId } });
  lock.bootCount++;
  const none = { ownershipEpoch: lock.ownershipEpoch, keyEpoch: 1, tableVersion: 0 };
  const receipt = lock.receipt(cloudNonce, { tableState: 'degraded', tableHash: null, triple: none });
  const result = await manager.call('postReceipt', { params: { doorId }, body: { receipt } });
  expect(result).toMatchObject({ outcome: 'degraded', closedTasks: 0 });
  expect(result.sync).toMatchObject({ state: 'degraded', reasons: ['table-lost'] });
  expect((await doorSync(manager, doorId, lock)).result.sync.state).toBe('up-to-date');
});

test.each([
  ['degraded', 'degraded', []],
  ['none', 'behind', ['table-lost']],
] as const)(
  'a lock that names the wanted version with a table that is %s closes no task',
  async (tableState, outcome, more) => {
    const { manager } = await aCloud();
    const house = await aHouse(manager);
    const doorId = house.door('4B');
    const lock = await activate(manager, doorId);
    const { cloudNonce, target } = await manager.call('startDelivery', { params: { doorId } });
    const receipt = lock.receipt(cloudNonce, { tableState, tableHash: null, triple: target });
    const result = await manager.call('postReceipt', { params: { doorId }, body: { receipt } });
    expect(result).toMatchObject({ outcome, closedTasks: 0 });
    expect(result.sync.state).not.toBe('up-to-date');
    const { items } = await manager.call('listSyncTasks', { query: { doorId } });
    expect(items.map(({ reason }) => reason).sort()).toEqual(['lock-activated', ...more]);
  },
);

test('a lock that proves an earlier table after its tasks were closed has a task again', async () => {
  const { manager, house, doorId, lock } = await aSyncedDoor('4B');
  const first = lock.table!;
  await invite(manager, house);
  await doorSync(manager, doorId, lock);
  expect(await stateOf(manager, doorId)).toMatchObject({ state: 'up-to-date', reasons: [] });
  const { cloudNonce } = await manager.call('startDelivery', { params: { doorId } });
  lock.table = first;
  lock.bootCount++;
  const receipt = lock.receipt(cloudNonce);
  const result = await manager.call('postReceipt', { params: { doorId }, body: { receipt } });
  expect(result).toMatchObject({ outcome: 'behind', closedTasks: 0 });
  expect(result.sync).toMatchObject({ state: 'pending', reasons: ['table-lost'] });
});
