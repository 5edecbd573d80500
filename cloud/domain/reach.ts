// Lists over all that a caller reaches, read property by property and merged: each read follows an index, so that a page
// costs the same however much there is at other properties and at other tenants.
import { propertiesWith } from './rights/rights-check.ts';
import { propertyOf } from './rights/tenancy.ts';
import type { Work } from './work.ts';

/** Those of the caller with the route's permission; the one asked for, if it is one of them. Throws NOT_FOUND, PERMISSION_MISSING. */
export async function propertiesInReach(work: Work, propertyId: string | undefined): Promise<string[]> {
  if (propertyId !== undefined) return [(await propertyOf(work, propertyId)).id];
  const { rights, permission } = work;
  switch (rights.kind) {
    case 'portfolio': {
      const all = await work.trx
        .selectFrom('properties')
        .select('id')
        .where('portfolio_id', '=', work.portfolioId)
        .orderBy('id')
        .execute();
      return all.map(({ id }) => id);
    }
    case 'properties':
      return [...propertiesWith(permission, rights.at)];
    case 'door':
    case 'app':
    case 'none':
      return [];
  }
}

/** The first `count` rows of all, in order; `rowsOf` gives the first of one property in the same order. */
export async function mergedRows<Row>(
  propertyIds: readonly string[],
  count: number,
  rowsOf: (propertyId: string) => Promise<readonly Row[]>,
  inOrder: (a: Row, b: Row) => number,
): Promise<Row[]> {
  const merged: Row[] = [];
  for (const propertyId of propertyIds) {
    merged.push(...(await rowsOf(propertyId)));
    // Not all of all properties at once.
    if (merged.length > 4 * count) merged.sort(inOrder).splice(count);
  }
  return merged.sort(inOrder).slice(0, count);
}
