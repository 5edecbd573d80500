// Ownership epochs: each higher than any that this cloud gave before, and than what its lock is at, so that a lock that an
// earlier owner brought further takes it as well.
import type { Trx } from '../db/store.ts';
import { nextNumber } from '../domain/counters.ts';

/**
 * For a lock at that epoch, or at a lower one. The cloud's own count stays where it is: whoever makes up a lock that is far
 * on uses up no one else's numbers.
 */
export const epochAbove = async (trx: Trx, lockEpoch: number): Promise<number> =>
  Math.max(await nextNumber(trx, 'ownership-epoch'), lockEpoch + 1);
