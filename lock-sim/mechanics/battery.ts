// The battery: what each action draws, and what the firmware knows of it by its last reading. Low and empty are told
// once each, until the battery is well again. Charge only falls but by a hand. Pure.
import type { MechanicsEvent } from './actuator.ts';

/** Four AA cells in series, 2,500 mAh. In nAh, so that the smallest draw is a whole number. */
export const BATTERY_CAPACITY_NAH = 2_500_000_000;

/** nAh an action. Estimates from the currents such parts state, not measured. */
export const BATTERY_DRAW_NAH = {
  /** 0.5 A for a second; a try against a jam is a move of its own. */
  motorMove: 139_000,
  /** A solenoid of thumbturn or latch: 0.2 A for a quarter of a second. */
  solenoidMove: 14_000,
  /** Lights and touch controller, 15 mA for 10 s. */
  keypadWake: 42_000,
  /** Sleep and an advert a second: 50 uA. */
  advertHour: 50_000,
  /** A connection and the processor awake for it: 6 mA. */
  radioMinute: 100_000,
  /** A page programmed or a sector erased, 15 mA for up to 50 ms. */
  flashOperation: 210,
} as const;
export type BatteryUse = keyof typeof BATTERY_DRAW_NAH;

/** Below this it is low. */
export const BATTERY_LOW_PERCENT = 15;
/**
 * Below this no lock is activated, since the motor may not last until the first table is in force; and from here on one
 * that was low is well again.
 */
export const BATTERY_ACTIVATION_PERCENT = 20;
/** The firmware reads the battery so often, and after each move of a motor. */
export const BATTERY_READING_INTERVAL_MS = 3_600_000;

export type BatteryLevel = 'normal' | 'low' | 'empty';

export interface Battery {
  readonly chargeNah: number;
  readonly level: BatteryLevel;
  /** By the monotonic clock of whoever measured. */
  readonly reading: { readonly percent: number; readonly atMs: number };
}

export const isEnoughForActivation = (percent: number): boolean => percent >= BATTERY_ACTIVATION_PERCENT;
export const isEnoughForFirmware = (percent: number): boolean => percent >= BATTERY_LOW_PERCENT;

export function newBattery(percent: number, atMs: number): Battery {
  const set = charged({ chargeNah: 0, level: 'normal', reading: { percent: 0, atMs } }, percent);
  return { ...set, reading: { percent: percentOf(set), atMs } };
}

export const drawn = (battery: Battery, use: BatteryUse, count = 1): Battery => ({
  ...battery,
  chargeNah: Math.max(0, battery.chargeNah - BATTERY_DRAW_NAH[use] * count),
});

/** A hand puts in other cells. What is no number is no battery: nothing changes. */
export function charged(battery: Battery, percent: number): Battery {
  if (Number.isNaN(percent)) return battery;
  const within = Math.min(100, Math.max(0, percent));
  // Rounded up, so that n percent never reads as n - 1.
  return { ...battery, chargeNah: Math.ceil((within * BATTERY_CAPACITY_NAH) / 100) };
}

/** Whole percent, rounded down: 0 is empty. */
export const percentOf = ({ chargeNah }: Battery): number =>
  Math.floor((chargeNah * 100) / BATTERY_CAPACITY_NAH);

/** A reading, and what is to be told of it. */
export function measured(
  battery: Battery,
  atMs: number,
): { readonly battery: Battery; readonly events: readonly MechanicsEvent[] } {
  const percent = percentOf(battery);
  const level = levelAfter(battery.level, percent);
  const next = { ...battery, level, reading: { percent, atMs } };
  if (level === 'empty' && battery.level !== 'empty') {
    return { battery: next, events: [{ type: 'batteryEmpty', percent }] };
  }
  // From empty to low is for the better: it was told on the way down.
  if (level === 'low' && battery.level === 'normal') {
    return { battery: next, events: [{ type: 'batteryLow', percent }] };
  }
  return { battery: next, events: [] };
}

/** Cells recover when they rest: a low battery is well again only some percent further up. */
function levelAfter(level: BatteryLevel, percent: number): BatteryLevel {
  if (percent === 0) return 'empty';
  if (percent < BATTERY_LOW_PERCENT) return 'low';
  return level === 'normal' || percent >= BATTERY_ACTIVATION_PERCENT ? 'normal' : 'low';
}
