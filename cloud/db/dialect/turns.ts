// Work that must be done one at a time, in the order it came; whoever waits too long is refused, and then its work
// is never begun.
import type { Clock } from '#protocol/ports/clock.ts';

export class Turns {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #onTimeout: () => Error;
  readonly #waiting = new Set<() => void>();
  #isTaken = false;

  constructor(clock: Clock, deadlineMs: number, onTimeout: () => Error) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#onTimeout = onTimeout;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isTaken) await this.#wait();
    this.#isTaken = true;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** Resolves with the turn still taken, so that nobody slips in between. */
  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        timer.cancel();
        resolve();
      };
      const timer = this.#clock.after(this.#deadlineMs, () => {
        this.#waiting.delete(begin);
        reject(this.#onTimeout());
      });
      this.#waiting.add(begin);
    });
  }

  #next(): void {
    const first = this.#waiting.values().next();
    if (first.done === true) {
      this.#isTaken = false;
      return;
    }
    this.#waiting.delete(first.value);
    first.value();
  }
}
