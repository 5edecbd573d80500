// The caller's rights held against an object's property: the check behind every object, and the same as a condition of
// lists. Whatever handler forgets it finds nothing, as objects are found through it alone.
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { notFound } from './refusal.ts';
import { includes, permissionMissing } from './rights.ts';
import type { Work } from './work.ts';

/**
 * The check behind every object of a property. Throws NOT_FOUND where the property was not given to the caller at all,
 * PERMISSION_MISSING where it was, for other things.
 */
export function requireAt(work: Work, propertyId: string, what: string, permission = work.permission): void {
  const { rights, trace } = work;
  trace.propertyId ??= propertyId;
  if (rights.kind === 'portfolio') {
    if (permission !== 'app') return;
    throw notFound(what);
  }
  const at = rights.kind === 'properties' ? rights.at.get(propertyId) : undefined;
  if (at === undefined) throw notFound(what);
  if (!includes(at, permission)) throw permissionMissing(permission);
}

/** The Keys that a manager of `specific` Key Management is kept to; undefined for one who is not. */
export function keysWithin(work: Work, propertyId: string): ReadonlySet<string> | undefined {
  if (work.rights.kind !== 'properties') return undefined;
  const at = work.rights.at.get(propertyId);
  return at?.keyManagement === 'specific' ? at.keyIds : undefined;
}

/** As a condition of a list: rows of those properties where the caller has the route's permission. */
export function withinReach(
  work: Work,
  columns: { readonly property: string; readonly door?: string },
): RawBuilder<SqlBool> {
  const { rights, permission } = work;
  switch (rights.kind) {
    case 'portfolio':
      return sql<SqlBool>`1 = 1`;
    case 'properties': {
      const ids = [...rights.at].filter(([, at]) => includes(at, permission)).map(([id]) => id);
      return ids.length === 0
        ? sql<SqlBool>`1 = 0`
        : sql<SqlBool>`${sql.ref(columns.property)} in (${sql.join(ids)})`;
    }
    case 'door':
      return columns.door === undefined || permission !== 'carry'
        ? sql<SqlBool>`1 = 0`
        : sql<SqlBool>`${sql.ref(columns.door)} = ${rights.doorId}`;
    case 'app':
    case 'none':
      return sql<SqlBool>`1 = 0`;
  }
}
