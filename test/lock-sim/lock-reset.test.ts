// The button, held: it wipes all access, and gives a thief nothing.
import { describe, expect, it } from 'vitest';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { eventsOf } from './lock-bench.ts';
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

describe('a reset by hand', () => {
  it('wipes all access, keeps owner and floor, and is told in the log', async () => {
    const bench = await withTable();
    const { floor } = bench.secure.load();
    expect(bench.lock.reset()).toBe(true);
    expect(eventsOf(bench, 'reset')).toHaveLength(1);
    for (const again of [false, true]) {
      if (again) reboot(bench);
      expectWiped(bench, 1);
      expect(bench.secure.load()).toMatchObject({ floor, owner: { ownershipEpoch: 1 } });
    }
  });

  it('does nothing where there is nothing to wipe, however often the button is held', async () => {
    const bench = await withTable();
    bench.lock.reset();
    const before = bench.lock.flashOperations;
    for (let n = 0; n < 50; n++) expect(bench.lock.reset()).toBe(false);
    expect(bench.lock.flashOperations).toBe(before);
    bench.lock.cutPower();
    expect(bench.lock.reset()).toBe(false);
  });

  it('by a thief gives him nothing: the owner stays, whatever key set he brings', async () => {
    const bench = await withTable();
    bench.lock.reset();
    const theirs = [
      thief,
      aKeySet({ number: 2, seed: 'thief' }),
      // The owner's roots named beside his own, without their signatures.
      aKeySet({ number: 2, roots: ['root', 'mine'], threshold: 1, signedBy: ['mine'] }),
    ];
    for (const [n, keys] of theirs.entries()) {
      const courier = activate(bench, keys, 2 + n);
      expect(courier.refusals.at(-1)).toBe('UNKNOWN_KEY');
      expect(courier.bodies(MESSAGE.statement)).toEqual([]);
      courier.leave();
    }
    expectWiped(bench, 1);
    expect(activate(bench, keySet, 9).receipts).toMatchObject([{ triple: { ownershipEpoch: 9 } }]);
  });

  it('is followed by an activation of the same owner alone, under a higher epoch', async () => {
    const bench = await withTable();
    bench.lock.reset();
    const same = activate(bench, keySet, 1);
    expect(same.refusals).toEqual(['WRONG_OWNERSHIP']);
    same.leave();
    activate(bench, keySet, 2).leave();
    const courier = HandCourier.greeted(bench);
    courier.offer(one);
    expect(courier.refusals, 'the set of before').toEqual(['WRONG_OWNERSHIP']);
    expect(courier.deliver(aSignedSet({ lock: built, keySet, ownershipEpoch: 2 }), 2)?.tableState).toBe(
      'active',
    );
    expect(bench.lock.press(CODE)?.outcome).toBe('open');
  });

  it('leaves a lock that the cloud can still deactivate', async () => {
    const bench = await withTable();
    bench.lock.reset();
    expect(deactivate(bench, 2, byLabel(bench)).receipts).toMatchObject([{ triple: { ownershipEpoch: 2 } }]);
  });

  it('does not take the lock back to a key set that was rotated away', async () => {
    const bench = await withTable();
    const second = aKeySet({ number: 2, roots: ['new'], signedBy: ['root', 'new'] });
    const courier = HandCourier.greeted(bench);
    courier.say(MESSAGE.keySet, second.bytes);
    courier.leave();
    bench.lock.reset();
    const stolen = activate(bench, keySet, 2);
    expect(stolen.refusals).toEqual(['TOO_FEW_SIGNATURES', 'UNKNOWN_KEY']);
    stolen.leave();
    expect(activate(bench, second, 2).receipts).toMatchObject([
      { triple: { ownershipEpoch: 2, keyEpoch: 2 } },
    ]);
  });

  it('can be followed by the next key set and an activation under it, and no grant of the one before', async () => {
    const bench = await withTable();
    bench.lock.reset();
    const second = aKeySet({ number: 2 });
    expect(activate(bench, second, 2).receipts).toMatchObject([{ triple: { keyEpoch: 2 } }]);
    expect(eventsOf(bench, 'keySetAdopted')).toHaveLength(1);
  });
});
