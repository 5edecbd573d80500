// What is told of a change to a person: the record as it is now, the doors that are behind, and word to open pages.
import type { Person, PersonChange } from '#protocol/api/people.ts';
import type { Schema } from '../../db/schema.ts';
import { doorsBehind } from '../sync/doors-behind.ts';
import { personViews } from './person-view.ts';
import type { Work } from '../work.ts';

type PersonRef = Pick<Schema['people'], 'id' | 'property_id'>;

export function notePerson(work: Work, { id, property_id: propertyId }: PersonRef): void {
  work.outbox.announce({ kind: 'people', propertyId, subject: id });
}

export async function changedPerson(work: Work, person: PersonRef): Promise<PersonChange> {
  notePerson(work, person);
  return { ...(await shownPerson(work, person.id)), ...(await doorsBehind(work)) };
}

/** Of a person who is known to be the caller's to see. */
export async function shownPerson(work: Work, personId: string): Promise<Person> {
  const row = await peopleRows(work).where('people.id', '=', personId).executeTakeFirstOrThrow();
  return (await personViews(work, [row]))[0] as Person;
}

/** With what the account says; nobody who was deleted. */
export const peopleRows = (work: Work) =>
  work.trx
    .selectFrom('people')
    .innerJoin('accounts', 'accounts.id', 'people.account_id')
    .selectAll('people')
    .select(['accounts.email', 'accounts.state as account_state'])
    .where('people.deleted_at_s', 'is', null);
