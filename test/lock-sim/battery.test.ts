// The battery: what draws from it, when it is low, well again and empty, and what each of these allows.
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { MechanicsEvent } from '#lock-sim/mechanics/actuator.ts';
import {
  BATTERY_CAPACITY_NAH,
  BATTERY_DRAW_NAH,
  charged,
  drawn,
  isEnoughForActivation,
  isEnoughForFirmware,
  measured,
  newBattery,
  percentOf,
  type Battery,
  type BatteryLevel,
  type BatteryUse,
} from '#lock-sim/mechanics/battery.ts';
import { BatteryMeter } from '#lock-sim/mechanics/battery-meter.ts';

const aBattery = (level: BatteryLevel, percent: number): Battery => ({ ...newBattery(percent, 0), level });

describe('a reading', () => {
  const low = (percent: number): MechanicsEvent => ({ type: 'batteryLow', percent });
  const empty: MechanicsEvent = { type: 'batteryEmpty', percent: 0 };

  it.each<[BatteryLevel, number, BatteryLevel, MechanicsEvent[]]>([
    ['normal', 100, 'normal', []],
    ['normal', 15, 'normal', []],
    ['normal', 14, 'low', [low(14)]],
    ['normal', 1, 'low', [low(1)]],
    ['normal', 0, 'empty', [empty]],
    ['low', 14, 'low', []],
    ['low', 15, 'low', []],
    ['low', 19, 'low', []],
    ['low', 20, 'normal', []],
    ['low', 100, 'normal', []],
    ['low', 0, 'empty', [empty]],
    ['empty', 0, 'empty', []],
    ['empty', 1, 'low', []],
    ['empty', 19, 'low', []],
    ['empty', 20, 'normal', []],
  ])('of a battery that was %s, at %i percent, says %s', (level, percent, then, events) => {
    const after = measured(aBattery(level, percent), 5_000);
    expect(after.battery).toMatchObject({ level: then, reading: { percent, atMs: 5_000 } });
    expect(after.events).toEqual(events);
  });
});

describe('the charge', () => {
  it.each(Object.entries(BATTERY_DRAW_NAH) as [BatteryUse, number][])('falls by each %s', (use, nah) => {
    const full = newBattery(100, 0);
    expect(drawn(full, use).chargeNah).toBe(BATTERY_CAPACITY_NAH - nah);
    expect(drawn(full, use, 1_000).chargeNah).toBe(BATTERY_CAPACITY_NAH - nah * 1_000);
  });

  it('never falls below nothing', () => {
    expect(drawn(newBattery(1, 0), 'motorMove', 1e9).chargeNah).toBe(0);
  });

  it('is what a hand put in, for every percent', () => {
    for (let percent = 0; percent <= 100; percent++) expect(percentOf(newBattery(percent, 0))).toBe(percent);
  });

  it.each([
    [-1, 0],
    [101, 100],
    [Infinity, 100],
    [-Infinity, 0],
    [NaN, 50],
    [14.9, 14],
  ])('put in as %d percent is %i', (percent, then) => {
    expect(percentOf(charged(newBattery(50, 0), percent))).toBe(then);
  });

  it('lasts a year of ten openings a day, and not ten', () => {
    let battery = newBattery(100, 0);
    const lockedOpenedAndSyncedFor = (days: number): Battery => {
      for (let day = 0; day < days; day++) {
        battery = drawn(battery, 'motorMove', 20);
        battery = drawn(battery, 'keypadWake', 10);
        battery = drawn(battery, 'advertHour', 24);
        battery = drawn(battery, 'radioMinute', 1);
        battery = drawn(battery, 'flashOperation', 100);
      }
      return battery;
    };
    expect(percentOf(lockedOpenedAndSyncedFor(365))).toBeGreaterThan(15);
    expect(percentOf(lockedOpenedAndSyncedFor(9 * 365))).toBe(0);
  });
});

describe('what a reading allows', () => {
  it.each([
    [0, false, false],
    [14, false, false],
    [15, false, true],
    [19, false, true],
    [20, true, true],
    [100, true, true],
  ])('%i percent: activation %s, firmware %s', (percent, activation, firmware) => {
    expect(isEnoughForActivation(percent)).toBe(activation);
    expect(isEnoughForFirmware(percent)).toBe(firmware);
  });
});

describe('the meter', () => {
  it('knows the battery by its last reading, and how old that is', () => {
    const clock = new VirtualClock();
    const meter = new BatteryMeter(clock, 80);
    meter.draw('motorMove', 1_000);
    clock.advance(61_500);
    expect(meter.reading).toEqual({ percent: 80, ageS: 61, level: 'normal' });
    meter.measure(() => undefined);
    expect(meter.reading).toEqual({ percent: 74, ageS: 0, level: 'normal' });
  });

  it('tells a level again that no row could be kept of', () => {
    const meter = new BatteryMeter(new VirtualClock(), 14);
    const rows: MechanicsEvent[] = [];
    expect(() =>
      meter.measure(() => {
        throw new Error('no row');
      }),
    ).toThrow('no row');
    meter.measure((row) => rows.push(row));
    meter.measure((row) => rows.push(row));
    expect(rows).toEqual([{ type: 'batteryLow', percent: 14 }]);
  });
});
