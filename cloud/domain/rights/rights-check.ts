// The caller's rights held against an object's property: the check behind every object, and the same as a condition of
// lists. Whatever handler forgets it finds nothing, as objects are found through it alone.
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { Permission } from '#protocol/api/contract.ts';
import { notFound } from '../refusal.ts';
import { includes, permissionMissing, type PropertyRights } from './rights.ts';
import type { Work } from '../work.ts';

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

/** Where the caller has the route's permission. Throws PERMISSION_MISSING where properties were given, none of them with it. */
export function propertiesWith(
  permission: Permission,
  at: ReadonlyMap<string, PropertyRights>,
): readonly string[] {
  const ids = [...at].flatMap(([id, rights]) => (includes(rights, permission) ? [id] : []));
  if (ids.length === 0 && at.size > 0) throw permissionMissing(permission);
  return ids.sort();
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
      const ids = propertiesWith(permission, rights.at);
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
