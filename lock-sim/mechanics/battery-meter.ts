// The battery as a part of the device: it outlives the power, as cells do that are taken out and put back.
import type { Clock } from '#protocol/ports/clock.ts';
import type { MechanicsEvent } from './actuator.ts';
import {
  charged,
  drawn,
  measured,
  newBattery,
  type Battery,
  type BatteryLevel,
  type BatteryUse,
} from './battery.ts';

export interface BatteryReading {
  readonly percent: number;
  /** Seconds since it was measured. */
  readonly ageS: number;
  readonly level: BatteryLevel;
}

export class BatteryMeter {
  readonly #clock: Clock;
  #battery: Battery;

  constructor(clock: Clock, percent = 100) {
    this.#clock = clock;
    this.#battery = newBattery(percent, clock.monotonicMs());
  }

  /** What the firmware knows: the last reading, not the cells. */
  get reading(): BatteryReading {
    const { reading, level } = this.#battery;
    const ageMs = this.#clock.monotonicMs() - reading.atMs;
    return { percent: reading.percent, ageS: Math.floor(ageMs / 1_000), level };
  }

  draw(use: BatteryUse, count?: number): void {
    this.#battery = drawn(this.#battery, use, count);
  }

  /** Other cells. Known to the firmware from its next reading on. */
  set(percent: number): void {
    this.#battery = charged(this.#battery, percent);
  }

  /** Where a row can't be kept the level is not told, and so not taken: the next reading tells it. */
  measure(record: (event: MechanicsEvent) => void): void {
    const { battery, events } = measured(this.#battery, this.#clock.monotonicMs());
    for (const event of events) record(event);
    this.#battery = battery;
  }
}
