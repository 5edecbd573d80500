// Key sets that follow one another at a lock, and what only a rotation can mend.
import { describe, expect, it } from 'vitest';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf } from './lock-bench.ts';
import { built, CODE, keySet, one, reboot, withTable } from './owned-bench.ts';

describe('key sets', () => {
  it('are followed over many steps, each with other roots, and the table in force stays', async () => {
    const bench = await withTable();
    let sets = [keySet];
    const roots = (n: number): string[] => (n === 1 ? ['root'] : [`r${n}`, `s${n}`]);
    for (let number = 2; number <= 18; number++) {
      const signedBy = [...roots(number - 1), ...roots(number)];
      sets = [...sets, aKeySet({ number, roots: roots(number), signedBy })];
    }
    const courier = HandCourier.greeted(bench);
    for (const { bytes } of sets.slice(1)) courier.say(MESSAGE.keySet, bytes);
    expect(courier.refusals, 'the seventeenth on one connection').toEqual(['TOO_MANY_KEY_SETS']);
    courier.leave();
    reboot(bench);
    const next = HandCourier.greeted(bench);
    expect(next.helloAnswer).toMatchObject({ keySetNumber: 17, triple: one.triple, tableState: 'active' });
    expect(bench.lock.press(CODE)?.outcome).toBe('open');
    next.say(MESSAGE.keySet, sets[16]!.bytes);
    expect(next.refusals, 'none goes back').toEqual(['KEY_SET_OUT_OF_ORDER']);
    next.say(MESSAGE.keySet, sets[17]!.bytes);
    expect(next.deliver(aSignedSet({ lock: built, keySet: sets[17]!, tableVersion: 1 }), 2)?.triple).toEqual({
      ownershipEpoch: 1,
      keyEpoch: 18,
      tableVersion: 1,
    });
    expect(eventsOf(bench, 'keySetAdopted')).toHaveLength(17);
  });

  it('end what was begun under the one before: its set is not committed once the next was adopted', async () => {
    const bench = await withTable();
    const courier = HandCourier.greeted(bench);
    const begun = aSignedSet({ lock: built, keySet, tableVersion: 5, rows: 300 });
    courier.offer(begun);
    courier.chunk(0);
    bench.clock.advance(500);
    const second = aKeySet({ number: 2 });
    courier.say(MESSAGE.keySet, second.bytes);
    for (let index = 1; index < begun.chunks.length; index++) {
      courier.chunk(index);
      bench.clock.advance(500);
    }
    expect(bench.lock.report().version).toBe('1.1.1');
    const next = aSignedSet({ lock: built, keySet: second, tableVersion: 1, rows: 2 });
    expect(courier.deliver(next, 2)?.triple).toEqual(next.triple);
  });

  it('mend a version that a stolen table key pushed near its end, in steps that the lock can count', async () => {
    const contents = (await withTable()).secure.load();
    const nearEnd = { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 0xffff_ffff - 10 };
    const bench = await aBench({
      built,
      keySet,
      contents: { ...contents, floor: { triple: nearEnd, tableHash: one.manifest.tableHash } },
    });
    const courier = HandCourier.greeted(bench);
    courier.offer(aSignedSet({ lock: built, keySet, tableVersion: 2 }));
    expect(courier.refusals).toEqual(['STALE']);
    const last = aSignedSet({ lock: built, keySet, tableVersion: 0xffff_ffff });
    expect(courier.deliver(last, 2)?.triple).toEqual(last.triple);
    const second = aKeySet({ number: 2 });
    courier.say(MESSAGE.keySet, second.bytes);
    const mended = aSignedSet({ lock: built, keySet: second, tableVersion: 1, rows: 2 });
    expect(courier.deliver(mended, 3)?.triple).toEqual(mended.triple);
    expect(bench.lock.press(mended.codes[0]!)?.outcome).toBe('open');
    courier.offer(last, { offerId: 4 });
    expect(courier.refusals.slice(1)).toEqual(['UNKNOWN_KEY']);
  });
});
