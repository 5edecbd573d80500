// What couriers are told of locks that are to leave, and what the cloud makes of proofs that come late, again, or of a lock
// that was lost.
import { expect, test } from 'vitest';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { labelAdvertisingKey, labelHashOf } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { decodeActivationRequest } from '#protocol/signed/activation.ts';
import { appOf } from './callers.ts';
import { invite } from './house.ts';
import { activate, doorSync, PaperLock } from './paper-lock.ts';
import { aSyncedDoor } from './synced-door.ts';

async function aDoor() {
  const { cloud, manager, house, doorId, lock, sync } = await aSyncedDoor('4B');
  await invite(manager, house);
  await sync();
  const courier = await cloud.clientOf(['courier']);
  const params = { doorId };
  const ask = (isLost = false) => manager.call('askDeactivation', { params, body: { isLost } });
  const listed = async () => (await courier.call('courierDoors')).items;
  const prove = (receipt: string) => courier.call('postReceipt', { params, body: { receipt } });
  return { cloud, manager, house, doorId, params, lock, courier, ask, listed, prove };
}

const labelKeyOf = ({ identity }: PaperLock): string =>
  encodeHex(labelAdvertisingKey(nodeEngine, labelHashOf(nodeEngine, identity.publicKey)));

test('couriers are told that a lock is to leave, and by which key they meet it afterwards', async () => {
  const { manager, courier, params, doorId, lock, ask, listed } = await aDoor();
  expect(await listed()).toMatchObject([{ doorId, leaving: null, sync: { state: 'up-to-date' } }]);
  const { askedAtS } = await ask();
  const leaving = { advertisingKey: labelKeyOf(lock) };
  const sync = {
    state: 'pending',
    reasons: ['deactivation-asked'],
    pendingSinceS: askedAtS,
    dueS: askedAtS,
  };
  expect(await listed()).toMatchObject([{ lockId: encodeHex(lock.lockId), leaving, sync }]);
  expect((await courier.call('startDelivery', { params })).leaving).toEqual(leaving);
  expect((await manager.call('door', { params })).sync).toMatchObject(sync);
});

test('whoever can reach the door is called at once, once, and the call is over with the proof', async () => {
  const { manager, params, ask, lock, prove } = await aDoor();
  const requests = async () =>
    (await manager.call('syncRequests', { params })).items.map(({ state }) => state);
  await ask();
  const { statement } = await ask();
  expect(await requests()).toEqual(['waiting']);
  await prove(lock.deactivate(statement));
  expect(await requests()).toEqual(['done']);
});

test('a resident’s phone shuts no door: it hears of no deactivation, and is not given one', async () => {
  const { cloud, params, doorId, ask, lock } = await aDoor();
  const app = await appOf(cloud, 'ada@example.com');
  const upToDate = { state: 'up-to-date', reasons: [], pendingSinceS: null, dueS: null };
  await ask();
  const { items } = await app.call('appDoors');
  expect(items.find((door) => door.doorId === doorId)).toMatchObject({
    syncNeeded: false,
    carry: { leaving: null, sync: upToDate },
  });
  const { leaving, cloudNonce } = await app.call('startDelivery', { params });
  expect(leaving).toBeNull();
  const body = { receipt: lock.receipt(cloudNonce) };
  expect((await app.call('postReceipt', { params, body })).sync).toMatchObject(upToDate);
  expect((await app.refused('deactivation', { params })).code).toBe('SCOPE_MISSING');
});

test('that a lock is to leave is no set to be brought: the report of those does not name its door', async () => {
  const { manager, doorId, ask } = await aDoor();
  await ask();
  const report = async (needed: string) =>
    (await manager.call('doorReport', { query: { needed } })).items.filter((row) => row.doorId === doorId);
  expect(await report('true')).toEqual([]);
  expect(await report('false')).toMatchObject([
    { syncNeeded: false, state: 'pending', reasons: ['deactivation-asked'] },
  ]);
});

test('the proof of a deactivation is answered like the first time when it comes again, whatever the door has by then', async () => {
  const { manager, doorId, lock, ask, prove } = await aDoor();
  const receipt = lock.deactivate((await ask()).statement);
  expect((await prove(receipt)).outcome).toBe('deactivated');
  expect(await prove(receipt)).toMatchObject({ outcome: 'deactivated', sync: { state: 'no-lock' } });
  const next = await activate(manager, doorId, new PaperLock());
  expect((await prove(receipt)).outcome).toBe('deactivated');
  await manager.call('askDeactivation', { params: { doorId }, body: { isLost: true } });
  await activate(manager, doorId, lock);
  await doorSync(manager, doorId, lock);
  expect(await prove(receipt)).toMatchObject({ outcome: 'deactivated', sync: { state: 'up-to-date' } });
  expect(next.lockId).not.toEqual(lock.lockId);
});

test('a lock that was lost is deactivated where it turns up, and no door is offered to couriers for it any more', async () => {
  const { ask, listed, lock, doorId, prove, manager, params } = await aDoor();
  const lost = await ask(true);
  expect(lost.state).toBe('ended');
  expect(await listed()).toMatchObject([
    {
      doorId,
      lockId: encodeHex(lock.lockId),
      leaving: { advertisingKey: labelKeyOf(lock) },
      sync: { state: 'no-lock', target: null },
    },
  ]);
  const receipt = lock.deactivate(lost.statement);
  expect(await prove(receipt)).toMatchObject({ outcome: 'deactivated', closedTasks: 0 });
  expect(await prove(receipt)).toMatchObject({ outcome: 'deactivated' });
  expect(await listed()).toEqual([]);
  expect((await manager.refused('deactivation', { params })).code).toBe('NOT_FOUND');
  const { items } = await manager.call('alarms', { query: {} });
  expect(items).toEqual([]);
});

test('a lock that was lost is no more the door’s business once it has another, or had one since', async () => {
  const { cloud, ask, listed, manager, doorId, prove } = await aDoor();
  await ask(true);
  cloud.clock.advanceS(60);
  const next = await activate(manager, doorId, new PaperLock());
  expect(await listed()).toMatchObject([{ lockId: encodeHex(next.lockId), leaving: null }]);
  await doorSync(manager, doorId, next);
  await prove(next.deactivate((await ask()).statement));
  expect(await listed()).toEqual([]);
});

test('a lock that was lost and serves another door is to leave none, also once it has left that one', async () => {
  const { ask, listed, manager, house, lock } = await aDoor();
  await ask(true);
  const pool = house.door('Pool');
  await activate(manager, pool, lock);
  await doorSync(manager, pool, lock);
  expect(await listed()).toMatchObject([{ doorId: pool, leaving: null }]);
  const params = { doorId: pool };
  const { statement } = await manager.call('askDeactivation', { params, body: {} });
  await manager.call('postReceipt', { params, body: { receipt: lock.deactivate(statement) } });
  expect(await listed()).toEqual([]);
});

test('the newest locks that a door lost are known, however far owners of others had brought those', async () => {
  const { cloud, manager, params, doorId, ask, prove, lock: first } = await aDoor();
  await ask(true);
  for (let i = 0; i < 16; i++) {
    cloud.clock.advanceS(1);
    const start = await manager.call('startActivation', { params, query: { above: '5000000' } });
    const far = new PaperLock();
    const body = { statement: far.state(start), label: far.label };
    await manager.call('finishActivation', { params: { activationId: start.id }, body });
    await ask(true);
  }
  cloud.clock.advanceS(1);
  await activate(manager, doorId, first);
  const { statement } = await ask(true);
  expect((await prove(first.deactivate(statement))).outcome).toBe('deactivated');
});

test('a forged proof of a lost lock is refused, and the lock is still to leave', async () => {
  const { ask, listed, courier, params, lock } = await aDoor();
  const { ownershipEpoch } = await ask(true);
  const forged = (by: PaperLock, epoch: number): string =>
    by.receipt('00'.repeat(16), {
      lockId: lock.lockId,
      triple: { ownershipEpoch: epoch, keyEpoch: 0, tableVersion: 0 },
      tableHash: null,
      tableState: 'none',
    });
  for (const receipt of [forged(new PaperLock(), ownershipEpoch), forged(lock, ownershipEpoch + 1)]) {
    const { code } = await courier.refused('postReceipt', { params, body: { receipt } });
    expect(code).toBe('DOOR_WITHOUT_LOCK');
  }
  expect(await listed()).toHaveLength(1);
});

test('lost locks are listed with the others in the order of names, page by page', async () => {
  const { manager, house, courier, ask } = await aDoor();
  for (const name of ['Entrance', 'Pool']) await activate(manager, house.door(name), new PaperLock());
  await ask(true);
  const seen: [string, boolean][] = [];
  let after: string | undefined;
  for (;;) {
    const page = await courier.call('courierDoors', {
      query: { limit: '1', ...(after === undefined ? {} : { after }) },
    });
    seen.push(...page.items.map(({ doorName, leaving }): [string, boolean] => [doorName, leaving !== null]));
    if (page.next === null) break;
    after = page.next;
  }
  expect(seen).toEqual([
    ['4B', true],
    ['Entrance', false],
    ['Pool', false],
  ]);
});

test('a lock that an earlier owner brought further is asked to sign an epoch above that, and no other lock’s rise by it', async () => {
  const { manager, house } = await aDoor();
  const params = { doorId: house.door('Pool') };
  const plain = await manager.call('startActivation', { params });
  const above = 5_000_000;
  const start = await manager.call('startActivation', { params, query: { above: String(above) } });
  const epoch = above + plain.ownershipEpoch + 1;
  expect(start.ownershipEpoch).toBe(epoch);
  expect(decodeActivationRequest(decodeHex(start.request)!).ownershipEpoch).toBe(epoch);
  const next = await manager.call('startActivation', { params, query: { above: '1' } });
  expect(next.ownershipEpoch).toBe(plain.ownershipEpoch + 2);
  const lock = new PaperLock();
  const statement = lock.state(start);
  const body = { statement, label: lock.label };
  const { answer } = await manager.call('finishActivation', { params: { activationId: start.id }, body });
  lock.accept(start, statement, answer);
  const asked = await manager.call('askDeactivation', { params, body: {} });
  expect(asked.ownershipEpoch).toBe(epoch + plain.ownershipEpoch + 3);
});

test('an epoch of a lock that none can be at is refused', async () => {
  const { manager, house } = await aDoor();
  const params = { doorId: house.door('Pool') };
  for (const above of ['-1', '1.5', 'many', '4294967295', '99999999999999999999', '']) {
    const { code } = await manager.refused('startActivation', { params, query: { above } });
    expect([above, code]).toEqual([above, 'INPUT_INVALID']);
  }
});
