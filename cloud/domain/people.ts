// People of a property. An e-mail address is one account everywhere; what a property writes about the person
// stays with that property.
import { sql, type SqlBool } from 'kysely';
import type { z } from 'zod';
import type { Invite, Person, PersonEdit, Revoked } from '#protocol/api/people.ts';
import { giveKeys, revokeGrants } from './grants.ts';
import { newId } from './ids.ts';
import { afterCursor, decodeCursor, pageOf, type PageWish } from './pages.ts';
import { personViews } from './person-view.ts';
import { Refusal } from './refusal.ts';
import { keyOf, personOf, propertyOf } from './tenancy.ts';
import type { Work } from './work.ts';

/** Throws PERSON_EXISTS with the id where the address is at the property already. */
export async function invitePerson(work: Work, propertyId: string, invite: Invite): Promise<Person> {
  await propertyOf(work, propertyId);
  for (const keyId of invite.keyIds) {
    const key = await keyOf(work, keyId);
    if (key.property_id !== propertyId) {
      throw new Refusal('NOT_FOUND', `The Key ${key.name} is of another property.`, { subject: keyId });
    }
  }
  const existing = await findByEmail(work, propertyId, invite.email);
  if (existing !== undefined) {
    throw new Refusal('PERSON_EXISTS', `${invite.email} is at this property already.`, {
      subject: existing.id,
      next: 'Give further Keys to that person.',
    });
  }
  const personId = await insertPerson(work, propertyId, invite);
  await giveKeys(work, personId, invite.keyIds, invite);
  return getPerson(work, personId);
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
>;

/** The new person's id; the account is made with it, pending, where the address has none. */
export async function insertPerson(work: Work, propertyId: string, person: NewPerson): Promise<string> {
  const { trx, nowS, random } = work;
  const id = newId(random, 'person');
  await trx
    .insertInto('people')
    .values({
      id,
      property_id: propertyId,
      account_id: await accountOf(work, person.email),
      first_name: person.firstName,
      last_name: person.lastName,
      sort_name: sortName(person),
      phone: person.phone,
      credential: person.credential,
      resident: person.resident ? 1 : 0,
      may_share: person.mayShare ? 1 : 0,
      created_at_s: nowS,
      deleted_at_s: null,
    })
    .execute();
  return id;
}

export async function editPerson(
  work: Work,
  personId: string,
  edit: z.infer<typeof PersonEdit>,
): Promise<Person> {
  const person = await personOf(work, personId);
  const names = {
    firstName: edit.firstName ?? person.first_name,
    lastName: edit.lastName ?? person.last_name,
  };
  await work.trx
    .updateTable('people')
    .set({
      first_name: names.firstName,
      last_name: names.lastName,
      sort_name: sortName(names),
      phone: edit.phone === undefined ? person.phone : edit.phone,
      resident: flag(edit.resident, person.resident),
      may_share: flag(edit.mayShare, person.may_share),
    })
    .where('id', '=', personId)
    .execute();
  return getPerson(work, personId);
}

export async function getPerson(work: Work, personId: string): Promise<Person> {
  const { property_id: propertyId } = await personOf(work, personId);
  const row = await peopleRows(work, propertyId).where('people.id', '=', personId).executeTakeFirstOrThrow();
  return (await personViews(work, [row]))[0] as Person;
}

/** Removes all current access and keeps the record; the same record can be given Keys again. */
export async function revokeAllKeys(work: Work, personId: string): Promise<Revoked> {
  await personOf(work, personId);
  const held = await work.trx
    .selectFrom('grants')
    .selectAll()
    .where('person_id', '=', personId)
    .where('revoked_at_s', 'is', null)
    .where((eb) => eb.or([eb('expires_at_s', 'is', null), eb('expires_at_s', '>', work.nowS)]))
    .execute();
  const doorsToSync = await revokeGrants(work, personId, held);
  return { person: await getPerson(work, personId), doorsToSync };
}

export interface PeopleWish extends PageWish {
  readonly showExpired: boolean;
  readonly search?: string | undefined;
  /** Normalised. */
  readonly email?: string | undefined;
}

/** In the order of last names. Who held Keys once and holds none now is listed with showExpired only. */
export async function listPeople(work: Work, propertyId: string, wish: PeopleWish) {
  await propertyOf(work, propertyId);
  const cursor = decodeCursor(wish.after);
  const pattern = `%${(wish.search ?? '').toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  const rows = await peopleRows(work, propertyId)
    .$if(!wish.showExpired, (query) =>
      query.where((eb) => {
        const grants = eb
          .selectFrom('grants')
          .select('grants.id')
          .whereRef('grants.person_id', '=', 'people.id');
        const live = grants
          .where('grants.revoked_at_s', 'is', null)
          .where((g) =>
            g.or([g('grants.expires_at_s', 'is', null), g('grants.expires_at_s', '>', work.nowS)]),
          );
        return eb.or([eb.exists(live), eb.not(eb.exists(grants))]);
      }),
    )
    .$if(wish.search !== undefined, (query) =>
      query.where((eb) =>
        eb.or([likeEscaped('people.sort_name', pattern), likeEscaped('accounts.email', pattern)]),
      ),
    )
    .$if(wish.email !== undefined, (query) => query.where('accounts.email', '=', wish.email ?? ''))
    .where(afterCursor(cursor, 'people.sort_name', 'people.id'))
    .orderBy('people.sort_name')
    .orderBy('people.id')
    .limit(wish.limit + 1)
    .execute();
  const page = pageOf(
    rows,
    wish.limit,
    ({ sort_name: sort, id }) => ({ sort, id }),
    (row) => row,
  );
  return { items: await personViews(work, page.items), next: page.next };
}

/** The escape character is named, as databases differ in having one by default. */
const likeEscaped = (column: string, pattern: string) =>
  sql<SqlBool>`${sql.ref(column)} like ${pattern} escape ${'\\'}`;

const peopleRows = (work: Work, propertyId: string) =>
  work.trx
    .selectFrom('people')
    .innerJoin('accounts', 'accounts.id', 'people.account_id')
    .selectAll('people')
    .select(['accounts.email', 'accounts.state as account_state'])
    .where('people.property_id', '=', propertyId)
    .where('people.deleted_at_s', 'is', null);

async function accountOf(work: Work, email: string): Promise<string> {
  const existing = await work.trx
    .selectFrom('accounts')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirst();
  if (existing !== undefined) return existing.id;
  const id = newId(work.random, 'account');
  await work.trx
    .insertInto('accounts')
    .values({
      id,
      email,
      state: 'pending',
      password_hash: null,
      created_at_s: work.nowS,
      activated_at_s: null,
    })
    .execute();
  return id;
}

const sortName = ({ firstName, lastName }: { firstName: string; lastName: string }): string =>
  `${lastName}, ${firstName}`.toLowerCase();

const flag = (wanted: boolean | undefined, present: number): number =>
  wanted === undefined ? present : wanted ? 1 : 0;
