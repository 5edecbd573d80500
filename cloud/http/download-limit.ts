// Replies are read at a least speed and within a deadline: whoever takes a byte now and then holds a connection and the
// reply's memory for nothing, and is cut off.
import type { RequestHandler, Response } from 'express';
import type { Clock, Timer } from '#protocol/ports/clock.ts';

/** From the end of the reply's making. */
export const DOWNLOAD_DEADLINE_MS = 120_000;
const CHECK_EVERY_MS = 10_000;
/** In the time between two checks. */
export const DOWNLOAD_PROGRESS_MIN_BYTES = 16_384;

/** Streams that are written over time are not meant: it begins when a reply is whole. */
export const boundDownloads =
  (clock: Clock): RequestHandler =>
  (_request, response, next) => {
    response.once('prefinish', () => watch(clock, response));
    next();
  };

function watch(clock: Clock, response: Response): void {
  const startedMs = clock.monotonicMs();
  let waiting = bytesWaiting(response);
  let timer: Timer | undefined;
  const check = (): void => {
    const left = bytesWaiting(response);
    const isSlow = waiting - left < DOWNLOAD_PROGRESS_MIN_BYTES;
    const isLate = clock.monotonicMs() - startedMs >= DOWNLOAD_DEADLINE_MS;
    if (isSlow || isLate) {
      response.destroy();
      return;
    }
    waiting = left;
    timer = clock.after(CHECK_EVERY_MS, check);
  };
  if (waiting === 0) return;
  timer = clock.after(CHECK_EVERY_MS, check);
  response.once('close', () => timer?.cancel());
}

/** Not handed to the system yet. */
const bytesWaiting = (response: Response): number => response.socket?.writableLength ?? 0;
