// The people of a property whom a file's rows may be about, with what each holds: read for a batch of addresses in a few
// queries, whatever their number.
import type { Schema } from '../db/schema.ts';
import type { Work } from '../domain/work.ts';

export interface KnownPerson {
  readonly personId: string;
  /** Given by managers, in force or to come, by Key. */
  readonly held: ReadonlyMap<string, Schema['grants']>;
  /** Held Keys once and holds none now, of a manager or a resident. */
  readonly hasLostAccess: boolean;
}

export async function knownPeople(
  work: Work,
  propertyId: string,
  emails: readonly string[],
): Promise<Map<string, KnownPerson>> {
  const known = new Map<string, KnownPerson>();
  if (emails.length === 0) return known;
  const people = await work.trx
    .selectFrom('people')
    .innerJoin('accounts', 'accounts.id', 'people.account_id')
    .select(['people.id', 'accounts.email'])
    .where('people.property_id', '=', propertyId)
    .where('people.deleted_at_s', 'is', null)
    .where('accounts.email', 'in', [...emails])
    .execute();
  if (people.length === 0) return known;
  const grants = await work.trx
    .selectFrom('grants')
    .selectAll()
    .where(
      'person_id',
      'in',
      people.map(({ id }) => id),
    )
    .execute();
  const byPerson = new Map<string, Schema['grants'][]>(people.map(({ id }) => [id, []]));
  for (const grant of grants) byPerson.get(grant.person_id)?.push(grant);
  for (const { id, email } of people) {
    const all = byPerson.get(id) ?? [];
    const live = all.filter((grant) => isLive(grant, work.nowS));
    known.set(email, {
      personId: id,
      held: new Map(live.filter(({ host_id }) => host_id === null).map((grant) => [grant.key_id, grant])),
      hasLostAccess: all.length > 0 && live.length === 0,
    });
  }
  return known;
}

const isLive = (grant: Schema['grants'], nowS: number): boolean =>
  grant.revoked_at_s === null && (grant.expires_at_s === null || grant.expires_at_s > nowS);
