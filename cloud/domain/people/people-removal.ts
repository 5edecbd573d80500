// Taking everything a person has: Revoke All Keys keeps the record, Delete Person does not. Both end the access of the
// guests whose host the person is.
import { revokePhone } from '../codes/phones.ts';
import type { PersonDeleted, Revoked } from '#protocol/api/people.ts';
import { endIdleLinks } from '../../accounts/password-links.ts';
import type { Schema } from '../../db/schema.ts';
import { doorsBehind } from '../sync/doors-behind.ts';
import { revokeGrants } from '../access/grants.ts';
import { fitGuests } from './guest-bounds.ts';
import { liveGrants } from '../access/live-grants.ts';
import { notePerson, shownPerson } from './person-change.ts';
import { requireNoOtherKeys } from '../rights/specific-rights.ts';
import { personOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

/** The same record can be given Keys again. */
export async function revokeAllKeys(work: Work, personId: string): Promise<Revoked> {
  const person = await personOf(work, personId);
  await requireNoOtherKeys(work, person, 'revoke all Keys');
  const guests = await takeAll(work, personId);
  notePerson(work, person);
  return { person: await shownPerson(work, personId), guests: guests.size, ...(await doorsBehind(work)) };
}

/** The record stays for the activity alone: no list, search or id finds it, and a fresh invite makes a new one. */
export async function deletePerson(work: Work, personId: string): Promise<PersonDeleted> {
  const person = await personOf(work, personId);
  await requireNoOtherKeys(work, person, 'delete this person');
  const guests = await takeAll(work, personId);
  const { trx, nowS } = work;
  await trx.updateTable('people').set({ deleted_at_s: nowS }).where('id', '=', personId).execute();
  await trx
    .updateTable('keycards')
    .set({ ended_at_s: nowS })
    .where('person_id', '=', personId)
    .where('ended_at_s', 'is', null)
    .execute();
  await dropMails(work, personId);
  if (await endAppOf(work, person.account_id)) await endIdleLinks(trx, nowS, person.account_id);
  notePerson(work, person);
  return { id: personId, guests: guests.size, ...(await doorsBehind(work)) };
}

async function takeAll(work: Work, personId: string): Promise<ReadonlySet<string>> {
  const held = await liveGrants(work).where('person_id', '=', personId).execute();
  const guests = await revokeGrants(work, held);
  return new Set([...guests, ...(await fitGuests(work, personId))]);
}

/** Those that are on their way. */
export async function dropMails({ trx }: Work, personId: string): Promise<void> {
  await trx
    .updateTable('mails')
    .set({ state: 'dropped' })
    .where('person_id', '=', personId)
    .where('state', '=', 'waiting')
    .execute();
}

/** Where the account is no person any more, its phone and its app end with the last record. True where they did. */
export async function endAppOf(work: Work, accountId: string): Promise<boolean> {
  const other = await work.trx
    .selectFrom('people')
    .select('id')
    .where('account_id', '=', accountId)
    .where('deleted_at_s', 'is', null)
    .executeTakeFirst();
  if (other !== undefined) return false;
  await revokePhone(work, accountId);
  await endTokens(work, { account_id: accountId, portfolio_id: null });
  return true;
}

/** Every token and session of the account for that tenant, from this transaction on. */
export async function endTokens(
  work: Work,
  { account_id, portfolio_id }: Pick<Schema['tokens'], 'account_id' | 'portfolio_id'>,
): Promise<void> {
  const ended = await work.trx
    .updateTable('tokens')
    .set({ revoked_at_s: work.nowS })
    .where('account_id', '=', account_id)
    .where('portfolio_id', portfolio_id === null ? 'is' : '=', portfolio_id)
    .where('revoked_at_s', 'is', null)
    .returning('id')
    .execute();
  for (const { id } of ended) work.outbox.announce({ kind: 'token-ended', subject: id });
}
