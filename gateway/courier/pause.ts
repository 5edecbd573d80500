// A wait that a signal cuts short; it never rejects.
import type { Clock } from '#protocol/ports/clock.ts';

export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => over());
    const over = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', over);
      resolve();
    };
    signal.addEventListener('abort', over);
    if (signal.aborted) over();
  });
}
