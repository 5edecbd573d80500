// Where an account can sign in: in DOOR OS who manages a portfolio, in the app who is a person with the app somewhere.
import type { Surface } from '#protocol/api/accounts.ts';
import type { Trx } from '../db/store.ts';

export interface Surfaces {
  /** In the order in which the account was added to them. */
  readonly portfolioIds: readonly string[];
  readonly hasApp: boolean;
}

export async function surfacesOf(trx: Trx, accountId: string): Promise<Surfaces> {
  const managed = await trx
    .selectFrom('managers')
    .select('portfolio_id')
    .where('account_id', '=', accountId)
    .orderBy('created_at_s')
    .orderBy('portfolio_id')
    .execute();
  const person = await trx
    .selectFrom('people')
    .select('id')
    .where('account_id', '=', accountId)
    .where('deleted_at_s', 'is', null)
    .where('credential', '=', 'app')
    .limit(1)
    .executeTakeFirst();
  return { portfolioIds: managed.map((row) => row.portfolio_id), hasApp: person !== undefined };
}

export const surfaceNames = ({ portfolioIds, hasApp }: Surfaces): Surface[] => [
  ...(portfolioIds.length > 0 ? (['door-os'] as const) : []),
  ...(hasApp ? (['app'] as const) : []),
];
