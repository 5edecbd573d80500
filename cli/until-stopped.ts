// For commands that serve until they are told to end: an interrupt is then their regular end.
import { EXIT } from './exit-codes.ts';
import type { Outcome } from './output.ts';

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export const stopped = (text: string): Outcome => ({ exit: EXIT.done, text });
