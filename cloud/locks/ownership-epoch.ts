// Ownership epochs: each higher than any that this cloud gave before, and than what its lock is at, so that a lock that an
// earlier owner brought further takes it as well. No two statements for one lock ever name the same.
import type { Trx } from '../db/store.ts';
import { nextNumber } from '../domain/counters.ts';

/**
 * For a lock at that epoch, or at a lower one. The cloud's own count stays where it is: whoever makes up a lock that is far
 * on uses up no one else's numbers. Beyond the count it is added, so that the same lock asked for again gets another.
 */
export async function epochAbove(trx: Trx, lockEpoch: number): Promise<number> {
  const number = await nextNumber(trx, 'ownership-epoch');
  return number > lockEpoch ? number : lockEpoch + number;
}

/** The highest that this cloud gave the lock in what is, or may be, in a courier's hands; 0 where there is nothing. */
export async function lastEpochOf(trx: Trx, lockId: string): Promise<number> {
  const bound = await trx.selectFrom('locks').select('ownership_epoch').where('id', '=', lockId).execute();
  const asked = await trx
    .selectFrom('deactivations')
    .select('ownership_epoch')
    .where('lock_id', '=', lockId)
    .execute();
  const released = await trx
    .selectFrom('released_locks')
    .select(['ownership_epoch', 'deactivation_epoch'])
    .where('lock_id', '=', lockId)
    .execute();
  return Math.max(
    0,
    ...[...bound, ...asked, ...released].map((row) => row.ownership_epoch),
    ...released.map((row) => row.deactivation_epoch ?? 0),
  );
}
