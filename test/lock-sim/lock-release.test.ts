// A release: only a threshold of the pinned root keys makes a lock forget its owner.
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { signRelease } from '#protocol/signed/release.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aDeactivation, aRelease } from '#test/builders/life.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCloud } from './hand-cloud.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';
import { activate, byLabel } from './owner-hand.ts';
import { built, CODE, expectWiped, thief } from './owned-bench.ts';

describe('a release by the root keys', () => {
  const owned = aKeySet({ roots: ['a', 'b', 'c'], threshold: 2 });
  const [a, b] = owned.roots as [typeof owned.table, typeof owned.table];
  const start = (): Promise<Bench> => aBench({ built, keySet: owned });
  const release = (bench: Bench, bytes: Uint8Array, courier = HandCourier.greeted(bench)): HandCourier => {
    courier.say(MESSAGE.release, bytes);
    return courier;
  };

  it('makes the lock forget its owner and all access, but not its epoch', async () => {
    const bench = await start();
    HandCourier.greeted(bench).deliver(aSignedSet({ lock: built, keySet: owned }));
    const courier = release(bench, aRelease(5, { lock: built, keySet: owned, roots: [a, b] }));
    expect(courier.receipts).toMatchObject([{ triple: { ownershipEpoch: 5 }, tableState: 'none' }]);
    courier.leave();
    expect(bench.secure.load()).toMatchObject({ owner: null, lockSecrets: null });
    expect(eventsOf(bench, 'released')).toHaveLength(1);
    expectWiped(bench, 1);
    const early = activate(bench, thief, 5);
    expect(early.refusals).toEqual(['WRONG_OWNERSHIP']);
    early.leave();
    expect(activate(bench, thief, 6).receipts, 'any owner may have it now').toHaveLength(1);
    expect(bench.lock.press(CODE)?.outcome).toBe('refused');
  });

  it('frees a deactivated and a reset lock as well', async () => {
    for (const end of [(bench: Bench) => void bench.lock.reset(), (bench: Bench) => deactivateBy(bench)]) {
      const bench = await start();
      end(bench);
      const courier = release(
        bench,
        aRelease(9, { lock: built, keySet: owned, roots: [a, b] }),
        byLabel(bench),
      );
      expect(courier.receipts).toHaveLength(1);
      expect(bench.secure.load().owner).toBeNull();
    }
  });
  const deactivateBy = (bench: Bench): void => {
    const courier = HandCourier.greeted(bench);
    courier.say(MESSAGE.deactivate, aDeactivation(2, { lock: built, keySet: owned }));
    courier.leave();
  };

  it('is repeated without effect where its receipt was lost, and played again under the next owner in vain', async () => {
    const bench = await start();
    const bytes = aRelease(5, { lock: built, keySet: owned, roots: [a, b] });
    release(bench, bytes).leave();
    const before = bench.lock.flashOperations;
    const again = release(bench, bytes, byLabel(bench));
    expect(again.receipts).toHaveLength(1);
    expect(bench.lock.flashOperations).toBe(before);
    again.leave();
    activate(bench, owned, 6).leave();
    expect(release(bench, bytes).refusals).toEqual(['WRONG_OWNERSHIP']);
  });

  it.each<[string, Uint8Array, string]>([
    ['by too few roots', aRelease(2, { lock: built, keySet: owned, roots: [a] }), 'TOO_FEW_SIGNATURES'],
    [
      'by one root twice',
      aRelease(2, { lock: built, keySet: owned, roots: [a, a, a] }),
      'TOO_FEW_SIGNATURES',
    ],
    ['by nobody', aRelease(2, { lock: built, keySet: owned, roots: [] }), 'TOO_FEW_SIGNATURES'],
    [
      'by the keys that are online',
      aRelease(2, { lock: built, keySet: owned, roots: [owned.table, owned.time, owned.firmware] }),
      'TOO_FEW_SIGNATURES',
    ],
    ["by a thief's roots", aRelease(2, { lock: built, keySet: thief }), 'TOO_FEW_SIGNATURES'],
    [
      'of another lock',
      aRelease(2, { lock: aLock({ name: 'back' }), keySet: owned, roots: [a, b] }),
      'WRONG_AUDIENCE',
    ],
    ['at the epoch of today', aRelease(1, { lock: built, keySet: owned, roots: [a, b] }), 'WRONG_OWNERSHIP'],
    [
      'that would use up the epochs',
      aRelease(0xffff_ffff, { lock: built, keySet: owned, roots: [a, b] }),
      'JUMP_TOO_FAR',
    ],
    ['that is a deactivation', aDeactivation(2, { lock: built, keySet: owned }), 'UNEXPECTED_TAG'],
  ])('%s is refused and the owner stays', async (_, bytes, code) => {
    const bench = await start();
    const before = bench.secure.load();
    expect(release(bench, bytes).refusals).toEqual([code]);
    expect(bench.secure.load()).toEqual(before);
  });

  it('leaves nothing in the log for the next owner, whose own activation is the first row', async () => {
    const bench = await start();
    release(bench, aRelease(5, { lock: built, keySet: owned, roots: [a, b] })).leave();
    activate(bench, thief, 6).leave();
    const cloud = new HandCloud(built, thief);
    const told = cloud.ask(HandCourier.greeted(bench), 1, 8).flatMap((bytes) => cloud.open(bytes).rows);
    expect(told.map(({ typeNumber }) => typeNumber)).toEqual([EVENT_TYPES.activated]);
  });

  it('counts the roots that are pinned, not those that were rotated away', async () => {
    const bench = await start();
    const second = aKeySet({ number: 2, roots: ['d', 'e'], threshold: 2, signedBy: ['a', 'b', 'd', 'e'] });
    const courier = HandCourier.greeted(bench);
    courier.say(MESSAGE.keySet, second.bytes);
    release(bench, aRelease(2, { lock: built, keySet: owned, roots: [a, b] }), courier);
    expect(courier.refusals).toEqual(['TOO_FEW_SIGNATURES']);
    const { lockId } = built;
    release(bench, signRelease(nodeEngine, { format: 1, lockId, ownershipEpoch: 2 }, second.roots), courier);
    expect(courier.receipts).toHaveLength(1);
  });
});
