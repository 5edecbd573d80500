// Work done in virtual time: the clock is stepped until it ends, and real parts have their turn between two steps.
import type { VirtualClock } from '#protocol/ports/virtual-clock.ts';

/** The event loop's. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What `work` gives. Throws where no timer was left or `limitMs` of virtual time went by first. */
export async function inVirtualTime<T>(
  clock: VirtualClock,
  work: Promise<T>,
  settle: () => Promise<void> = turn,
  limitMs = 600_000,
): Promise<T> {
  let isDone = false;
  const mark = (): void => {
    isDone = true;
  };
  work.then(mark, mark);
  if (await clock.runUntil(() => isDone, settle, limitMs)) return work;
  throw new Error(`it did not end within ${limitMs} ms of virtual time`);
}
