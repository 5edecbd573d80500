// Virtual time stepped until something holds, real parts given their turn between two steps. Where nothing is due the disk
// has the turn: a journal's entry takes real time, and no virtual time goes by meanwhile.
import type { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { turn } from '#test/builders/virtual-time.ts';
import type { Journal } from '#gateway/journal.ts';

const LIMIT_MS = 600_000;

interface Stepping {
  /** Throws after that much of virtual time; what waits for nothing at all ends by the test's own time limit. */
  until(holds: () => boolean, limitMs?: number): Promise<void>;
  settle<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
}

/** `isBusy`: no time goes by. */
function stepping(clock: VirtualClock, isBusy: () => boolean): Stepping {
  const until = async (holds: () => boolean, limitMs = LIMIT_MS): Promise<void> => {
    const untilMs = clock.monotonicMs() + limitMs;
    for (;;) {
      do await turn();
      while (isBusy());
      if (holds()) return;
      if (clock.monotonicMs() > untilMs)
        throw new Error(`it does not come to hold within ${limitMs} ms of virtual time`);
      clock.step();
    }
  };
  return {
    until,
    settle: async (promise, limitMs) => {
      let isSettled = false;
      const done = (): void => {
        isSettled = true;
      };
      promise.then(done, done);
      await until(() => isSettled, limitMs);
      return promise;
    },
  };
}

export const settle = <T>(clock: VirtualClock, promise: Promise<T>, limitMs?: number): Promise<T> =>
  stepping(clock, () => false).settle(promise, limitMs);

/** For what goes on by itself while the journal is written. The journal's `append` is another from here on. */
export function besideJournal(clock: VirtualClock, journal: Journal): Stepping {
  let writing = 0;
  const append = journal.append.bind(journal);
  journal.append = (entry) => {
    writing++;
    return append(entry).finally(() => writing--);
  };
  return stepping(clock, () => writing > 0);
}
