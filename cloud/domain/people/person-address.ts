// A wrong address mended: the person goes over to the account of the right one, as long as nobody has signed in by the
// wrong one. What that was sent is of no use any more.
import { endLinks } from '../../accounts/password-links.ts';
import { enqueueInviteAgain } from '../../mail/invite-mail.ts';
import { settleCredentials } from '../codes/credentials.ts';
import { doorsOfPerson } from '../access/live-access.ts';
import { dropMails, endAppOf } from './people-removal.ts';
import { ensureAccount, findByEmail } from './people.ts';
import { Refusal } from '../refusal.ts';
import type { Work } from '../work.ts';

interface Moving {
  readonly id: string;
  readonly property_id: string;
  readonly account_id: string;
}

/** Throws ADDRESS_FIXED for an account that is active, PERSON_EXISTS for an address that is at the property. */
export async function changeAddress(work: Work, person: Moving, email: string): Promise<void> {
  const { trx, nowS } = work;
  const before = await trx
    .selectFrom('accounts')
    .select(['email', 'state'])
    .where('id', '=', person.account_id)
    .executeTakeFirstOrThrow();
  if (before.state === 'active') {
    throw new Refusal('ADDRESS_FIXED', `${before.email} is an account that somebody signs in to.`, {
      subject: person.id,
      next: 'Invite the other address and give it the Keys, then delete this person.',
    });
  }
  const existing = await findByEmail(work, person.property_id, email);
  if (existing !== undefined) {
    throw new Refusal('PERSON_EXISTS', `${email} is at this property already.`, {
      subject: existing.id,
      next: 'Give the Keys to that person, and delete this one.',
    });
  }
  const accountId = await ensureAccount(work, email);
  await trx.updateTable('people').set({ account_id: accountId }).where('id', '=', person.id).execute();
  await dropMails(work, person.id);
  if (await endAppOf(work, person.account_id)) await endLinks(trx, nowS, person.account_id);
  // The other account may have a phone, by another property.
  const doorIds = await doorsOfPerson(trx, person.id, nowS);
  await settleCredentials(work, person.id, doorIds, {
    reason: 'access-given',
    dueS: nowS,
    isSameAccess: true,
  });
  await enqueueInviteAgain(work, person.id);
}
