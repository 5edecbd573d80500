// People of a property. An e-mail address is one account everywhere; what a property writes about the person
// stays with that property.
import type { Invite, Person, PersonChange } from '#protocol/api/people.ts';
import { enqueueInviteMails } from '../../mail/invite-mail.ts';
import { giveKeys } from '../access/grants.ts';
import { newId } from '../ids.ts';
import { changedPerson, shownPerson } from './person-change.ts';
import { Refusal } from '../refusal.ts';
import { permissionMissing } from '../rights/rights.ts';
import { keysWithin } from '../rights/rights-check.ts';
import { keyOf, personOf, propertyOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

/** Throws PERSON_EXISTS with the id where the address is at the property already. */
export async function invitePerson(work: Work, propertyId: string, invite: Invite): Promise<PersonChange> {
  await propertyOf(work, propertyId);
  await requireKeysToGive(work, propertyId, invite.keyIds);
  const existing = await findByEmail(work, propertyId, invite.email);
  if (existing !== undefined) {
    throw new Refusal('PERSON_EXISTS', `${invite.email} is at this property already.`, {
      subject: existing.id,
      next: 'Give further Keys to that person.',
    });
  }
  const id = await insertPerson(work, propertyId, invite);
  await giveKeys(work, id, invite.keyIds, invite);
  await enqueueInviteMails(work, [{ personId: id, startsAtS: invite.startsAtS ?? work.nowS }]);
  return changedPerson(work, { id, property_id: propertyId });
}

/**
 * Keys of the property that the caller may give; a manager of named Keys gives at least one of them. Throws NOT_FOUND,
 * PERMISSION_MISSING.
 */
export async function requireKeysToGive(
  work: Work,
  propertyId: string,
  keyIds: readonly string[],
): Promise<void> {
  for (const keyId of keyIds) {
    const key = await keyOf(work, keyId);
    if (key.property_id !== propertyId) {
      throw new Refusal('NOT_FOUND', `The Key ${key.name} is of another property.`, { subject: keyId });
    }
  }
  if (keyIds.length === 0 && keysWithin(work, propertyId) !== undefined) throw permissionMissing('keys');
}

export const findByEmail = (
  work: Work,
  propertyId: string,
  email: string,
): Promise<{ id: string } | undefined> =>
  work.trx
    .selectFrom('people')
    .innerJoin('accounts', 'accounts.id', 'people.account_id')
    .select('people.id')
    .where('people.property_id', '=', propertyId)
    .where('people.deleted_at_s', 'is', null)
    .where('accounts.email', '=', email)
    .executeTakeFirst();

export type NewPerson = Pick<
  Invite,
  'email' | 'firstName' | 'lastName' | 'phone' | 'credential' | 'resident' | 'mayShare'
> &
  Partial<Pick<Invite, 'singleUse'>>;

/** The new person's id; the account is made with it, pending, where the address has none. */
export async function insertPerson(work: Work, propertyId: string, person: NewPerson): Promise<string> {
  return (await insertPeople(work, propertyId, [person]))[0] ?? '';
}

/** Their ids, in order. No address twice. */
export async function insertPeople(
  work: Work,
  propertyId: string,
  people: readonly NewPerson[],
): Promise<string[]> {
  const { trx, nowS, random } = work;
  const accounts = await ensureAccounts(
    work,
    people.map(({ email }) => email),
  );
  const rows = people.map((person) => ({
    id: newId(random, 'person'),
    property_id: propertyId,
    account_id: accounts.get(person.email) ?? '',
    first_name: person.firstName,
    last_name: person.lastName,
    ...searchOf(person),
    phone: person.phone,
    credential: person.credential,
    single_use: person.singleUse === true ? 1 : 0,
    resident: person.resident ? 1 : 0,
    may_share: person.mayShare ? 1 : 0,
    created_at_s: nowS,
    deleted_at_s: null,
  }));
  if (rows.length > 0) await trx.insertInto('people').values(rows).execute();
  return rows.map(({ id }) => id);
}

export async function getPerson(work: Work, personId: string): Promise<Person> {
  await personOf(work, personId);
  return shownPerson(work, personId);
}

/** The account of an address, pending where there was none. */
export async function ensureAccount(work: Work, email: string): Promise<string> {
  return (await ensureAccounts(work, [email])).get(email) ?? '';
}

/** By address. */
async function ensureAccounts(work: Work, emails: readonly string[]): Promise<Map<string, string>> {
  if (emails.length === 0) return new Map();
  const { trx, nowS, random } = work;
  const existing = await trx
    .selectFrom('accounts')
    .select(['id', 'email'])
    .where('email', 'in', [...emails])
    .execute();
  const ids = new Map(existing.map(({ id, email }) => [email, id]));
  const rows = [...new Set(emails)]
    .filter((email) => !ids.has(email))
    .map((email) => ({
      id: newId(random, 'account'),
      email,
      state: 'pending' as const,
      password_hash: null,
      created_at_s: nowS,
      activated_at_s: null,
    }));
  if (rows.length > 0) await trx.insertInto('accounts').values(rows).execute();
  for (const { id, email } of rows) ids.set(email, id);
  return ids;
}

/** By JavaScript's rules of case, as databases differ in theirs. */
export const searchable = (text: string): string => text.normalize('NFC').toLowerCase();

type Contact = Pick<NewPerson, 'firstName' | 'lastName' | 'email' | 'phone'>;

export function searchOf({ firstName, lastName, email, phone }: Contact): {
  sort_name: string;
  search: string;
} {
  const sort_name = searchable(`${lastName}, ${firstName}`);
  // In a search "ada example" and "example, ada" are the same person.
  return { sort_name, search: searchable([sort_name, firstName, lastName, email, phone ?? ''].join(' ')) };
}
