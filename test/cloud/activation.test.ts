// Binding a lock to a door: only the lock on the label, and only for what it was asked.
import { expect, onTestFinished, test } from 'vitest';
import { openDataFolder } from '#cloud/data-folder.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { activationReceiptNonce } from '#protocol/signed/activation.ts';
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse } from './house.ts';
import { activate, doorSync, PaperLock, statementHash } from './paper-lock.ts';

test('the lock on the label is bound and gets secrets that it alone can open', async () => {
  const { manager, clientOf } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(await clientOf(['activate']), doorId);
  expect(lock.secrets?.credentialKey).toHaveLength(32);
  expect((await manager.call('door', { params: { doorId } })).lockId).not.toBeNull();
});

test('an answer that was lost on the way is given again, the same bytes', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const lock = new PaperLock();
  const start = await manager.call('startActivation', { params: { doorId: house.door('4B') } });
  const wish = {
    params: { activationId: start.id },
    body: { statement: lock.state(start), label: lock.label },
  };
  const first = await manager.call('finishActivation', wish);
  expect(await manager.call('finishActivation', wish)).toEqual(first);
  const other = { ...wish, body: { ...wish.body, statement: lock.state(start, { firmware: 2 }) } };
  expect((await manager.refused('finishActivation', other)).code).toBe('ACTIVATION_ENDED');
});

test('a statement that is not that of the lock on the label, or answers another question, is refused', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const [lock, other] = [new PaperLock(), new PaperLock()];
  const start = await manager.call('startActivation', { params: { doorId: house.door('4B') } });
  const elsewhere = await manager.call('startActivation', { params: { doorId: house.door('Pool') } });
  const good = lock.state(start);
  const params = { activationId: start.id };
  const finish = async (statement: string, label = lock.label): Promise<string> =>
    (await manager.refused('finishActivation', { params, body: { statement, label } })).code;
  expect(await finish(good, other.label)).toBe('STATEMENT_MISMATCH');
  expect(await finish(other.state(start))).toBe('STATEMENT_MISMATCH');
  expect(await finish(lock.state(elsewhere))).toBe('STATEMENT_MISMATCH');
  expect(await finish(lock.state(start, { nonce: new Uint8Array(32) }))).toBe('STATEMENT_MISMATCH');
  expect(await finish(lock.state(start, { doorId: new Uint8Array(16) as never }))).toBe('STATEMENT_MISMATCH');
  expect(await finish(lock.state(start, { lockId: other.lockId }))).toBe('STATEMENT_MISMATCH');
  expect(await finish(lock.state(start, { ownershipEpoch: start.ownershipEpoch + 1 }))).toBe(
    'STATEMENT_MISMATCH',
  );
  expect(await finish(lock.state(start, { keySetHash: new Uint8Array(32) as never }))).toBe(
    'STATEMENT_MISMATCH',
  );
  expect(await finish(`${good.slice(0, -2)}${good.endsWith('00') ? '01' : '00'}`)).toBe('STATEMENT_MISMATCH');
  expect(await finish('00')).toBe('STATEMENT_MISMATCH');
  expect(await finish(good, 'DL1-NOT-A-LABEL')).toBe('LABEL_INVALID');
  expect((await manager.call('door', { params: { doorId: house.door('4B') } })).lockId).toBeNull();
  await manager.call('finishActivation', { params, body: { statement: good, label: lock.label } });
});

test('an activation ends after an hour', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const lock = new PaperLock();
  const start = await manager.call('startActivation', { params: { doorId: house.door('4B') } });
  clock.advanceS(3_600);
  const body = { statement: lock.state(start), label: lock.label };
  const problem = await manager.refused('finishActivation', { params: { activationId: start.id }, body });
  expect(problem).toMatchObject({ code: 'ACTIVATION_ENDED', status: 410 });
});

test('a door holds one lock and a lock one door', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  const start = await manager.call('startActivation', { params: { doorId: house.door('Pool') } });
  const body = { statement: lock.state(start), label: lock.label };
  const problem = await manager.refused('finishActivation', { params: { activationId: start.id }, body });
  expect(problem.code).toBe('LOCK_ELSEWHERE');
  expect((await manager.refused('startActivation', { params: { doorId } })).code).toBe('DOOR_HAS_LOCK');
});

test('a lock that never proved anything does not hold its door: its answer may have been lost', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lost = await activate(manager, doorId);
  await manager.call('startDelivery', { params: { doorId } });
  const again = await activate(manager, doorId, lost);
  expect(again.ownershipEpoch).toBeGreaterThan(1);
  const { result } = await doorSync(manager, doorId, again);
  expect(result.sync).toMatchObject({ state: 'up-to-date', target: { tableVersion: 1 } });
});

test('the receipt of the activation itself proves that the lock is bound, and closes nothing', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const start = await manager.call('startActivation', { params: { doorId } });
  const lock = new PaperLock();
  const statement = lock.state(start);
  const params = { activationId: start.id };
  await manager.call('finishActivation', { params, body: { statement, label: lock.label } });
  const nonce = encodeHex(activationReceiptNonce(statementHash(statement)));
  const post = { params: { doorId }, body: { receipt: lock.receipt(nonce) } };
  expect(await manager.call('postReceipt', post)).toMatchObject({ outcome: 'behind', closedTasks: 0 });
  expect((await manager.refused('startActivation', { params: { doorId } })).code).toBe('DOOR_HAS_LOCK');
  lock.apply(await manager.call('package', { params: { doorId } }));
  const applied = { ...post, body: { receipt: lock.receipt(nonce) } };
  expect((await manager.refused('postReceipt', applied)).code).toBe('RECEIPT_STALE_NONCE');
});

/** Asked and signed, with what finishing it takes. */
async function asked(client: Client, doorId: string, lock = new PaperLock()) {
  const start = await client.call('startActivation', { params: { doorId } });
  const statement = lock.state(start);
  return {
    start,
    lock,
    finish: { params: { activationId: start.id }, body: { statement, label: lock.label } },
    /** The receipt of the grant itself. */
    proof: () => lock.receipt(encodeHex(activationReceiptNonce(statementHash(statement)))),
  };
}

test('a lock whose receipt is on the way keeps its door against another lock, which is told when to try', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const [first, second] = [await asked(manager, doorId), await asked(manager, doorId)];
  await manager.call('finishActivation', first.finish);
  clock.advanceS(298);
  const problem = await manager.refused('finishActivation', second.finish);
  expect(problem).toMatchObject({ code: 'ACTIVATION_PENDING', status: 409, subject: doorId });
  expect(problem.next).toMatch(/after \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/);
  const receipt = first.proof();
  expect(await manager.call('postReceipt', { params: { doorId }, body: { receipt } })).toMatchObject({
    outcome: 'behind',
  });
  expect((await manager.refused('finishActivation', second.finish)).code).toBe('DOOR_HAS_LOCK');
});

test('a proof that comes after the door went to another lock is told as such, and its keys are kept', async () => {
  const cloud = await aCloud();
  const { manager, clock } = cloud;
  const doorId = (await aHouse(manager)).door('4B');
  const late = await asked(manager, doorId);
  const { answer } = await manager.call('finishActivation', late.finish);
  late.lock.accept(late.start, late.finish.body.statement, answer);
  clock.advanceS(300);
  const bound = await activate(manager, doorId);
  const post = (receipt: string) => manager.refused('postReceipt', { params: { doorId }, body: { receipt } });
  expect(await post(late.proof())).toMatchObject({ code: 'LOCK_RELEASED', status: 409 });
  expect((await post(new PaperLock().receipt('00'.repeat(16)))).code).toBe('RECEIPT_INVALID');
  // Its answer would only lock it out.
  expect((await manager.refused('finishActivation', late.finish)).code).toBe('ACTIVATION_ENDED');
  expect((await doorSync(manager, doorId, bound)).result.sync.state).toBe('up-to-date');
  await cloud.stop();
  const store = await openDataFolder(cloud.dataFolder, clock);
  onTestFinished(() => store.close());
  const kept = await store.read((trx) => trx.selectFrom('released_locks').selectAll().execute());
  expect(kept).toMatchObject([{ lock_id: encodeHex(late.lock.lockId), door_id: doorId }]);
  expect(kept[0]?.credential_key).toEqual(late.lock.secrets?.credentialKey);
});

test('a lock that was given a grant at the wrong door and took none is bound at the right one', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const [wrong, right] = [house.door('Pool'), house.door('4B')];
  const lock = await activate(manager, wrong);
  await activate(manager, right, lock);
  expect((await manager.call('door', { params: { doorId: wrong } })).lockId).toBeNull();
  expect((await doorSync(manager, right, lock)).result.sync.state).toBe('up-to-date');
  const start = await manager.call('startActivation', { params: { doorId: wrong } });
  const body = { statement: lock.state(start), label: lock.label };
  const problem = await manager.refused('finishActivation', { params: { activationId: start.id }, body });
  expect(problem.code).toBe('LOCK_ELSEWHERE');
});

test('a statement from before the lock was bound does not take its keys away', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const lock = new PaperLock();
  const elsewhere = await asked(manager, house.door('Pool'), lock);
  clock.advanceS(2);
  const doorId = house.door('4B');
  const here = await asked(manager, doorId, lock);
  await manager.call('finishActivation', here.finish);
  expect((await manager.refused('finishActivation', elsewhere.finish)).code).toBe('ACTIVATION_ENDED');
  const receipt = here.proof();
  expect(await manager.call('postReceipt', { params: { doorId }, body: { receipt } })).toMatchObject({
    outcome: 'behind',
  });
});

test('a lock bound without proof in another portfolio stays there', async () => {
  const { manager, strangerOf } = await aCloud();
  const stranger = await strangerOf('Other');
  const lock = await activate(stranger, (await aHouse(stranger)).door('4B'));
  const own = await asked(manager, (await aHouse(manager)).door('4B'), lock);
  expect((await manager.refused('finishActivation', own.finish)).code).toBe('LOCK_ELSEWHERE');
});
