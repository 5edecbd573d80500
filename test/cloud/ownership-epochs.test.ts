// Attacks by a courier that keeps what was signed for a lock, and brings it once the lock is bound anew.
import { expect, test } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { activationReceiptNonce } from '#protocol/signed/activation.ts';
import { aCloud } from './cloud-fixture.ts';
import { aHouse } from './house.ts';
import { activate, PaperLock, statementHash } from './paper-lock.ts';

async function twoDoors() {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const [here, there] = [house.door('4B'), house.door('Pool')];
  const begin = (doorId: string, above = 0) =>
    manager.call('startActivation', { params: { doorId }, query: { above: String(above) } });
  const finishOf = (start: Awaited<ReturnType<typeof begin>>, lock: PaperLock) => ({
    params: { activationId: start.id },
    body: { statement: lock.state(start), label: lock.label },
  });
  const lose = (doorId: string, isLost = true) =>
    manager.call('askDeactivation', { params: { doorId }, body: { isLost } });
  return { manager, clock, here, there, begin, finishOf, lose };
}

test('a deactivation that a courier kept finds no lock that was bound below it: an activation from before is over', async () => {
  const { manager, clock, here, there, begin, finishOf, lose } = await twoDoors();
  const lock = await activate(manager, here);
  const early = await begin(there);
  clock.advanceS(5);
  const kept = await lose(here);
  expect(early.ownershipEpoch).toBeLessThan(kept.ownershipEpoch);
  const { code } = await manager.refused('finishActivation', finishOf(early, lock));
  expect(code).toBe('ACTIVATION_ENDED');
  await activate(manager, there, lock);
  expect(lock.ownershipEpoch).toBeGreaterThan(kept.ownershipEpoch);
});

test('a deactivation of a lock that gave way unproven is not forgotten, nor is one that is asked for now', async () => {
  const { manager, clock, here, there, begin, finishOf, lose } = await twoDoors();
  const lock = await activate(manager, here);
  const early = await begin(there);
  const kept = await lose(here, false);
  const finish = finishOf(early, lock);
  expect((await manager.refused('finishActivation', finish)).code).toBe('ACTIVATION_ENDED');
  clock.advanceS(600);
  await activate(manager, here, new PaperLock());
  expect((await manager.refused('finishActivation', finish)).code).toBe('ACTIVATION_ENDED');
  await activate(manager, there, lock);
  expect(lock.ownershipEpoch).toBeGreaterThan(kept.ownershipEpoch);
});

test('an earlier grant that a courier kept proves no later binding, also of a lock that an earlier owner brought far', async () => {
  const { manager, clock, here, there, begin, finishOf, lose } = await twoDoors();
  const lock = new PaperLock();
  const first = await begin(here, 1_000);
  const { statement } = finishOf(first, lock).body;
  const { answer } = await manager.call('finishActivation', finishOf(first, lock));
  clock.advanceS(2);
  const second = await begin(there, 1_000);
  expect(second.ownershipEpoch).toBeGreaterThan(first.ownershipEpoch);
  await manager.call('finishActivation', finishOf(second, lock));
  // It takes the first one now.
  lock.ownershipEpoch = first.ownershipEpoch;
  lock.accept(first, statement, answer);
  const receipt = lock.receipt(encodeHex(activationReceiptNonce(statementHash(statement))));
  const { code } = await manager.refused('postReceipt', { params: { doorId: there }, body: { receipt } });
  expect(code).toBe('RECEIPT_STALE_NONCE');
  expect((await lose(there)).state).toBe('ended');
});

test('two activations that a courier asks the same epoch for bind a lock once', async () => {
  const { manager, clock, here, there, begin, finishOf } = await twoDoors();
  const lock = new PaperLock();
  const first = await begin(here, 1_000);
  const lower = await begin(there, first.ownershipEpoch - 1_000);
  const again = await begin(there, first.ownershipEpoch - lower.ownershipEpoch - 1);
  await manager.call('finishActivation', finishOf(first, lock));
  clock.advanceS(2);
  expect(again.ownershipEpoch).toBeLessThanOrEqual(first.ownershipEpoch);
  expect((await manager.refused('finishActivation', finishOf(again, lock))).code).toBe('ACTIVATION_ENDED');
});
