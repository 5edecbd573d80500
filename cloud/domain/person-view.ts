// A person as the API shows one: contact, marks, every grant, and the one word for their access now.
import type { Grant, Person } from '#protocol/api/people.ts';
import type { Schema } from '../db/schema.ts';
import type { Work } from './work.ts';

export type PersonRow = Schema['people'] & { email: string; account_state: 'pending' | 'active' };
export type GrantRow = Schema['grants'] & { key_name: string };

export async function personViews(work: Work, people: readonly PersonRow[]): Promise<Person[]> {
  if (people.length === 0) return [];
  const ids = people.map(({ id }) => id);
  const grants = await grantRows(work).where('grants.person_id', 'in', ids).execute();
  return people.map((person) => {
    const own = grants
      .filter((grant) => grant.person_id === person.id)
      .map((row) => grantView(row, work.nowS));
    return {
      id: person.id,
      propertyId: person.property_id,
      email: person.email,
      firstName: person.first_name,
      lastName: person.last_name,
      phone: person.phone,
      credential: person.credential,
      resident: person.resident === 1,
      mayShare: person.may_share === 1,
      account: person.account_state,
      access: accessOf(own),
      grants: own,
    };
  });
}

export const grantRows = (work: Work) =>
  work.trx
    .selectFrom('grants')
    .innerJoin('access_keys', 'access_keys.id', 'grants.key_id')
    .selectAll('grants')
    .select('access_keys.name as key_name')
    .orderBy('grants.created_at_s')
    .orderBy('grants.id');

export const grantView = (grant: GrantRow, nowS: number): Grant => ({
  id: grant.id,
  keyId: grant.key_id,
  keyName: grant.key_name,
  state: grantState(grant, nowS),
  startsAtS: grant.starts_at_s,
  expiresAtS: grant.expires_at_s,
  revokedAtS: grant.revoked_at_s,
});

/** From its start on, and not at its expiration any more. */
export function grantState(grant: Schema['grants'], nowS: number): Grant['state'] {
  if (grant.revoked_at_s !== null) return 'revoked';
  if (grant.expires_at_s !== null && grant.expires_at_s <= nowS) return 'expired';
  return grant.starts_at_s > nowS ? 'future' : 'current';
}

function accessOf(grants: readonly Grant[]): Person['access'] {
  if (grants.some(({ state }) => state === 'current')) return 'current';
  if (grants.some(({ state }) => state === 'future')) return 'future';
  return grants.length === 0 ? 'none' : 'expired';
}
