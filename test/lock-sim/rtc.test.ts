// The clock part alone, and what the firmware makes of it: drift, loss of power, a register that somebody wrote to.
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { DeviceRtc, MemoryRtcStore } from '#lock-sim/clock/device-rtc.ts';
import { LockTime } from '#lock-sim/clock/lock-time.ts';
import { isJump, readClock } from '#lock-sim/clock/reading.ts';
import {
  CLOCK_HOLD_MS,
  darkenRtc,
  driftRtc,
  forgeRtc,
  lightRtc,
  loseRtc,
  manufacturedRtc,
  registerAt,
  setRtc,
  type RtcReading,
} from '#lock-sim/clock/rtc.ts';
import { DEFAULT_SETTINGS, type SettingsValues } from '#lock-sim/storage/settings-values.ts';

const START_MS = 1_772_355_600_000;
const START_S = START_MS / 1000;
const DAY_MS = 86_400_000;
const made = manufacturedRtc(START_MS);

describe('the clock part', () => {
  it.each<[string, number, number]>([
    ['runs exactly where it does not drift', 0, DAY_MS],
    ['gains 1.728 s a day at 20 ppm', 20, DAY_MS + 1_728],
    ['loses as much at -20 ppm', -20, DAY_MS - 1_728],
  ])('%s', (_, ppm, passedMs) => {
    const drifting = driftRtc(made, START_MS, ppm);
    expect(registerAt(drifting, START_MS + DAY_MS) - START_MS).toBe(passedMs);
  });

  it('goes on from where it was when the drift changes, and never runs backwards with the host', () => {
    const fast = driftRtc(made, START_MS, 1_000);
    const slow = driftRtc(fast, START_MS + DAY_MS, -1_000);
    expect(registerAt(slow, START_MS + DAY_MS)).toBe(registerAt(fast, START_MS + DAY_MS));
    expect(registerAt(slow, START_MS + 2 * DAY_MS)).toBe(START_MS + 2 * DAY_MS);
    expect(registerAt(made, START_MS - 5_000)).toBe(START_MS);
  });

  it.each<[string, number, boolean]>([
    ['keeps the time through a change of batteries', CLOCK_HOLD_MS, false],
    ['loses it in a longer cut', CLOCK_HOLD_MS + 1, true],
  ])('%s', (_, offMs, isLost) => {
    const back = lightRtc(darkenRtc(made, START_MS), START_MS + offMs);
    expect(back).toMatchObject({ isLost, darkSinceMs: null });
    expect(registerAt(back, START_MS + offMs)).toBe(isLost ? 0 : START_MS + offMs);
  });

  it('counts a cut from its beginning, and knows no cut where there was none', () => {
    const twice = darkenRtc(darkenRtc(made, START_MS), START_MS + CLOCK_HOLD_MS);
    expect(lightRtc(twice, START_MS + CLOCK_HOLD_MS + 1).isLost).toBe(true);
    expect(lightRtc(made, START_MS + 10 * DAY_MS)).toBe(made);
  });

  it('is set whatever it was', () => {
    const lost = loseRtc(driftRtc(made, START_MS, 15), START_MS);
    const set = setRtc(lost, START_MS + DAY_MS, START_MS, 3);
    expect(set).toMatchObject({ isLost: false, setUncertaintyS: 3, driftPpm: 15, setToMs: START_MS });
    expect(registerAt(set, START_MS + DAY_MS)).toBe(START_MS);
  });

  it('bears no mark of a register that a hand wrote to', () => {
    expect(forgeRtc(made, START_MS, 5)).toEqual({ ...made, registerMs: 5 });
  });
});

describe('a reading', () => {
  const rtc = (over: Partial<RtcReading> = {}): RtcReading => ({
    registerMs: START_MS,
    isLost: false,
    setToMs: START_MS,
    setUncertaintyS: 2,
    ...over,
  });
  const known = { floorS: START_S - 1_000, estimateS: START_S - 500, hasJumped: false };
  const lost = { trust: 'lost', uncertaintyS: 0xffff_ffff };

  it.each<[string, RtcReading, Partial<typeof known>, object]>([
    ['just set is trusted', rtc(), {}, { nowS: START_S, trust: 'trusted', uncertaintyS: 2 }],
    [
      'a day later is less sure by 2 s',
      rtc({ setToMs: START_MS - DAY_MS }),
      {},
      { nowS: START_S, trust: 'trusted', uncertaintyS: 4 },
    ],
    [
      'is trusted up to 60 s',
      rtc({ setToMs: START_MS - 58 * 50_000_000 }),
      {},
      { nowS: START_S, trust: 'trusted', uncertaintyS: 60 },
    ],
    [
      'drifts beyond',
      rtc({ setToMs: START_MS - 58 * 50_000_000 - 1_000 }),
      {},
      { nowS: START_S, trust: 'drifting', uncertaintyS: 61 },
    ],
    ['at the floor counts', rtc({ registerMs: known.floorS * 1000 }), {}, { trust: 'trusted' }],
    [
      'below the floor is lost, and shows what is known',
      rtc({ registerMs: known.floorS * 1000 - 1 }),
      {},
      { ...lost, nowS: START_S - 500 },
    ],
    [
      'never shows less than the floor',
      rtc({ isLost: true }),
      { estimateS: 7 },
      { ...lost, nowS: known.floorS },
    ],
    ['of a part that says so is lost', rtc({ isLost: true }), {}, lost],
    ['that jumped is lost', rtc(), { hasJumped: true }, lost],
    ['beyond the year 2106 is lost', rtc({ registerMs: 2 ** 32 * 1000 }), {}, lost],
  ])('%s', (_, reading, over, expected) => {
    expect(readClock(reading, { ...known, ...over })).toMatchObject(expected);
  });

  it.each<[number, number, boolean]>([
    [DAY_MS, DAY_MS, false],
    [DAY_MS + 9_000, DAY_MS, false],
    [10_000, 0, false],
    [10_001, 0, true],
    [-10_001, 0, true],
    [DAY_MS * 1.02, DAY_MS, true],
  ])('a register that moved by %d ms in %d ms has jumped: %s', (register, timer, jumped) => {
    expect(isJump(register, timer)).toBe(jumped);
  });
});

/** A boot's clock over settings in memory, which count their writes. */
function aLockTime(values: Partial<SettingsValues> = {}, store = new MemoryRtcStore(made)) {
  const clock = new VirtualClock(START_MS);
  const rtc = new DeviceRtc(store, clock);
  const settings = {
    values: { ...DEFAULT_SETTINGS, ...values } as SettingsValues,
    writes: 0,
    write(change: Partial<SettingsValues>) {
      this.values = { ...this.values, ...change };
      this.writes++;
    },
  };
  return { clock, rtc, settings, time: new LockTime({ rtc, clock, settings }) };
}

describe('what a lock knows to be past', () => {
  it('begins with the clock it was made with, and with nothing where that is lost', () => {
    expect(aLockTime().time.firstFloor()).toEqual({ clockFloorS: START_S, lastTrustedS: START_S });
    expect(aLockTime({ clockFloorS: 9 }).time.firstFloor()).toEqual({});
    expect(aLockTime({}, new MemoryRtcStore(loseRtc(made, START_MS))).time.firstFloor()).toEqual({});
  });

  it('is written once an hour at most, however often something happens', () => {
    const { clock, settings, time } = aLockTime({ clockFloorS: START_S });
    for (let minute = 0; minute < 600; minute++) {
      clock.advance(60_000);
      time.persist('due');
    }
    expect(settings.writes).toBe(10);
    expect(settings.values).toMatchObject({
      clockFloorS: START_S + 36_000 - 1,
      lastTrustedS: START_S + 36_000,
    });
  });

  it('follows a clock that was set far ahead by no more than the time that passes', () => {
    const { clock, rtc, settings, time } = aLockTime({ clockFloorS: START_S });
    rtc.set(4_000_000_000_000, 0);
    time.set({ utcS: 4_000_000_000, uncertaintyS: 0, floorS: START_S, keyEpoch: 1 });
    clock.advance(7_200_000);
    time.persist('due');
    expect(settings.values.clockFloorS).toBe(START_S + 7_200);
  });

  it('never falls with the clock', () => {
    const { clock, settings, time } = aLockTime({ clockFloorS: START_S, lastTrustedS: START_S + 50_000 });
    clock.advance(7_200_000);
    time.persist('now');
    expect(settings.values).toMatchObject({ clockFloorS: START_S + 7_199, lastTrustedS: START_S + 50_000 });
  });

  it('goes on from the last trusted time while the clock is lost, and is told once', () => {
    const { clock, rtc, time } = aLockTime({ clockFloorS: START_S - 9_000, lastTrustedS: START_S - 100 });
    expect(time.takeLoss()).toBe(false);
    rtc.lose();
    clock.advance(5_000);
    expect(time.now()).toMatchObject({ trust: 'lost', nowS: START_S + 5 });
    expect([time.takeLoss(), time.takeLoss()]).toEqual([true, false]);
    time.raiseFloor(START_S + 1_000, 1);
    expect(time.now().nowS).toBe(START_S + 1_000);
    expect([time.takeLoss(), time.takeLoss()], 'what it shows has moved').toEqual([true, false]);
    clock.advance(60_000);
    expect(time.now().nowS).toBe(START_S + 1_060);
  });

  it.each([-3_600_000, 3_600_000, 10 * 365 * DAY_MS])(
    'mistrusts a register that a hand moved by %d ms while it ran, until the clock is set',
    (byMs) => {
      const { clock, rtc, time } = aLockTime({ clockFloorS: START_S - 1_000_000 });
      expect(time.now().trust).toBe('trusted');
      rtc.forge(START_MS + byMs);
      expect(time.now()).toMatchObject({ trust: 'lost', nowS: START_S });
      clock.advance(DAY_MS);
      expect(time.now().trust).toBe('lost');
      time.set({ utcS: START_S, uncertaintyS: 1, floorS: START_S, keyEpoch: 1 });
      expect(time.now()).toMatchObject({ trust: 'trusted', nowS: START_S });
    },
  );

  it('does not take a host whose wall clock is set for a clock that moved', () => {
    const { clock, time } = aLockTime();
    clock.setWallMs(START_MS + DAY_MS);
    expect(time.now()).toMatchObject({ trust: 'trusted', nowS: START_S });
  });
});
