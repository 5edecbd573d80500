// The clock as one boot of the firmware sees it: timers run outside of any call into the lock, so each of them goes
// through the lock's guard.
import type { Clock, Timer } from '#protocol/ports/clock.ts';

export class GuardedClock implements Clock {
  readonly #clock: Clock;
  readonly #guard: (work: () => void) => void;

  constructor(clock: Clock, guard: (work: () => void) => void) {
    this.#clock = clock;
    this.#guard = guard;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#clock.after(delayMs, () => this.#guard(run));
  }
}
