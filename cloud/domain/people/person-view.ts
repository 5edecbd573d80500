// A person as the API shows one: contact, marks, the grants that the caller may know of, and the one word for their
// access now.
import type { Grant, Person } from '#protocol/api/people.ts';
import type { Schema } from '../../db/schema.ts';
import { inviteMailsOf } from '../../mail/person-mails.ts';
import { keysWithin } from '../rights/rights-check.ts';
import type { Work } from '../work.ts';

/** Access that ends within it is said to expire soon. */
export const EXPIRING_SOON_S = 30 * 86_400;

export type PersonRow = Schema['people'] & { email: string; account_state: 'pending' | 'active' };
export type GrantRow = Schema['grants'] & {
  key_name: string;
  host_first_name: string | null;
  host_last_name: string | null;
};

export async function personViews(work: Work, people: readonly PersonRow[]): Promise<Person[]> {
  if (people.length === 0) return [];
  const ids = people.map(({ id }) => id);
  const byPerson = new Map<string, GrantRow[]>(ids.map((id) => [id, []]));
  for (const grant of await grantRows(work).where('grants.person_id', 'in', ids).execute()) {
    byPerson.get(grant.person_id)?.push(grant);
  }
  const mails = await inviteMailsOf(work, ids);
  return people.map((person) => ({
    ...personView(work, person, byPerson.get(person.id) ?? []),
    mail: mails.get(person.id) ?? null,
  }));
}

function personView(work: Work, person: PersonRow, grants: readonly GrantRow[]): Omit<Person, 'mail'> {
  const within = keysWithin(work, person.property_id);
  const isShown = (grant: GrantRow): boolean => within?.has(grant.key_id) ?? true;
  const own = grants.filter(isShown).map((row) => grantView(row, work.nowS));
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
    expiringSoon: isExpiringSoon(own, work.nowS),
    grants: own,
    otherKeys: grants.filter((grant) => !isShown(grant) && isLive(grantState(grant, work.nowS))).length,
  };
}

export const grantRows = (work: Work) =>
  work.trx
    .selectFrom('grants')
    .innerJoin('access_keys', 'access_keys.id', 'grants.key_id')
    .leftJoin('people as hosts', (join) =>
      join.onRef('hosts.id', '=', 'grants.host_id').on('hosts.deleted_at_s', 'is', null),
    )
    .selectAll('grants')
    .select([
      'access_keys.name as key_name',
      'hosts.first_name as host_first_name',
      'hosts.last_name as host_last_name',
    ])
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
  host:
    grant.host_id === null
      ? null
      : {
          personId: grant.host_id,
          // Who was deleted is named under Activity alone.
          firstName: grant.host_first_name ?? 'Deleted',
          lastName: grant.host_last_name ?? 'person',
        },
});

/** From its start on, and not at its expiration any more. */
export function grantState(grant: Schema['grants'], nowS: number): Grant['state'] {
  if (grant.revoked_at_s !== null) return 'revoked';
  if (grant.expires_at_s !== null && grant.expires_at_s <= nowS) return 'expired';
  return grant.starts_at_s > nowS ? 'future' : 'current';
}

const isLive = (state: Grant['state']): boolean => state === 'current' || state === 'future';

function accessOf(grants: readonly Grant[]): Person['access'] {
  if (grants.some(({ state }) => state === 'current')) return 'current';
  if (grants.some(({ state }) => state === 'future')) return 'future';
  return grants.length === 0 ? 'none' : 'expired';
}

const isExpiringSoon = (grants: readonly Grant[], nowS: number): boolean =>
  grants.some(({ state }) => state === 'current') &&
  grants
    .filter(({ state }) => isLive(state))
    .every(({ expiresAtS }) => expiresAtS !== null && expiresAtS <= nowS + EXPIRING_SOON_S);
