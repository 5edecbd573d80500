// Managers as the API shows them, and what a session may do: the same rights, read in one place.
import type { ManagedProperty, Manager, SessionRights } from '#protocol/api/managers.ts';
import type { Work } from '../work.ts';

export type ManagerRow = Awaited<ReturnType<ReturnType<typeof managerRows>['executeTakeFirstOrThrow']>>;

export const managerRows = (work: Work) =>
  work.trx
    .selectFrom('managers')
    .innerJoin('accounts', 'accounts.id', 'managers.account_id')
    .selectAll('managers')
    .select(['accounts.email', 'accounts.state'])
    .where('managers.portfolio_id', '=', work.portfolioId);

export const managerRow = (work: Work, accountId: string): Promise<ManagerRow | undefined> =>
  managerRows(work).where('managers.account_id', '=', accountId).executeTakeFirst();

export async function managerViews(work: Work, rows: readonly ManagerRow[]): Promise<Manager[]> {
  const given = await managedProperties(
    work,
    rows.map(({ account_id }) => account_id),
  );
  return rows.map((row) => ({
    id: row.account_id,
    email: row.email,
    name: row.name,
    role: row.role,
    account: row.state,
    createdAtS: row.created_at_s,
    properties: given.get(row.account_id) ?? [],
  }));
}

/** For the caller's own page: what is not in here would be refused. */
export async function sessionRights(work: Work): Promise<SessionRights> {
  const { rights, caller } = work;
  switch (rights.kind) {
    case 'portfolio':
      return { role: 'portfolio', properties: [] };
    case 'properties': {
      const accountId = caller?.accountId ?? '';
      const given = await managedProperties(work, [accountId]);
      return { role: 'property', properties: given.get(accountId) ?? [] };
    }
    case 'app':
      return { role: 'app', properties: [] };
    case 'door':
    case 'none':
      return { role: 'none', properties: [] };
  }
}

/** By account, in the order of the properties' names. */
async function managedProperties(
  { trx, portfolioId }: Work,
  accountIds: readonly string[],
): Promise<Map<string, ManagedProperty[]>> {
  const byAccount = new Map<string, ManagedProperty[]>();
  if (accountIds.length === 0) return byAccount;
  const rows = await trx
    .selectFrom('property_managers')
    .innerJoin('properties', 'properties.id', 'property_managers.property_id')
    .selectAll('property_managers')
    .select('properties.name')
    .where('property_managers.account_id', 'in', [...accountIds])
    .where('properties.portfolio_id', '=', portfolioId)
    .orderBy('properties.name')
    .execute();
  const keys = await trx
    .selectFrom('managed_keys')
    .innerJoin('access_keys', 'access_keys.id', 'managed_keys.key_id')
    .select(['managed_keys.account_id', 'access_keys.id', 'access_keys.property_id'])
    .where('managed_keys.account_id', 'in', [...accountIds])
    .orderBy('access_keys.id')
    .execute();
  for (const row of rows) {
    const isNamed = (key: (typeof keys)[number]): boolean =>
      key.account_id === row.account_id && key.property_id === row.property_id;
    const list = byAccount.get(row.account_id) ?? [];
    list.push({
      propertyId: row.property_id,
      propertyName: row.name,
      keyManagement: row.key_management,
      deviceManagement: row.device_management === 1,
      activation: row.activation === 1,
      keyIds: keys.filter(isNamed).map(({ id }) => id),
    });
    byAccount.set(row.account_id, list);
  }
  return byAccount;
}
