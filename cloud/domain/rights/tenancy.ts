// The only way to an object by its id: within the caller's portfolio and rights, or as if it did not exist.
import { isLive } from '../access/live-access.ts';
import { permissionMissing } from './rights.ts';
import { keysWithin, requireAt } from './rights-check.ts';
import { notFound } from '../refusal.ts';
import type { Work } from '../work.ts';

export async function propertyOf(work: Work, propertyId: string) {
  const found = await work.trx
    .selectFrom('properties')
    .selectAll()
    .where('id', '=', propertyId)
    .where('portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('property');
  requireAt(work, found.id, 'property');
  return found;
}

/** Of a lock's own token its own door; of the app the doors that the account opens now, to carry to them. */
export async function doorOf(work: Work, doorId: string) {
  const found = await work.trx
    .selectFrom('doors')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .selectAll('doors')
    .select(['properties.zone', 'properties.portfolio_id'])
    .where('doors.id', '=', doorId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('door');
  if (await isOwnDoor(work, doorId)) return found;
  if (found.portfolio_id !== work.portfolioId) throw notFound('door');
  requireAt(work, found.property_id, 'door');
  return found;
}

async function isOwnDoor(work: Work, doorId: string): Promise<boolean> {
  const { rights, permission, trx, nowS } = work;
  if (permission !== 'carry') return false;
  if (rights.kind === 'door') return rights.doorId === doorId;
  if (rights.kind !== 'app') return false;
  const opens = await trx
    .selectFrom('people')
    .innerJoin('grants', 'grants.person_id', 'people.id')
    .innerJoin('key_doors', 'key_doors.key_id', 'grants.key_id')
    .select('grants.id')
    .where('people.account_id', '=', rights.accountId)
    .where('people.deleted_at_s', 'is', null)
    .where('people.credential', '=', 'app')
    .where('key_doors.door_id', '=', doorId)
    .where(isLive(nowS))
    .where('grants.starts_at_s', '<=', nowS)
    .executeTakeFirst();
  return opens !== undefined;
}

/** A manager of `specific` Key Management gets the named Keys alone. */
export async function keyOf(work: Work, keyId: string) {
  const found = await work.trx
    .selectFrom('access_keys')
    .innerJoin('properties', 'properties.id', 'access_keys.property_id')
    .selectAll('access_keys')
    .where('access_keys.id', '=', keyId)
    .where('access_keys.deleted_at_s', 'is', null)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('Key');
  requireAt(work, found.property_id, 'Key');
  const within = keysWithin(work, found.property_id);
  if (within !== undefined && !within.has(keyId)) throw permissionMissing(work.permission);
  return found;
}

/** Nobody who was deleted. A manager of `specific` Key Management gets people who hold or held the named Keys. */
export async function personOf(work: Work, personId: string) {
  const found = await personToGive(work, personId);
  const within = keysWithin(work, found.property_id);
  if (within !== undefined && !(await holdsOneOf(work, personId, within))) throw notFound('person');
  return found;
}

/** To give a Key to: anybody at the property, as what may be given is settled by the Key. Of an app the account itself. */
export async function personToGive(work: Work, personId: string) {
  const found = await work.trx
    .selectFrom('people')
    .innerJoin('properties', 'properties.id', 'people.property_id')
    .selectAll('people')
    .select('properties.portfolio_id')
    .where('people.id', '=', personId)
    .where('people.deleted_at_s', 'is', null)
    .executeTakeFirst();
  if (found === undefined) throw notFound('person');
  const { rights } = work;
  if (rights.kind === 'app' && work.permission === 'app' && found.account_id === rights.accountId)
    return found;
  if (found.portfolio_id !== work.portfolioId) throw notFound('person');
  requireAt(work, found.property_id, 'person');
  return found;
}

async function holdsOneOf(work: Work, personId: string, keyIds: ReadonlySet<string>): Promise<boolean> {
  if (keyIds.size === 0) return false;
  const held = await work.trx
    .selectFrom('grants')
    .select('id')
    .where('person_id', '=', personId)
    .where('key_id', 'in', [...keyIds])
    .executeTakeFirst();
  return held !== undefined;
}

export async function grantOf(work: Work, grantId: string) {
  const found = await work.trx
    .selectFrom('grants')
    .innerJoin('people', 'people.id', 'grants.person_id')
    .innerJoin('properties', 'properties.id', 'people.property_id')
    .selectAll('grants')
    .select('people.property_id')
    .where('grants.id', '=', grantId)
    .where('people.deleted_at_s', 'is', null)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('grant');
  requireAt(work, found.property_id, 'grant');
  const within = keysWithin(work, found.property_id);
  if (within !== undefined && !within.has(found.key_id)) throw notFound('grant');
  return found;
}

/** The lock bound to a door of the portfolio, if one is. */
export const lockOf = (work: Work, doorId: string) =>
  work.trx.selectFrom('locks').selectAll().where('door_id', '=', doorId).executeTakeFirst();
