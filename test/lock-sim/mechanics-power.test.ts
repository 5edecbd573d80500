// Mechanics on a low and on an empty battery, a door held open by schedule, and rows that can't be kept.
import { describe, expect, it } from 'vitest';
import { nowS } from '#protocol/ports/clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { MechanicsEvent } from '#lock-sim/mechanics/actuator.ts';
import type { HoldOpenRule } from '#lock-sim/mechanics/hold-open.ts';
import { PROFILES } from '#lock-sim/mechanics/profile.ts';
import { aMechanicsBench, RIGHT_CODE, type BenchParts, type MechanicsBench } from './mechanics-bench.ts';

const HOUR_MS = 3_600_000;
const BATTERY_POWERED = PROFILES.filter((profile) => profile !== 'reader');

describe('a low battery', () => {
  it('is told once, spins twice, and opens as ever', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.mechanics.setBattery(14);
    bench.mechanics.setBattery(15);
    bench.mechanics.setBattery(13);
    bench.reboot();
    bench.clock.advance(48 * HOUR_MS);
    expect(bench.rows).toEqual([{ type: 'batteryLow', percent: 14 }]);
    bench.enter('1111');
    bench.enter(RIGHT_CODE);
    expect(bench.leds).toEqual([
      { pattern: 'blink', times: 1 },
      { pattern: 'spin', times: 2 },
    ]);
    bench.clock.advance(1_000);
    expect(bench.mechanics.state().bolt).toBe('unlocked');
  });

  it('is told again after it was well', () => {
    const bench = aMechanicsBench('mortise');
    for (const percent of [14, 20, 14]) bench.mechanics.setBattery(percent);
    expect(bench.told()).toEqual(['batteryLow', 'batteryLow']);
  });

  it('comes by use alone', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.mechanics.setBattery(16);
    let openings = 0;
    while (!bench.told().includes('batteryLow')) {
      bench.enter(RIGHT_CODE);
      bench.clock.advance(1_000);
      bench.mechanics.lockCommand();
      bench.clock.advance(1_000);
      openings++;
    }
    // One percent is 25 mAh, an opening and closing 0.32 mAh.
    expect(openings).toBeGreaterThan(70);
    expect(openings).toBeLessThan(90);
  });

  it('is seen within an hour where nobody uses the lock', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.battery.set(10);
    expect(bench.mechanics.state().battery.percent).toBe(100);
    bench.clock.advance(HOUR_MS - 1_000);
    expect(bench.mechanics.state().battery).toMatchObject({ percent: 100, ageS: 3_599 });
    bench.clock.advance(1_000);
    expect(bench.mechanics.state().battery).toEqual({ percent: 9, ageS: 0, level: 'low' });
  });
});

describe('an empty battery', () => {
  it.each(BATTERY_POWERED)('leaves the keypad of a %s dark and moves nothing, and says so', (profile) => {
    const bench = aMechanicsBench(profile);
    bench.mechanics.setBattery(0);
    const before = bench.mechanics.state();
    bench.enter(RIGHT_CODE);
    expect(bench.mechanics.canActuate()).toBe(false);
    expect(bench.mechanics.grant()).toBe(false);
    expect(bench.mechanics.lockCommand()).toBe(false);
    bench.clock.advance(HOUR_MS / 2);
    expect(bench.mechanics.state()).toMatchObject({ bolt: before.bolt, keypad: 'asleep', isMoving: false });
    expect(bench.entries).toEqual([]);
    expect(bench.leds).toEqual([]);
    expect(bench.rows).toEqual([{ type: 'batteryEmpty', percent: 0 }]);
  });

  it('leaves the key and the inside as they were', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.mechanics.setBattery(0);
    bench.mechanics.turnKey();
    expect(bench.mechanics.state().bolt).toBe('unlocked');
    bench.mechanics.turnThumbturn('inside');
    expect(bench.mechanics.state().bolt).toBe('locked');
    bench.mechanics.exit();
    expect(bench.mechanics.state().bolt).toBe('unlocked');
  });

  it.each(['thumbturn-deadbolt', 'mortise'] as const)(
    'secures what a grant released at a %s before',
    (profile) => {
      const bench = aMechanicsBench(profile);
      bench.mechanics.grant();
      bench.mechanics.setBattery(0);
      bench.clock.advance(10_000);
      expect(bench.mechanics.state().opensFromOutside).toBe(false);
    },
  );

  it('that runs out in a move still ends the move', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.mechanics.grant();
    bench.mechanics.setBattery(0);
    bench.clock.advance(1_000);
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'unlocked', isMoving: false });
  });

  it('is over with other cells', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.mechanics.setBattery(0);
    bench.mechanics.setBattery(100);
    bench.enter(RIGHT_CODE);
    bench.clock.advance(1_000);
    expect(bench.mechanics.state().bolt).toBe('unlocked');
  });

  it('is nothing to a reader, which hangs on the building', () => {
    const bench = aMechanicsBench('reader');
    for (let i = 0; i < 1_000; i++) bench.enter(RIGHT_CODE);
    bench.mechanics.draw('radioMinute', 1e9);
    bench.clock.advance(1_000 * HOUR_MS);
    expect(bench.mechanics.state().battery.percent).toBe(100);
    bench.mechanics.setBattery(0);
    expect(bench.mechanics.grant()).toBe(true);
  });
});

interface HoldWorld {
  readonly bench: MechanicsBench;
  /** What the lock finds when it looks. */
  readonly day: { isIn: boolean; isHoliday: boolean; hasRule: boolean };
}

function aHoldWorld(rule: Partial<HoldOpenRule> = {}, over: BenchParts = {}): HoldWorld {
  const whole: HoldOpenRule = { schedule: 3, needsFirstUnlock: false, exceptHolidays: true, ...rule };
  const day = { isIn: false, isHoliday: false, hasRule: true };
  // Half a minute past a whole one.
  const clock = new VirtualClock(1_800_000_030_000);
  const bench = aMechanicsBench('reader', {
    clock,
    holdOpen: {
      rule: () => (day.hasRule ? whole : undefined),
      times: {
        isInSchedule: (_, exceptHolidays) => day.isIn && !(exceptHolidays && day.isHoliday),
        nowS: () => nowS(clock),
      },
    },
    ...over,
  });
  return { bench, day };
}

describe('a door held open by schedule', () => {
  it('opens and secures itself at whole minutes of the lock clock', () => {
    const { bench, day } = aHoldWorld();
    day.isIn = true;
    bench.clock.advance(29_999);
    expect(bench.mechanics.state().opensFromOutside).toBe(false);
    bench.clock.advance(1);
    expect(bench.mechanics.state()).toMatchObject({ opensFromOutside: true, hold: 'holding' });
    day.isIn = false;
    bench.clock.advance(60_000);
    expect(bench.mechanics.state().opensFromOutside).toBe(false);
    expect(bench.told()).toEqual(['holdOpenStarted', 'holdOpenEnded']);
  });

  it('stays secured on a holiday, and with no rule in the table', () => {
    const { bench, day } = aHoldWorld();
    day.isIn = true;
    day.isHoliday = true;
    bench.clock.advance(60_000);
    expect(bench.mechanics.state().opensFromOutside).toBe(false);
    day.isHoliday = false;
    day.hasRule = false;
    bench.mechanics.refreshHoldOpen();
    expect(bench.mechanics.state().opensFromOutside).toBe(false);
    day.hasRule = true;
    bench.mechanics.refreshHoldOpen();
    expect(bench.mechanics.state().opensFromOutside).toBe(true);
  });

  it('by first-unlock waits for somebody to come, after a reboot as well', () => {
    const { bench, day } = aHoldWorld({ needsFirstUnlock: true });
    day.isIn = true;
    bench.clock.advance(HOUR_MS);
    expect(bench.mechanics.state().opensFromOutside).toBe(false);
    bench.mechanics.grant();
    bench.clock.advance(HOUR_MS);
    expect(bench.mechanics.state().opensFromOutside).toBe(true);
    bench.reboot();
    bench.clock.advance(HOUR_MS);
    expect(bench.mechanics.state().opensFromOutside).toBe(false);
    bench.mechanics.grant();
    bench.mechanics.lockCommand();
    expect(bench.mechanics.state()).toMatchObject({ opensFromOutside: false, hold: 'suspended' });
  });

  it('is not ajar, until it is held no more', () => {
    const { bench, day } = aHoldWorld();
    day.isIn = true;
    bench.mechanics.refreshHoldOpen();
    bench.mechanics.door('open');
    bench.clock.advance(8 * HOUR_MS);
    expect(bench.told()).toEqual(['holdOpenStarted']);
    day.isIn = false;
    bench.mechanics.refreshHoldOpen();
    bench.clock.advance(30_000);
    expect(bench.told()).toEqual(['holdOpenStarted', 'holdOpenEnded', 'doorAjar']);
  });

  it('does not open where no row of it can be kept, and looks again a minute later', () => {
    const rows: MechanicsEvent[] = [];
    let isWornOut = true;
    const { bench, day } = aHoldWorld(
      {},
      {
        record: (row) => {
          if (isWornOut) throw new Error('worn out');
          rows.push(row);
        },
      },
    );
    day.isIn = true;
    expect(() => bench.clock.advance(60_000)).toThrow('worn out');
    expect(bench.mechanics.state()).toMatchObject({ opensFromOutside: false, hold: 'idle' });
    isWornOut = false;
    bench.clock.advance(60_000);
    expect(bench.mechanics.state().opensFromOutside).toBe(true);
    expect(rows).toEqual([{ type: 'holdOpenStarted' }]);
  });
});

describe('a row that can not be kept', () => {
  it('of a forced door leaves the relay and its timers as they have to be', () => {
    const bench = aMechanicsBench('reader', {
      record: () => {
        throw new Error('worn out');
      },
    });
    expect(() => bench.mechanics.door('open')).toThrow('worn out');
    expect(bench.mechanics.state()).toMatchObject({ alarm: 'forced', opensFromOutside: false });
    bench.mechanics.grant();
    bench.clock.advance(10_000);
    expect(bench.mechanics.state().opensFromOutside).toBe(false);
    expect(() => bench.clock.advance(20_000)).toThrow('worn out');
  });

  it('of an unlocked bolt leaves the bolt where it is', () => {
    const bench = aMechanicsBench('motor-deadbolt', {
      record: () => {
        throw new Error('worn out');
      },
    });
    bench.mechanics.grant();
    expect(() => bench.clock.advance(1_000)).toThrow('worn out');
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'unlocked', isMoving: false });
    expect(bench.door.body.bolt).toBe('retracted');
  });
});
