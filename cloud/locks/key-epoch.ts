// The key epoch: the number of the key set in force, which the database says and no process by itself. Whoever sees a
// newer set first raises it for all; it never falls, and every lock then needs a Door Sync.
import { equalBytes } from '#protocol/bytes.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Schema } from '../db/schema.ts';
import type { Store, Trx } from '../db/store.ts';
import type { CloudKeys } from '../keys/cloud-keys.ts';
import { KeyFileError } from '../keys/key-file.ts';
import { appendOutbox } from '../live/outbox.ts';
import { addTasksForAll, type DoorWithTask } from './tasks-for-all.ts';

/** 0 before any cloud has served. */
export async function keyEpochOf(trx: Trx): Promise<number> {
  const newest = await trx
    .selectFrom('key_sets')
    .select('number')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest?.number ?? 0;
}

export interface AdoptionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Puts the key set in force for all processes, if it is not yet: how many locks need a Door Sync for it. Throws
 * KEY_FOREIGN where a set of that number, or one before it, was another.
 */
export function adoptKeySet({ store, clock, random }: AdoptionParts, keys: CloudKeys): Promise<number> {
  return store.write(async (trx) => {
    const known = await trx.selectFrom('key_sets').selectAll().orderBy('number').execute();
    requireSame(keys, known);
    const epoch = known.at(-1)?.number ?? 0;
    const { number } = keys.keySet;
    if (number <= epoch) return 0;
    const atS = nowS(clock);
    for (let next = epoch + 1; next <= number; next++) {
      const hash = keys.keySetHashOf(next);
      if (hash === undefined) throw foreign(next);
      await trx.insertInto('key_sets').values({ number: next, hash, adopted_at_s: atS }).execute();
    }
    const doors = await raiseAll(trx, random, number, atS);
    const told = doors.map((door) => ({ kind: 'door-target', ...door }) as const);
    if (await appendOutbox(trx, atS, null, told)) await store.dialect.wakeUps?.send(trx);
    return doors.length;
  });
}

/** Counted on, though a higher key epoch would allow lower versions: what a version was once, it stays. */
async function raiseAll(trx: Trx, random: Random, keyEpoch: number, atS: number): Promise<DoorWithTask[]> {
  await trx
    .updateTable('doors')
    .set(({ eb }) => ({ target_version: eb('target_version', '+', 1) }))
    .where('id', 'in', (query) => query.selectFrom('locks').select('door_id'))
    .execute();
  return await addTasksForAll(trx, random, { keyEpoch, reason: 'keys-rotated', atS });
}

/** Another cloud's keys would have every lock refuse what this one signs. */
function requireSame(keys: CloudKeys, known: readonly Schema['key_sets'][]): void {
  for (const { number, hash } of known) {
    const own = keys.keySetHashOf(number);
    if (own !== undefined && !equalBytes(own, hash)) throw foreign(number);
  }
}

const foreign = (number: number): KeyFileError =>
  new KeyFileError(
    'KEY_FOREIGN',
    `key set ${number} of the keys folder is not the one that this database was served with`,
    {
      next: 'Name the keys folder that belongs to this database with --keys.',
    },
  );
