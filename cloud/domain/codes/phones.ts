// The phone of an account: one at a time, known by its public key, which opens every door that the account's people
// hold a Key of with the app. Another phone takes the place of the one before.
import { settleCredentials } from './credentials.ts';
import { newId } from '../ids.ts';
import { doorsOfPerson } from '../access/live-access.ts';
import { Refusal } from '../refusal.ts';
import type { Work } from '../work.ts';

/** `publicKey`: X25519, 32 bytes. The same again changes nothing. Throws PHONE_IN_USE for the key of another account. */
export async function setPhone(
  work: Work,
  accountId: string,
  publicKey: Uint8Array,
  label: string,
): Promise<void> {
  const known = await work.trx
    .selectFrom('phones')
    .select(['account_id', 'revoked_at_s'])
    .where('public_key', '=', publicKey)
    .executeTakeFirst();
  if (known !== undefined) {
    if (known.account_id === accountId && known.revoked_at_s === null) return;
    throw new Refusal('PHONE_IN_USE', 'This key was registered before.', {
      next: 'Let the app make a new key and register that one.',
    });
  }
  const isReplaced = await revoke(work, accountId);
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
}

/** The account's app opens nothing more, once the locks know. */
export async function endPhone(work: Work, accountId: string): Promise<void> {
  await revoke(work, accountId);
  await settleAccount(work, accountId, 'access-revoked');
}

/** Whether there was one. */
async function revoke(work: Work, accountId: string): Promise<boolean> {
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
