// The account of an app as the people it is: who asks is the account of the token, and nothing else finds a person here.
import type { AppMe } from '#protocol/api/app.ts';
import { encodeHex } from '#protocol/bytes.ts';
import type { Schema } from '../../db/schema.ts';
import { notFound } from '../refusal.ts';
import type { Work } from '../work.ts';

export interface OwnPerson {
  readonly id: string;
  readonly property_id: string;
  readonly property_name: string;
  readonly portfolio_id: string;
  readonly zone: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly resident: number;
  readonly may_share: number;
  readonly credential: Schema['people']['credential'];
}

/** Throws NOT_FOUND for a token that is no app's. */
export function accountOfApp({ rights }: Work): string {
  if (rights.kind !== 'app') throw notFound('account');
  return rights.accountId;
}

/** Nobody who was deleted; people with doorcodes alone have no app. */
export const ownPeople = (work: Work): Promise<OwnPerson[]> =>
  work.trx
    .selectFrom('people')
    .innerJoin('properties', 'properties.id', 'people.property_id')
    .select([
      'people.id',
      'people.property_id',
      'people.first_name',
      'people.last_name',
      'people.resident',
      'people.may_share',
      'people.credential',
      'properties.name as property_name',
      'properties.portfolio_id',
      'properties.zone',
    ])
    .where('people.account_id', '=', accountOfApp(work))
    .where('people.deleted_at_s', 'is', null)
    .where('people.credential', '=', 'app')
    .orderBy('properties.name')
    .orderBy('people.id')
    .execute();

export async function appMe(work: Work): Promise<AppMe> {
  const accountId = accountOfApp(work);
  const { email } = await work.trx
    .selectFrom('accounts')
    .select('email')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  const phone = await activePhone(work, accountId);
  return {
    accountId,
    email,
    people: (await ownPeople(work)).map((person) => ({
      personId: person.id,
      propertyId: person.property_id,
      propertyName: person.property_name,
      zone: person.zone,
      firstName: person.first_name,
      lastName: person.last_name,
      resident: person.resident === 1,
      mayShare: person.may_share === 1,
    })),
    phone: phone === undefined ? null : phoneView(phone),
  };
}

export const activePhone = (work: Work, accountId: string): Promise<Schema['phones'] | undefined> =>
  work.trx
    .selectFrom('phones')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('revoked_at_s', 'is', null)
    .executeTakeFirst();

export const phoneView = (phone: Schema['phones']) => ({
  id: phone.id,
  label: phone.label,
  publicKey: encodeHex(phone.public_key),
  createdAtS: phone.created_at_s,
});
