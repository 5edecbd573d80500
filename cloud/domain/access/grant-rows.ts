// The rows of grants as they are written, each with all that hangs on it: the person's credentials at the Key's doors
// and the targets of these doors.
import type { Schema } from '../../db/schema.ts';
import { batchesOf } from '../batches.ts';
import { settleCredentials } from '../codes/credentials.ts';
import { retireEnded } from '../codes/ended-credentials.ts';
import { newId } from '../ids.ts';
import { doorsOfKeys } from './live-access.ts';
import type { Work } from '../work.ts';

export interface NewGrants {
  readonly personId: string;
  readonly keyIds: readonly string[];
  /** The resident who gives the Keys to a guest; null: a manager. */
  readonly hostId: string | null;
  readonly startsAtS: number;
  readonly expiresAtS: number | null;
}

/** The ids of the new grants. */
export async function insertGrants(work: Work, wish: NewGrants): Promise<string[]> {
  const { personId, keyIds, startsAtS } = wish;
  if (keyIds.length === 0) return [];
  const doorIds = await doorsOfKeys(work.trx, keyIds);
  await retireEnded(work, doorIds, personId);
  const rows = newRows(work, wish);
  await work.trx.insertInto('grants').values(rows).execute();
  await settleCredentials(work, personId, doorIds, { reason: 'access-given', dueS: startsAtS });
  return rows.map(({ id }) => id);
}

const newRows = (work: Work, wish: NewGrants): Schema['grants'][] =>
  wish.keyIds.map((keyId) => ({
    id: newId(work.random, 'grant'),
    person_id: wish.personId,
    key_id: keyId,
    host_id: wish.hostId,
    starts_at_s: wish.startsAtS,
    expires_at_s: wish.expiresAtS,
    revoked_at_s: null,
    created_at_s: work.nowS,
  }));

/** The same for many at once, none of whom held anything at these doors before. */
export async function insertGrantsOfMany(work: Work, wishes: readonly NewGrants[]): Promise<void> {
  if (wishes.length === 0) return;
  const rows = wishes.flatMap((wish) => newRows(work, wish));
  for (const batch of batchesOf(rows)) await work.trx.insertInto('grants').values(batch).execute();
  for (const startsAtS of new Set(wishes.map((wish) => wish.startsAtS))) {
    const some = wishes.filter((wish) => wish.startsAtS === startsAtS);
    const people = [...new Set(some.map(({ personId }) => personId))];
    const doorIds = await doorsOfKeys(work.trx, [...new Set(some.flatMap(({ keyIds }) => keyIds))]);
    await settleCredentials(work, people, doorIds, { reason: 'access-given', dueS: startsAtS });
  }
}

/** False where the dates are these already, and then nothing changes. */
export async function setDates(
  work: Work,
  grant: Schema['grants'],
  dates: { readonly startsAtS: number; readonly expiresAtS: number | null },
): Promise<boolean> {
  const { startsAtS, expiresAtS } = dates;
  if (startsAtS === grant.starts_at_s && expiresAtS === grant.expires_at_s) return false;
  await work.trx
    .updateTable('grants')
    .set({ starts_at_s: startsAtS, expires_at_s: expiresAtS })
    .where('id', '=', grant.id)
    .execute();
  const doorIds = await doorsOfKeys(work.trx, [grant.key_id]);
  // Until the lock knows better it opens from the earlier start on.
  const dueS = Math.min(startsAtS, grant.starts_at_s);
  await settleCredentials(work, grant.person_id, doorIds, { reason: 'access-changed', dueS });
  return true;
}

export async function setRevoked(work: Work, grant: Schema['grants']): Promise<void> {
  await work.trx.updateTable('grants').set({ revoked_at_s: work.nowS }).where('id', '=', grant.id).execute();
  const doorIds = await doorsOfKeys(work.trx, [grant.key_id]);
  const change = { reason: 'access-revoked', dueS: work.nowS } as const;
  await settleCredentials(work, grant.person_id, doorIds, change);
}
