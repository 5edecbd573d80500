// Virtual time stepped until a promise settles, real parts given their turn between two steps. Where nothing is due
// the disk has the turn: a journal's entry takes real time, and no virtual time goes by meanwhile.
import type { VirtualClock } from '#protocol/ports/virtual-clock.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Throws after ten minutes of virtual time; what waits for nothing at all ends by the test's own time limit. */
export async function settle<T>(clock: VirtualClock, promise: Promise<T>, limitMs = 600_000): Promise<T> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  const untilMs = clock.monotonicMs() + limitMs;
  for (;;) {
    await turn();
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by `done`
    if (settled) return promise;
    if (clock.monotonicMs() > untilMs) throw new Error(`not settled within ${limitMs} ms of virtual time`);
    clock.step();
  }
}
