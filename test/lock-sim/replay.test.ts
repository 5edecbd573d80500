// The rollback: a courier that kept every set and delta it ever carried plays all of them to the lock, in each state a
// lock can be in. None of it comes back, none of it costs a flash operation, and the newest set is taken after all.
import { describe, expect, it } from 'vitest';
import { getBit } from '#protocol/bitmap.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';
import type { HandCourier } from './hand-courier.ts';
import { keySet, reboot } from './owned-bench.ts';
import { adopt, greeted, lockWith, openedBy, SECOND, STATES, version } from './replay-states.ts';

/** Offers the set and sends all of it, whatever the lock says. */
function replay(courier: HandCourier, set: BuiltSet, offerId: number): void {
  courier.offer(set, { offerId });
  for (let index = 0; index < set.chunks.length; index++) courier.chunk(index);
}

describe.each(STATES)('a lock %s', (_, situation) => {
  it('takes back no set of before, whole or as a delta, before and after a boot', async () => {
    const { bench, replayed, refusal, inForce, newest, meet = greeted } = await situation();
    const before = { report: bench.lock.report(), floor: bench.secure.load().floor };
    for (const again of [false, true]) {
      if (again) reboot(bench);
      const operations = bench.lock.flashOperations;
      const courier = meet(bench);
      for (const [n, set] of replayed.entries()) {
        replay(courier, set, n + 1);
        bench.clock.advance(500);
        expect(courier.refusals, `offer ${n + 1}`).toEqual(Array(n + 1).fill(refusal));
      }
      expect(courier.receipts).toEqual([]);
      courier.leave();
      expect(bench.lock.flashOperations, 'nothing was written').toBe(operations);
      expect(bench.secure.load().floor).toEqual(before.floor);
      const { version: table, tableState, staging } = before.report;
      expect(bench.lock.report()).toMatchObject({ version: table, tableState });
      if (!again) expect(bench.lock.report().staging).toEqual(staging);
      for (const set of replayed) {
        const digits = openedBy(set);
        // Asked, not entered: so many guesses would end in a lockout.
        const decision = bench.lock.firmware!.access.explain({ kind: 'code', digits });
        expect(decision.outcome).toBe(
          inForce !== undefined && digits === openedBy(inForce) ? 'open' : 'refused',
        );
      }
      if (inForce !== undefined) expect(bench.lock.press(openedBy(inForce))?.outcome).toBe('open');
    }
    if (newest === undefined) return;
    const courier = meet(bench);
    expect(courier.deliver(newest)?.triple).toEqual(newest.triple);
    expect(bench.lock.report().tableState).toBe('active');
    const isResumed = courier.progress !== undefined && getBit(courier.progress.have, 0);
    expect(isResumed, 'what was staged is still there').toBe(before.report.staging !== undefined);
  });
});

describe('a key set that was left behind', () => {
  it('is never followed again, so that no set under it comes back either', async () => {
    const inForce = version(2);
    const bench = await lockWith(version(1), inForce);
    const third = aKeySet({ number: 3 });
    adopt(bench, SECOND);
    adopt(bench, third);
    for (const again of [false, true]) {
      if (again) reboot(bench);
      for (const old of [keySet, SECOND]) {
        const courier = greeted(bench);
        courier.say(MESSAGE.keySet, old.bytes);
        replay(courier, version(9, { by: old }), 1);
        expect(courier.refusals).toEqual(['KEY_SET_OUT_OF_ORDER', 'UNKNOWN_KEY']);
        courier.leave();
      }
      expect(bench.lock.press(openedBy(inForce))?.outcome).toBe('open');
    }
  });
});
