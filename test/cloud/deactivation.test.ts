// A lock leaves its door: by its own proof that it was deactivated, or at once where it is gone. The door keeps all its
// access for the lock that comes next.
import { expect, test } from 'vitest';
import { codesOf, invite } from './house.ts';
import { activate, doorSync, PaperLock } from './paper-lock.ts';
import { aSyncedDoor } from './synced-door.ts';

async function aDoor() {
  const synced = await aSyncedDoor('4B');
  const person = await invite(synced.manager, synced.house);
  await synced.sync();
  return { ...synced, params: { doorId: synced.doorId }, person };
}

test('the door is free once the lock has proven that it is deactivated, and keeps its people and their codes', async () => {
  const { manager, params, doorId, lock, person } = await aDoor();
  const code = (await codesOf(manager, person.id))['4B']!;
  const asked = await manager.call('askDeactivation', { params, body: {} });
  expect(asked).toMatchObject({ state: 'asked', doorId, keyEpoch: 1 });
  expect(await manager.call('askDeactivation', { params, body: {} })).toEqual(asked);
  expect(await manager.call('deactivation', { params })).toEqual(asked);
  expect((await manager.refused('startActivation', { params })).code).toBe('DOOR_HAS_LOCK');
  const receipt = lock.deactivate(asked.statement);
  const result = await manager.call('postReceipt', { params, body: { receipt } });
  expect(result).toMatchObject({ outcome: 'deactivated', sync: { state: 'no-lock' } });
  expect((await manager.call('door', { params })).lockId).toBeNull();
  expect((await manager.refused('deactivation', { params })).code).toBe('NOT_FOUND');
  const next = await activate(manager, doorId, new PaperLock());
  const tasks = await manager.call('listSyncTasks', { query: { doorId } });
  expect(tasks.items.map(({ reason }) => reason)).toEqual(['lock-activated']);
  await doorSync(manager, doorId, next);
  expect(next.rowsOf(code)).toHaveLength(1);
  expect((await codesOf(manager, person.id))['4B']).toBe(code);
});

test('the same lock can be activated again after its deactivation, at another door too', async () => {
  const { manager, params, house, lock } = await aDoor();
  const { statement } = await manager.call('askDeactivation', { params, body: {} });
  await manager.call('postReceipt', { params, body: { receipt: lock.deactivate(statement) } });
  const pool = house.door('Pool');
  await activate(manager, pool, lock);
  await doorSync(manager, pool, lock);
  expect((await manager.call('door', { params: { doorId: pool } })).sync.state).toBe('up-to-date');
});

test('a lock that is gone frees its door at once, and what it signs after that is refused and alarms', async () => {
  const { manager, params, doorId, lock } = await aDoor();
  const { cloudNonce } = await manager.call('startDelivery', { params });
  const late = lock.receipt(cloudNonce);
  const ended = await manager.call('askDeactivation', { params, body: { isLost: true } });
  expect(ended.state).toBe('ended');
  expect((await manager.refused('postReceipt', { params, body: { receipt: late } })).code).toBe(
    'LOCK_RELEASED',
  );
  const next = await activate(manager, doorId, new PaperLock());
  await doorSync(manager, doorId, next);
  expect(next.table!.rows).toHaveLength(1);
  const problem = await manager.refused('postReceipt', { params, body: { receipt: late } });
  expect(problem.code).toBe('LOCK_RELEASED');
});

test('the statement for a lock that is gone can be had again until the door has another lock', async () => {
  const { cloud, manager, params, doorId } = await aDoor();
  const asked = await manager.call('askDeactivation', { params, body: {} });
  cloud.clock.advanceS(60);
  const lost = { params, body: { isLost: true } };
  const ended = await manager.call('askDeactivation', lost);
  expect(ended).toEqual({ ...asked, state: 'ended' });
  expect(await manager.call('askDeactivation', lost)).toEqual(ended);
  expect(await manager.call('deactivation', { params })).toEqual(ended);
  expect((await manager.refused('askDeactivation', { params, body: {} })).code).toBe('DOOR_WITHOUT_LOCK');
  await activate(manager, doorId, new PaperLock());
  expect((await manager.refused('deactivation', { params })).code).toBe('NOT_FOUND');
});

test('a deactivation that nobody asked for, or another epoch than asked for, frees no door', async () => {
  const { manager, params, lock } = await aDoor();
  const forged = (ownershipEpoch: number): string =>
    lock.receipt('00'.repeat(16), {
      triple: { ownershipEpoch, keyEpoch: 0, tableVersion: 0 },
      tableHash: null,
      tableState: 'none',
    });
  const before = await manager.refused('postReceipt', {
    params,
    body: { receipt: forged(lock.ownershipEpoch + 1) },
  });
  expect(before.code).toBe('RECEIPT_STALE_NONCE');
  const { ownershipEpoch } = await manager.call('askDeactivation', { params, body: {} });
  const other = await manager.refused('postReceipt', {
    params,
    body: { receipt: forged(ownershipEpoch + 1) },
  });
  expect(other.code).toBe('RECEIPT_STALE_NONCE');
  const stranger = new PaperLock().receipt('00'.repeat(16), {
    triple: { ownershipEpoch, keyEpoch: 0, tableVersion: 0 },
  });
  expect((await manager.refused('postReceipt', { params, body: { receipt: stranger } })).code).toBe(
    'RECEIPT_INVALID',
  );
  expect((await manager.call('door', { params })).lockId).not.toBeNull();
});

test('the type of a door is free again without its lock', async () => {
  const { manager, params } = await aDoor();
  const body = { type: 'service' as const };
  expect((await manager.refused('editDoor', { params, body })).code).toBe('DOOR_TYPE_FIXED');
  await manager.call('askDeactivation', { params, body: { isLost: true } });
  expect((await manager.call('editDoor', { params, body })).type).toBe('service');
});

test('a door without a lock has none to take off, and a courier may not ask for it', async () => {
  const { cloud, manager, house, params } = await aDoor();
  const empty = { doorId: house.door('Pool') };
  const problem = await manager.refused('askDeactivation', { params: empty, body: {} });
  expect(problem.code).toBe('DOOR_WITHOUT_LOCK');
  const courier = await cloud.clientOf(['courier']);
  expect((await courier.refused('askDeactivation', { params, body: {} })).code).toBe('SCOPE_MISSING');
  expect((await courier.refused('deactivation', { params })).code).toBe('NOT_FOUND');
});
