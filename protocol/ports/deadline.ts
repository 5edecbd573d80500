// A wait on the outside with its end: whoever waits is answered once, in time, and leaves no timer behind.
import type { Clock, Timer } from './clock.ts';

/**
 * What `work` gives, if it gives it within `ms` of the monotonic clock; otherwise rejects with `onTimeout()`. The
 * work itself goes on: ending it is the caller's. What it gives or throws after that is dropped.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  onTimeout: () => Error,
): Promise<T> {
  let timer!: Timer;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = clock.after(ms, () => {
      reject(onTimeout());
    });
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    timer.cancel();
  }
}
