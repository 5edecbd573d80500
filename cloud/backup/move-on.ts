// A database from yesterday knows nothing of today, but locks and people do. Before it is served, every number that
// may have been given since is skipped, and what may have been taken away since is not trusted.
import type { Random } from '#protocol/ports/random.ts';
import type { Trx } from '../db/store.ts';
import type { CounterName } from '../domain/counters.ts';
import { keyEpochOf } from '../locks/key-epoch.ts';
import { addTasksForAll } from '../locks/tasks-for-all.ts';

/**
 * More changes of one door than happen between two backups. Locks take a version at most 65,535 above theirs, so
 * that a backup may be put back five times before a lock is synced.
 */
export const VERSIONS_SKIPPED = 10_000;
/** Of 4,294,967,295 that a table's row can name. */
const CREDENTIALS_SKIPPED = 1_000_000;
const OWNERSHIP_EPOCHS_SKIPPED = 1_000;
const ANNOUNCEMENTS_SKIPPED = 1_000_000;
const DAILY_EPOCHS_SKIPPED = 1_000;

export interface MovedOn {
  /** Bound locks, each of which needs a Door Sync now. */
  readonly locks: number;
  readonly tokensEnded: number;
  readonly dailyCodesEnded: number;
}

/** In one transaction, before anything else is written. */
export async function moveOn(trx: Trx, random: Random, nowS: number): Promise<MovedOn> {
  await skip(trx, 'credential', CREDENTIALS_SKIPPED);
  await skip(trx, 'ownership-epoch', OWNERSHIP_EPOCHS_SKIPPED);
  // Who had heard of later ones finds a gap, and starts anew.
  await skip(trx, 'outbox', ANNOUNCEMENTS_SKIPPED);
  await trx.deleteFrom('outbox').execute();
  const locks = await raiseVersions(trx, random, nowS);
  // One that was revoked since would be in force again.
  const ended = await trx
    .updateTable('tokens')
    .set({ revoked_at_s: nowS })
    .where('revoked_at_s', 'is', null)
    .executeTakeFirst();
  await trx.deleteFrom('password_links').where('used_at_s', 'is', null).execute();
  // A repeat would be told of what is not here any more, or that it was done where it was not.
  await trx.deleteFrom('idempotency').execute();
  return {
    locks,
    tokensEnded: Number(ended.numUpdatedRows),
    dailyCodesEnded: await endDailyCodes(trx, nowS),
  };
}

const skip = (trx: Trx, name: CounterName, count: number) =>
  trx
    .insertInto('counters')
    .values({ name, value: count })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', count) })),
    )
    .execute();

async function raiseVersions(trx: Trx, random: Random, nowS: number): Promise<number> {
  await trx
    .updateTable('doors')
    .set(({ eb }) => ({ target_version: eb('target_version', '+', VERSIONS_SKIPPED) }))
    .execute();
  const doors = await addTasksForAll(trx, random, {
    keyEpoch: await keyEpochOf(trx),
    reason: 'database-restored',
    atS: nowS,
  });
  return doors.length;
}

/** A slot that was given since would be given again, with the code that somebody has: all of them are drawn anew. */
async function endDailyCodes(trx: Trx, nowS: number): Promise<number> {
  await trx
    .updateTable('doors')
    .set(({ eb }) => ({ daily_epoch: eb('daily_epoch', '+', DAILY_EPOCHS_SKIPPED) }))
    .execute();
  const ended = await trx
    .updateTable('daily_codes')
    .set({ ended_at_s: nowS })
    .where('ended_at_s', 'is', null)
    .executeTakeFirst();
  return Number(ended.numUpdatedRows);
}
