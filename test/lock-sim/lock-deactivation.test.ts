// The end of an ownership by the table key, and the lock that takes another's place. Attacks go by their names.
import { describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { signDeactivation } from '#protocol/signed/deactivation.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aDeactivation, aRelease } from '#test/builders/life.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf } from './lock-bench.ts';
import { activate, byLabel } from './owner-hand.ts';
import {
  built,
  CODE,
  deactivate,
  expectWiped,
  keySet,
  one,
  reboot,
  thief,
  withTable,
} from './owned-bench.ts';

describe('a deactivation', () => {
  it('wipes all access at once and for good, raises the epoch, keeps the owner, and is answered by a receipt', async () => {
    const bench = await withTable();
    const courier = deactivate(bench, 2);
    expect(courier.receipts).toMatchObject([
      { triple: { ownershipEpoch: 2, keyEpoch: 0, tableVersion: 0 }, tableState: 'none', tableHash: null },
    ]);
    expect(eventsOf(bench, 'deactivated')).toHaveLength(1);
    courier.leave();
    for (const again of [false, true]) {
      if (again) reboot(bench);
      expectWiped(bench, 1);
      expect(bench.secure.load().owner).not.toBeNull();
    }
    expect(HandCourier.greeted(bench).refusals, 'met by its label from now on').toEqual(['WRONG_MAC']);
  });

  it('is repeated without effect where its receipt was lost', async () => {
    const bench = await withTable();
    deactivate(bench, 2).leave();
    const before = bench.lock.flashOperations;
    expect(deactivate(bench, 2, byLabel(bench)).receipts).toMatchObject([{ triple: { ownershipEpoch: 2 } }]);
    expect(bench.lock.flashOperations).toBe(before);
  });

  it('is replayed after the next activation in vain', async () => {
    const bench = await withTable();
    deactivate(bench, 2).leave();
    activate(bench, keySet, 3).leave();
    const two = aSignedSet({ lock: built, keySet, ownershipEpoch: 3 });
    expect(HandCourier.greeted(bench).deliver(two)?.tableState).toBe('active');
    for (const epoch of [1, 2, 3]) expect(deactivate(bench, epoch).refusals).toEqual(['WRONG_OWNERSHIP']);
    expect(bench.lock.press(CODE)?.outcome).toBe('open');
  });

  it('in the middle of a set that is being received drops it, and late frames do nothing', async () => {
    const bench = await withTable();
    const courier = HandCourier.greeted(bench);
    courier.offer(aSignedSet({ lock: built, keySet, tableVersion: 2, rows: 140 }));
    courier.chunk(0);
    bench.clock.advance(500);
    deactivate(bench, 2, courier);
    courier.chunk(1);
    courier.chunk(2);
    bench.clock.advance(2_000);
    expect(courier.receipts).toHaveLength(1);
    courier.leave();
    expectWiped(bench, 1);
  });

  it.each<[string, Uint8Array, string]>([
    [
      'by the time key',
      signDeactivation(nodeEngine, keySet.time, built.lockId, { format: 1, ownershipEpoch: 2 }),
      'UNKNOWN_KEY',
    ],
    ["by another cloud's table key", aDeactivation(2, { lock: built, keySet: thief }), 'UNKNOWN_KEY'],
    ['of another lock', aDeactivation(2, { lock: aLock({ name: 'back' }), keySet }), 'WRONG_AUDIENCE'],
    ['at the epoch of today', aDeactivation(1, { lock: built, keySet }), 'WRONG_OWNERSHIP'],
    ['that would use up the epochs', aDeactivation(0xffff_ffff, { lock: built, keySet }), 'JUMP_TOO_FAR'],
    ['that is a release', aRelease(2, { lock: built, keySet }), 'UNEXPECTED_TAG'],
    ['that is a manifest', one.manifestBytes, 'WRONG_ROLE'],
  ])('%s is refused and nothing is written', async (_, bytes, code) => {
    const bench = await withTable();
    const before = bench.lock.flashOperations;
    const courier = HandCourier.greeted(bench);
    courier.say(MESSAGE.deactivate, bytes);
    expect(courier.refusals).toEqual([code]);
    expect(bench.lock.flashOperations).toBe(before);
    expect(bench.lock.press(CODE)?.outcome).toBe('open');
  });

  it('can not be driven on through the epochs by a stolen table key', async () => {
    const bench = await withTable();
    deactivate(bench, 1 + 16_777_215).leave();
    const courier = byLabel(bench);
    for (const epoch of [16_777_217, 20_000_000, 33_554_431]) deactivate(bench, epoch, courier);
    expect(courier.refusals).toEqual(['NOT_ACTIVATED', 'NOT_ACTIVATED', 'NOT_ACTIVATED']);
    courier.leave();
    expect(activate(bench, keySet, 20_000_000).receipts).toHaveLength(1);
  });

  it('of a lock without an owner is refused', async () => {
    const bench = await aBench({ activated: false, built });
    expect(deactivate(bench, 2, byLabel(bench)).refusals).toEqual(['NOT_ACTIVATED']);
  });
});

describe('a replacement', () => {
  it('opens by nothing of the lock that was there before, and the one that was taken away by nothing at all', async () => {
    const before = await withTable();
    const next = aLock({ name: 'replacement' });
    const sameDoor = { ...next, doorId: built.doorId };
    const bench = await aBench({ built: sameDoor, keySet, activated: false });
    deactivate(before, 2).leave();
    activate(bench, keySet, 3).leave();
    const courier = HandCourier.greeted(bench);
    courier.offer(one);
    expect(courier.refusals).toEqual(['WRONG_AUDIENCE']);
    expect(bench.lock.press(CODE)?.outcome).toBe('refused');
    const set = aSignedSet({ lock: sameDoor, keySet, ownershipEpoch: 3 });
    expect(courier.deliver(set, 2)?.tableState).toBe('active');
    expect(bench.lock.press(set.codes[0]!)?.outcome).toBe('open');
    expectWiped(before, 1);
  });
});

describe('an activation', () => {
  it.each([
    [19, ['BATTERY_LOW']],
    [20, []],
  ])('at %d %% of battery: %j', async (percent, refusals) => {
    const bench = await aBench({ activated: false, built });
    bench.lock.hands.setBattery(percent);
    const courier = activate(bench, keySet, 1);
    expect(courier.refusals).toEqual(refusals);
    expect(courier.receipts).toHaveLength(refusals.length === 0 ? 1 : 0);
  });
});
