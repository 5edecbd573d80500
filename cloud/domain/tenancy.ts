// The only way to an object by its id: within the caller's portfolio, or as if it did not exist.
import type { Work } from './work.ts';
import { notFound } from './refusal.ts';

export async function propertyOf(work: Work, propertyId: string) {
  const found = await work.trx
    .selectFrom('properties')
    .selectAll()
    .where('id', '=', propertyId)
    .where('portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('property');
  return found;
}

export async function doorOf(work: Work, doorId: string) {
  const found = await work.trx
    .selectFrom('doors')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .selectAll('doors')
    .select('properties.zone')
    .where('doors.id', '=', doorId)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('door');
  return found;
}

export async function keyOf(work: Work, keyId: string) {
  const found = await work.trx
    .selectFrom('access_keys')
    .innerJoin('properties', 'properties.id', 'access_keys.property_id')
    .selectAll('access_keys')
    .where('access_keys.id', '=', keyId)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('Key');
  return found;
}

export async function personOf(work: Work, personId: string) {
  const found = await work.trx
    .selectFrom('people')
    .innerJoin('properties', 'properties.id', 'people.property_id')
    .selectAll('people')
    .where('people.id', '=', personId)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('person');
  return found;
}

export async function grantOf(work: Work, grantId: string) {
  const found = await work.trx
    .selectFrom('grants')
    .innerJoin('people', 'people.id', 'grants.person_id')
    .innerJoin('properties', 'properties.id', 'people.property_id')
    .selectAll('grants')
    .where('grants.id', '=', grantId)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('grant');
  return found;
}

/** The lock bound to a door of the portfolio, if one is. */
export const lockOf = (work: Work, doorId: string) =>
  work.trx.selectFrom('locks').selectAll().where('door_id', '=', doorId).executeTakeFirst();
