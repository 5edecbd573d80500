// The system's clock, whose waits end when it is told to, or pass at once; its wall clock may be off.
import { systemClock } from '#protocol/node/system-clock.ts';
import type { Clock } from '#protocol/ports/clock.ts';

interface Wait {
  readonly setToMs: number;
  readonly dueMs: number;
}

export class HurriedClock implements Clock {
  offMs = 0;
  #passedMs = 0;
  readonly #timers = new Map<() => void, Wait>();

  nowMs = (): number => systemClock.nowMs() + this.offMs + this.#passedMs;
  monotonicMs = (): number => systemClock.monotonicMs() + this.#passedMs;
  after: Clock['after'] = (delayMs, run) => {
    const once = (): void => {
      if (this.#timers.delete(once)) run();
    };
    this.#timers.set(once, { setToMs: delayMs, dueMs: this.monotonicMs() + delayMs });
    const timer = systemClock.after(delayMs, once);
    return {
      cancel: () => {
        this.#timers.delete(once);
        timer.cancel();
      },
    };
  };

  /** What waits for so long has waited. */
  end(delayMs: number): void {
    for (const [run, { setToMs }] of [...this.#timers]) if (setToMs === delayMs) run();
  }

  /** So much time is over at once. */
  pass(ms: number): void {
    this.#passedMs += ms;
    const nowMs = this.monotonicMs();
    for (const [run, { dueMs }] of [...this.#timers]) if (dueMs <= nowMs) run();
  }
}
