// What a caller may do where. Loaded within the transaction that the request runs in, so that a right that was taken
// away a moment ago is gone; and deny by default: what no line here allows is refused.
import type { Permission } from '#protocol/api/contract.ts';
import type { KeyManagement } from '#protocol/api/managers.ts';
import type { Principal } from '../../accounts/tokens.ts';
import type { Trx } from '../../db/store.ts';
import { Refusal } from '../refusal.ts';

/** Of a property manager at one property. */
export interface PropertyRights {
  readonly keyManagement: KeyManagement;
  readonly deviceManagement: boolean;
  readonly activation: boolean;
  /** The Keys that Key Management `specific` is for. */
  readonly keyIds: ReadonlySet<string>;
}

export type Rights =
  /** A portfolio manager: everything at every property of the portfolio. */
  | { readonly kind: 'portfolio' }
  | { readonly kind: 'properties'; readonly at: ReadonlyMap<string, PropertyRights> }
  /** Somebody's app: their own doors, whatever else the account may do in DOOR OS. */
  | { readonly kind: 'app'; readonly accountId: string }
  /** An internet-connected lock: its own door. */
  | { readonly kind: 'door'; readonly doorId: string }
  | { readonly kind: 'none' };

/** A manager who was removed has none, whatever tokens are still about. */
export async function loadRights(trx: Trx, caller: Principal): Promise<Rights> {
  if (caller.doorId !== null) return { kind: 'door', doorId: caller.doorId };
  const { accountId, portfolioId } = caller;
  if (accountId === null) return { kind: 'none' };
  if (portfolioId === null) return { kind: 'app', accountId };
  const manager = await trx
    .selectFrom('managers')
    .select('role')
    .where('account_id', '=', accountId)
    .where('portfolio_id', '=', portfolioId)
    .executeTakeFirst();
  if (manager === undefined) return { kind: 'none' };
  if (manager.role === 'portfolio') return { kind: 'portfolio' };
  return { kind: 'properties', at: await propertiesOf(trx, accountId, portfolioId) };
}

async function propertiesOf(
  trx: Trx,
  accountId: string,
  portfolioId: string,
): Promise<ReadonlyMap<string, PropertyRights>> {
  const rows = await trx
    .selectFrom('property_managers')
    .innerJoin('properties', 'properties.id', 'property_managers.property_id')
    .selectAll('property_managers')
    .where('property_managers.account_id', '=', accountId)
    .where('properties.portfolio_id', '=', portfolioId)
    .execute();
  const keys = await trx
    .selectFrom('managed_keys')
    .innerJoin('access_keys', 'access_keys.id', 'managed_keys.key_id')
    .select(['access_keys.id', 'access_keys.property_id'])
    .where('managed_keys.account_id', '=', accountId)
    .execute();
  return new Map(
    rows.map((row) => [
      row.property_id,
      {
        keyManagement: row.key_management,
        deviceManagement: row.device_management === 1,
        activation: row.activation === 1,
        keyIds: new Set(keys.filter((key) => key.property_id === row.property_id).map(({ id }) => id)),
      },
    ]),
  );
}

/** Before any object is looked at. Throws NOT_SIGNED_IN, PERMISSION_MISSING. */
export function requireKindFor(permission: Permission, rights: Rights): void {
  // A manager who was removed is nobody any more, whatever the route.
  if (rights.kind === 'none') {
    throw new Refusal('NOT_SIGNED_IN', 'The account manages nothing here any more.', {
      next: 'Ask a portfolio manager to add it again.',
    });
  }
  if (permission === 'portfolio' && rights.kind !== 'portfolio') throw permissionMissing(permission);
  if (permission === 'app' && rights.kind !== 'app') throw permissionMissing(permission);
}

/** Pure: whether these rights at a property include the permission. */
export function includes(rights: PropertyRights, permission: Permission): boolean {
  switch (permission) {
    case 'nothing':
    case 'property':
      return true;
    case 'people':
    case 'activity':
      return rights.keyManagement !== 'none';
    case 'keys':
      return rights.keyManagement === 'full';
    case 'reports':
      return rights.keyManagement === 'full' || rights.keyManagement === 'specific';
    case 'devices':
    case 'carry':
      return rights.deviceManagement;
    case 'activate':
      return rights.activation;
    case 'portfolio':
    case 'app':
      return false;
  }
}

const NAMES: Readonly<Record<Permission, string>> = {
  nothing: 'an account',
  property: 'the property',
  people: 'Key Management',
  keys: 'full Key Management',
  reports: 'full or specific Key Management',
  devices: 'Device Management',
  carry: 'Device Management',
  activate: 'Activate/Deactivate',
  activity: 'Key Management',
  portfolio: 'the rights of a portfolio manager',
  app: 'access to the door with the app',
};

export const permissionMissing = (permission: Permission): Refusal =>
  new Refusal('PERMISSION_MISSING', `This needs ${NAMES[permission]}.`, {
    next: 'Ask a portfolio manager of your organization to grant it.',
  });
