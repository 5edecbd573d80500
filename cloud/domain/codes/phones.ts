// The phone of an account: one at a time, known by its public key, which opens every door that the account's people
// hold a Key of with the app. Another phone takes the place of the one before.
import { settleCredentials } from './credentials.ts';
import { newId } from '../ids.ts';
import { doorsOfPerson } from '../access/live-access.ts';
import { Refusal } from '../refusal.ts';
import { SWEPT_MAX } from '../sweep.ts';
import type { Work } from '../work.ts';

/** Revoked ones are remembered so long, that none comes back. */
const REVOKED_KEPT_S = 30 * 86_400;

/**
 * `publicKey`: X25519, 32 bytes. False where it is the present one again. Throws PHONE_IN_USE for a key of before or of
 * another account: two rows of one key at a door could not be told apart. Who took somebody's public key first opens
 * nothing with it, and the way on is a new key, which nobody else can know.
 */
export async function setPhone(
  work: Work,
  accountId: string,
  publicKey: Uint8Array,
  label: string,
): Promise<boolean> {
  await sweepRevoked(work);
  const known = await work.trx
    .selectFrom('phones')
    .select(['account_id', 'revoked_at_s'])
    .where('public_key', '=', publicKey)
    .executeTakeFirst();
  if (known !== undefined) {
    if (known.account_id === accountId && known.revoked_at_s === null) return false;
    throw new Refusal('PHONE_IN_USE', 'This key was registered before.', {
      next: 'Let the app make a new key and register that one.',
    });
  }
  const isReplaced = await revokePhone(work, accountId);
  await work.trx
    .insertInto('phones')
    .values({
      id: newId(work.random, 'phone'),
      account_id: accountId,
      public_key: publicKey,
      label,
      created_at_s: work.nowS,
      revoked_at_s: null,
    })
    .execute();
  // The phone before opens until the locks know.
  await settleAccount(work, accountId, isReplaced ? 'access-revoked' : 'access-given');
  return true;
}

async function sweepRevoked({ trx, nowS }: Work): Promise<void> {
  const over = await trx
    .selectFrom('phones')
    .select('id')
    .where('revoked_at_s', '<=', nowS - REVOKED_KEPT_S)
    .limit(SWEPT_MAX)
    .execute();
  if (over.length === 0) return;
  const ids = over.map(({ id }) => id);
  await trx.deleteFrom('phones').where('id', 'in', ids).execute();
}

/** The account's app opens nothing more, once the locks know. */
export async function endPhone(work: Work, accountId: string): Promise<void> {
  await revokePhone(work, accountId);
  await settleAccount(work, accountId, 'access-revoked');
}

/** Whether there was one. */
export async function revokePhone(work: Work, accountId: string): Promise<boolean> {
  const revoked = await work.trx
    .updateTable('phones')
    .set({ revoked_at_s: work.nowS })
    .where('account_id', '=', accountId)
    .where('revoked_at_s', 'is', null)
    .returning('id')
    .execute();
  return revoked.length > 0;
}

async function settleAccount(
  work: Work,
  accountId: string,
  reason: 'access-given' | 'access-revoked',
): Promise<void> {
  const people = await work.trx
    .selectFrom('people')
    .select('id')
    .where('account_id', '=', accountId)
    .where('deleted_at_s', 'is', null)
    .execute();
  for (const { id } of people) {
    const doorIds = await doorsOfPerson(work.trx, id, work.nowS);
    await settleCredentials(work, id, doorIds, { reason, dueS: work.nowS, isSameAccess: true });
  }
}
