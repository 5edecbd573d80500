// At most one running timer a name, and one call that ends them all.
import type { Clock, Timer } from '#protocol/ports/clock.ts';

export class NamedTimers<Name extends string> {
  readonly #clock: Clock;
  /** Made with the first of them. */
  #running: Map<Name, Timer> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Replaces a running one of that name. */
  start(name: Name, delayMs: number, run: () => void): void {
    this.cancel(name);
    const timer = this.#clock.after(delayMs, () => {
      this.#running?.delete(name);
      run();
    });
    this.#running ??= new Map();
    this.#running.set(name, timer);
  }

  cancel(name: Name): void {
    this.#running?.get(name)?.cancel();
    this.#running?.delete(name);
  }

  has(name: Name): boolean {
    return this.#running?.has(name) ?? false;
  }

  cancelAll(): void {
    for (const timer of this.#running?.values() ?? []) timer.cancel();
    this.#running = undefined;
  }
}
