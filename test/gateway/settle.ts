// Virtual time stepped until a promise settles, real parts given their turn between two steps.
import type { VirtualClock } from '#protocol/ports/virtual-clock.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Throws where no timer is left to step, or after ten minutes of virtual time. */
export async function settle<T>(clock: VirtualClock, promise: Promise<T>, limitMs = 600_000): Promise<T> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  if (!(await clock.runUntil(() => settled, turn, limitMs))) throw new Error('never settled');
  return promise;
}
