// Managers of the portfolio. Portfolio managers alone get here; whoever is removed or changed works with the new rights
// from the next request on, as rights are read within each.
import type { z } from 'zod';
import type { Manager, ManagerEdit, ManagerWish, PropertyRightsWish } from '#protocol/api/managers.ts';
import { endIdleLinks } from '../../accounts/password-links.ts';
import { enqueueMail } from '../../mail/enqueue.ts';
import { managerRow, managerRows, managerViews, type ManagerRow } from './manager-view.ts';
import { decodeCursor, afterCursor, pageOf, type PageWish } from '../pages.ts';
import { ensureAccount } from '../people/people.ts';
import { endTokens } from '../people/people-removal.ts';
import { notFound, Refusal } from '../refusal.ts';
import { propertyOf } from './tenancy.ts';
import type { Work } from '../work.ts';

export async function listManagers(work: Work, wish: PageWish) {
  const rows = await managerRows(work)
    .where(afterCursor(decodeCursor(wish.after), 'accounts.email', 'accounts.id'))
    .orderBy('accounts.email')
    .orderBy('accounts.id')
    .limit(wish.limit + 1)
    .execute();
  const page = pageOf(
    rows,
    wish.limit,
    ({ email: sort, account_id: id }) => ({ sort, id }),
    (row) => row,
  );
  return { items: await managerViews(work, page.items), next: page.next };
}

export async function getManager(work: Work, managerId: string): Promise<Manager> {
  return (await managerViews(work, [await managerOf(work, managerId)]))[0] as Manager;
}

/** Throws MANAGER_EXISTS. */
export async function addManager(work: Work, wish: ManagerWish): Promise<Manager> {
  const { trx, portfolioId } = work;
  const accountId = await ensureAccount(work, wish.email);
  if ((await managerRow(work, accountId)) !== undefined) {
    throw new Refusal('MANAGER_EXISTS', `${wish.email} manages this portfolio already.`, {
      subject: accountId,
      next: 'Change the rights of that manager instead.',
    });
  }
  await trx
    .insertInto('managers')
    .values({
      account_id: accountId,
      portfolio_id: portfolioId,
      role: wish.role,
      name: wish.name,
      created_at_s: work.nowS,
    })
    .execute();
  for (const { propertyId, rights } of wish.properties) await setRights(work, accountId, propertyId, rights);
  const { name: portfolioName } = await trx
    .selectFrom('portfolios')
    .select('name')
    .where('id', '=', portfolioId)
    .executeTakeFirstOrThrow();
  await enqueueMail(work, {
    kind: 'manager-welcome',
    to: wish.email,
    accountId,
    portfolioId,
    data: { portfolioName },
  });
  return getManager(work, accountId);
}

/** Throws LAST_PORTFOLIO_MANAGER. */
export async function editManager(
  work: Work,
  managerId: string,
  edit: z.infer<typeof ManagerEdit>,
): Promise<Manager> {
  const manager = await managerOf(work, managerId);
  if (edit.role === 'property') await requireNotLast(work, manager);
  // Who has every property needs no list of them, and gets none back with a later demotion.
  if (edit.role === 'portfolio') await clearRights(work, managerId);
  await work.trx
    .updateTable('managers')
    .set({ name: edit.name ?? manager.name, role: edit.role ?? manager.role })
    .where('account_id', '=', managerId)
    .where('portfolio_id', '=', work.portfolioId)
    .execute();
  return getManager(work, managerId);
}

/** Sessions, tokens and with them live connections end with this transaction. Throws LAST_PORTFOLIO_MANAGER. */
export async function removeManager(work: Work, managerId: string): Promise<void> {
  await requireNotLast(work, await managerOf(work, managerId));
  await clearRights(work, managerId);
  await work.trx
    .deleteFrom('managers')
    .where('account_id', '=', managerId)
    .where('portfolio_id', '=', work.portfolioId)
    .execute();
  await endTokens(work, { account_id: managerId, portfolio_id: work.portfolioId });
  await endIdleLinks(work.trx, work.nowS, managerId);
}

export async function putManagedProperty(
  work: Work,
  managerId: string,
  propertyId: string,
  rights: PropertyRightsWish,
): Promise<Manager> {
  const manager = await managerOf(work, managerId);
  if (manager.role === 'portfolio') {
    throw new Refusal('INPUT_INVALID', 'A portfolio manager has every property already.', {
      subject: managerId,
      next: 'Make the manager a property manager first.',
    });
  }
  await setRights(work, managerId, propertyId, rights);
  return getManager(work, managerId);
}

export async function removeManagedProperty(
  work: Work,
  managerId: string,
  propertyId: string,
): Promise<Manager> {
  await managerOf(work, managerId);
  await propertyOf(work, propertyId);
  const removed = await work.trx
    .deleteFrom('property_managers')
    .where('account_id', '=', managerId)
    .where('property_id', '=', propertyId)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw notFound('property with this manager');
  await setKeys(work, managerId, propertyId, []);
  return getManager(work, managerId);
}

async function managerOf(work: Work, managerId: string): Promise<ManagerRow> {
  const found = await managerRow(work, managerId);
  if (found === undefined) throw notFound('manager');
  return found;
}

async function setRights(
  work: Work,
  accountId: string,
  propertyId: string,
  rights: PropertyRightsWish,
): Promise<void> {
  await propertyOf(work, propertyId);
  const values = {
    key_management: rights.keyManagement,
    device_management: rights.deviceManagement ? 1 : 0,
    activation: rights.activation ? 1 : 0,
  };
  await work.trx
    .insertInto('property_managers')
    .values({ account_id: accountId, property_id: propertyId, ...values })
    .onConflict((conflict) => conflict.columns(['account_id', 'property_id']).doUpdateSet(values))
    .execute();
  await setKeys(work, accountId, propertyId, rights.keyIds);
}

async function setKeys(
  work: Work,
  accountId: string,
  propertyId: string,
  keyIds: readonly string[],
): Promise<void> {
  const { trx } = work;
  const ofProperty = await trx
    .selectFrom('access_keys')
    .select('id')
    .where('property_id', '=', propertyId)
    .where('deleted_at_s', 'is', null)
    .execute();
  const known = new Set(ofProperty.map(({ id }) => id));
  const foreign = keyIds.find((keyId) => !known.has(keyId));
  if (foreign !== undefined) throw notFound('Key at this property');
  await trx
    .deleteFrom('managed_keys')
    .where('account_id', '=', accountId)
    .where('key_id', 'in', (eb) =>
      eb.selectFrom('access_keys').select('access_keys.id').where('property_id', '=', propertyId),
    )
    .execute();
  if (keyIds.length === 0) return;
  await trx
    .insertInto('managed_keys')
    .values(keyIds.map((key_id) => ({ account_id: accountId, key_id })))
    .execute();
}

/** At every property of this portfolio; what the account manages elsewhere stays. */
async function clearRights(work: Work, accountId: string): Promise<void> {
  const { trx, portfolioId } = work;
  await trx
    .deleteFrom('managed_keys')
    .where('account_id', '=', accountId)
    .where('key_id', 'in', (eb) =>
      eb
        .selectFrom('access_keys')
        .innerJoin('properties', 'properties.id', 'access_keys.property_id')
        .select('access_keys.id')
        .where('properties.portfolio_id', '=', portfolioId),
    )
    .execute();
  await trx
    .deleteFrom('property_managers')
    .where('account_id', '=', accountId)
    .where('property_id', 'in', (eb) =>
      eb.selectFrom('properties').select('properties.id').where('portfolio_id', '=', portfolioId),
    )
    .execute();
}

async function requireNotLast(work: Work, manager: ManagerRow): Promise<void> {
  if (manager.role !== 'portfolio') return;
  const others = await work.trx
    .selectFrom('managers')
    .innerJoin('accounts', 'accounts.id', 'managers.account_id')
    .select('managers.account_id')
    .where('managers.portfolio_id', '=', work.portfolioId)
    .where('managers.role', '=', 'portfolio')
    .where('managers.account_id', '!=', manager.account_id)
    // Who has never signed in may never do so.
    .where('accounts.state', '=', 'active')
    .executeTakeFirst();
  if (others !== undefined) return;
  throw new Refusal('LAST_PORTFOLIO_MANAGER', 'Nobody else could manage this portfolio any more.', {
    subject: manager.account_id,
    next: 'Make somebody else a portfolio manager first, and let them sign in.',
  });
}
