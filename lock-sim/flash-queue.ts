// The flash is busy while it erases and programs: jobs run one after another, each when the one before has
// taken its time by the part's timing, and are reported done when they have taken theirs.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { NorFlash } from './flash/nor-flash.ts';

interface Job {
  readonly run: () => void;
  readonly done: () => void;
}

export class FlashQueue {
  readonly #clock: Clock;
  readonly #flash: NorFlash;
  readonly #jobs: Job[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, flash: NorFlash) {
    this.#clock = clock;
    this.#flash = flash;
  }

  /** `run` does the operations; `done` comes later, never within this call, nor where it threw. None after `stop`. */
  add(run: () => void, done: () => void): void {
    this.#jobs.push({ run, done });
    this.#timer ??= this.#clock.after(0, () => this.#next());
  }

  stop(): void {
    this.#jobs.length = 0;
    this.#timer?.cancel();
  }

  #next(): void {
    const job = this.#jobs.shift();
    this.#timer = undefined;
    if (job === undefined) return;
    const before = this.#flash.counts.busyMs;
    let isRun = false;
    try {
      job.run();
      isRun = true;
    } finally {
      // A job that throws must not hold up those behind it; after a power cut `stop` ends this too.
      const done = isRun ? job.done : undefined;
      this.#timer = this.#clock.after(this.#flash.counts.busyMs - before, () => this.#end(done));
    }
  }

  #end(done: (() => void) | undefined): void {
    this.#timer = undefined;
    try {
      done?.();
    } finally {
      if (this.#jobs.length > 0) this.#timer ??= this.#clock.after(0, () => this.#next());
    }
  }
}
