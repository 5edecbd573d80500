// Everybody who may come to the API, each with a token of their own: written into the database as the sign-ins would, so
// that a test needs no password for it.
import { issueToken } from '#cloud/accounts/tokens.ts';
import { openDataFolder } from '#cloud/data-folder.ts';
import type { Scope } from '#protocol/api/contract.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { nowS } from '#protocol/ports/clock.ts';
import type { ManagerRole, PropertyRightsWish } from '#protocol/api/managers.ts';
import type { Client, TestCloud } from './cloud-fixture.ts';

type Store = Awaited<ReturnType<typeof openDataFolder>>;

export async function withStore<T>(cloud: TestCloud, run: (store: Store) => Promise<T>): Promise<T> {
  const store = await openDataFolder(cloud.dataFolder, cloud.clock);
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

export interface TokenOf {
  readonly email: string;
  readonly scopes: readonly Scope[];
  /** Null: the app's. Absent: that of the account's portfolio. */
  readonly portfolioId?: string | null;
  readonly lifeS?: number;
}

export const tokenOf = (cloud: TestCloud, wish: TokenOf): Promise<Client> =>
  withStore(cloud, (store) =>
    store.write(async (trx) => {
      const account = await trx
        .selectFrom('accounts')
        .leftJoin('managers', 'managers.account_id', 'accounts.id')
        .select(['accounts.id', 'managers.portfolio_id'])
        .where('email', '=', wish.email)
        .executeTakeFirstOrThrow();
      const made = await issueToken(trx, nodeEngine, systemRandom, nowS(cloud.clock), {
        kind: 'bearer',
        accountId: account.id,
        portfolioId: wish.portfolioId === undefined ? account.portfolio_id : wish.portfolioId,
        label: 'test',
        scopes: wish.scopes,
        lifeS: wish.lifeS ?? 90 * 86_400,
      });
      return cloud.manager.withToken(made.token);
    }),
  );

/** Somebody's app, as after a sign-in. */
export const appOf = (cloud: TestCloud, email: string): Promise<Client> =>
  tokenOf(cloud, { email, scopes: ['app'], portfolioId: null });

/** An internet-connected lock's, as after its proof. */
export const lockTokenOf = (cloud: TestCloud, doorId: string): Promise<Client> =>
  withStore(cloud, (store) =>
    store.write(async (trx) => {
      const { portfolio_id: portfolioId } = await trx
        .selectFrom('doors')
        .innerJoin('properties', 'properties.id', 'doors.property_id')
        .select('properties.portfolio_id')
        .where('doors.id', '=', doorId)
        .executeTakeFirstOrThrow();
      const made = await issueToken(trx, nodeEngine, systemRandom, nowS(cloud.clock), {
        kind: 'lock',
        accountId: null,
        portfolioId,
        doorId,
        label: 'lock',
        scopes: ['lock'],
        lifeS: 86_400,
      });
      return cloud.manager.withToken(made.token);
    }),
  );

export interface ManagerOf {
  readonly email: string;
  readonly role?: ManagerRole;
  readonly scopes?: readonly Scope[];
  readonly at?: Readonly<Record<string, Partial<PropertyRightsWish>>>;
}

/** A manager whom the portfolio's first one adds, and a token of theirs. */
export async function managerOf(
  cloud: TestCloud,
  { email, role = 'property', scopes = ['manager'], at = {} }: ManagerOf,
): Promise<Client> {
  await cloud.manager.call('addManager', {
    body: {
      email,
      name: email,
      role,
      properties: Object.entries(at).map(([propertyId, rights]) => ({
        propertyId,
        rights: { keyManagement: 'none' as const, ...rights },
      })),
    },
  });
  return tokenOf(cloud, { email, scopes });
}
