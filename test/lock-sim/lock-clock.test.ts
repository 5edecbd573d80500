// The clock of a lock: held, drifting, lost, set to nonsense; and how rows that were written without it are dated.
import { describe, expect, it } from 'vitest';
import { dateRows } from '#protocol/log/row-dates.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { CLOCK_HOLD_MS } from '#lock-sim/clock/rtc.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';
import {
  answers,
  bounded,
  built,
  challenge,
  DAY_S,
  floorOf,
  keySet,
  longCut,
  lostBench,
  say,
  set,
  START_S,
  unbounded,
} from './time-hand.ts';

describe('the clock of a lock', () => {
  it('is set as the lock leaves the factory, and a change of batteries does not lose it', async () => {
    const bench = await aBench({ built, keySet });
    expect(bench.lock.time()).toEqual({ nowS: START_S, trust: 'trusted', uncertaintyS: 0 });
    longCut(bench, CLOCK_HOLD_MS);
    expect(bench.lock.time()).toMatchObject({ nowS: START_S + 300, trust: 'trusted' });
    expect(eventsOf(bench, 'clockLost')).toEqual([]);
  });

  it('is lost in a longer cut: what is bound to a time is refused, what is not opens', async () => {
    const bench = await lostBench();
    expect(bench.lock.time()?.trust).toBe('lost');
    expect(bench.lock.press(bounded)?.reason).toBe('CLOCK_UNTRUSTED');
    expect(bench.lock.press(unbounded)?.outcome).toBe('open');
    const courier = HandCourier.greeted(bench);
    courier.offer(set);
    expect(courier.receipts).toMatchObject([{ clockTrust: 'lost', clockUncertaintyS: 0xffff_ffff }]);
  });

  it('is set by signed time, and the receipt says how far it is to be trusted', async () => {
    const bench = await lostBench();
    const courier = HandCourier.greeted(bench);
    const nonce = challenge(courier);
    bench.clock.advance(2_500);
    say(courier, nonce, START_S + DAY_S);
    expect(answers(courier)).toEqual([{ trust: 'trusted', lockTimeS: START_S + DAY_S, uncertaintyS: 4 }]);
    courier.offer(set);
    expect(courier.receipts).toMatchObject([
      { clockTrust: 'trusted', clockUncertaintyS: 4, lockTimeS: START_S + DAY_S },
    ]);
    expect(bench.lock.press(bounded)?.outcome).toBe('open');
    expect(eventsOf(bench, 'clockSet')).toMatchObject([{ timeS: START_S + DAY_S }]);
    longCut(bench, 1_000);
    expect(bench.lock.time()).toMatchObject({ trust: 'trusted', nowS: START_S + DAY_S + 1 });
  });

  it('drifts after 35 days without signed time, and opens all the same', async () => {
    const bench = await aBench({ built, keySet });
    HandCourier.greeted(bench).deliver(set);
    bench.clock.advance(29 * DAY_S * 1000);
    expect(bench.lock.press(bounded)?.outcome).toBe('open');
    bench.clock.advance(6 * DAY_S * 1000);
    expect(bench.lock.time()).toMatchObject({ trust: 'drifting', uncertaintyS: 61 });
    expect(bench.lock.press(unbounded)?.outcome).toBe('open');
    const courier = HandCourier.greeted(bench);
    say(courier, challenge(courier), START_S + 35 * DAY_S + 7);
    expect(bench.lock.time()).toMatchObject({ trust: 'trusted', nowS: START_S + 35 * DAY_S + 7 });
  });

  it('that gains 100 ppm is wrong by that much until it is set', async () => {
    const bench = await aBench({ built, keySet });
    bench.lock.clockPart.drift(100);
    bench.clock.advance(10 * DAY_S * 1000);
    expect(bench.lock.time()?.nowS).toBe(START_S + 10 * DAY_S + 86);
    const courier = HandCourier.greeted(bench);
    say(courier, challenge(courier), START_S + 10 * DAY_S);
    expect(bench.lock.time()?.nowS).toBe(START_S + 10 * DAY_S);
  });

  it.each([
    ['the year 1970', 0],
    ['a year ago', START_S - 365 * DAY_S],
    ['ten years ahead', START_S + 3_650 * DAY_S],
    ['beyond all numbers', 2 ** 33],
  ])('set to nonsense by a hand, %s, is mistrusted and never opens what is bound', async (_, utcS) => {
    const bench = await aBench({ built, keySet });
    HandCourier.greeted(bench).deliver(set);
    bench.lock.clockPart.forge(utcS * 1000);
    expect(bench.lock.time()?.trust).toBe('lost');
    expect(bench.lock.time()?.nowS).toBeGreaterThanOrEqual(floorOf(bench));
    expect(bench.lock.press(bounded)?.reason).toBe('CLOCK_UNTRUSTED');
    expect(bench.lock.press(unbounded)?.outcome).toBe('open');
  });

  it('that was seen to jump is not believed again for a cut of the power, but for signed time', async () => {
    const bench = await aBench({ built, keySet });
    HandCourier.greeted(bench).deliver(set);
    bench.lock.clockPart.forge((START_S + 5 * DAY_S) * 1000);
    expect(bench.lock.press(bounded)?.reason).toBe('CLOCK_UNTRUSTED');
    for (const boots of [2, 3]) {
      longCut(bench, 1_000);
      expect(bench.lock.time()?.trust).toBe('lost');
      expect(bench.lock.press(bounded)?.reason).toBe('CLOCK_UNTRUSTED');
      expect(eventsOf(bench, 'clockLost')).toHaveLength(boots);
    }
    const courier = HandCourier.greeted(bench);
    say(courier, challenge(courier), START_S + 10);
    expect(bench.lock.time()).toMatchObject({ trust: 'trusted', nowS: START_S + 10 });
    longCut(bench, 1_000);
    expect(bench.lock.time()?.trust).toBe('trusted');
    expect(bench.lock.press(bounded)?.outcome).toBe('open');
  });

  it('that was seen to jump is as lost after a cut at any moment behind the row that tells of it', async () => {
    let toldCuts = 0;
    for (let index = 0; ; index++) {
      const bench = await aBench({ built, keySet });
      HandCourier.greeted(bench).deliver(set);
      bench.lock.clockPart.forge((START_S + 5 * DAY_S) * 1000);
      bench.lock.planCut(index, { kind: 'after' });
      bench.lock.press(bounded);
      if (bench.lock.isPowered) {
        expect(toldCuts).toBeGreaterThan(0);
        return;
      }
      bench.lock.restorePower();
      bench.clock.advance(1);
      const isTold = eventsOf(bench, 'clockLost').some(({ bootCount }) => bootCount === 1);
      if (isTold) toldCuts++;
      if (isTold) expect(bench.lock.time()?.trust).toBe('lost');
    }
  });

  it('turned back while the power was off is caught by the floor', async () => {
    const bench = await aBench({ built, keySet });
    HandCourier.greeted(bench).deliver(set);
    bench.lock.cutPower();
    bench.lock.clockPart.forge((START_S - DAY_S) * 1000);
    bench.lock.restorePower();
    expect(bench.lock.time()).toMatchObject({ trust: 'lost' });
    expect(bench.lock.press(bounded)?.reason).toBe('CLOCK_UNTRUSTED');
  });
});

describe('rows that were written without a clock', () => {
  const dated = (bench: Bench) =>
    dateRows(bench.events().map((row) => ({ ...row, typeNumber: EVENT_TYPES[row.type] })));

  it('keep number and boot, and are dated to the second once the clock is set in that boot', async () => {
    const bench = await lostBench();
    const bootedAtS = Math.floor(bench.clock.nowMs() / 1000);
    bench.clock.advance(1_000_000);
    bench.lock.press(unbounded);
    bench.clock.advance(500_000);
    const courier = HandCourier.greeted(bench);
    say(courier, challenge(courier), bootedAtS + 1_500);
    const rows = dated(bench);
    const opened = rows.find(({ type }) => type === 'opened')!;
    expect(opened).toMatchObject({ bootCount: 2, clockTrust: 'lost' });
    expect(opened.date).toEqual({ by: 'setting', atS: bootedAtS + 1_000, uncertaintyS: 1 });
    expect(rows.find(({ type, bootCount }) => type === 'booted' && bootCount === 2)?.date).toEqual({
      by: 'setting',
      atS: bootedAtS,
      uncertaintyS: 1,
    });
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, at) => at + 1));
  });

  it('of a boot that ended without a clock lie between their neighbours', async () => {
    const bench = await lostBench();
    bench.lock.press(unbounded);
    longCut(bench);
    const courier = HandCourier.greeted(bench);
    say(courier, challenge(courier), START_S + 10_000);
    const opened = dated(bench).find(({ type }) => type === 'opened')!;
    expect(opened.date).toEqual({ by: 'neighbours', notBeforeS: START_S, notAfterS: START_S + 10_000 });
  });
});
