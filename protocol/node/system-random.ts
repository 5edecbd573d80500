// The machine's own randomness, for mains: fit for keys.
import { randomFillSync } from 'node:crypto';
import type { Random } from '../ports/random.ts';

export const systemRandom: Random = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),

  /** Nothing to keep apart: the draws of one part never tell another anything. */
  fork: () => systemRandom,
};
