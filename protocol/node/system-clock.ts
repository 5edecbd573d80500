// The machine's own clock, for mains. Unlike bare timers it keeps to the port's word: never early, and any delay.
import { invariant } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** The longest delay setTimeout takes; a longer one it would run at once. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),

  monotonicMs: () => performance.now(),

  after(delayMs, run) {
    invariant(!Number.isNaN(delayMs), 'a delay in milliseconds');
    return delayMs <= 0 ? soon(run) : later(performance.now() + delayMs, run);
  },
};

/** setTimeout would wait a millisecond for nothing. */
function soon(run: () => void): Timer {
  const immediate = setImmediate(run);
  return {
    cancel() {
      clearImmediate(immediate);
    },
  };
}

/** setTimeout counts in the event loop's whole milliseconds, and so may be early: what is left is waited again. */
function later(dueMs: number, run: () => void): Timer {
  let timeout: NodeJS.Timeout;
  const wait = (): void => {
    timeout = setTimeout(
      () => {
        if (performance.now() < dueMs) wait();
        else run();
      },
      Math.min(Math.ceil(dueMs - performance.now()), TIMEOUT_MS_MAX),
    );
  };
  wait();
  return {
    cancel() {
      clearTimeout(timeout);
    },
  };
}
