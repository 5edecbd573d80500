// The first manager account of a portfolio, made by whoever runs the cloud.
import type { Random } from '#protocol/ports/random.ts';
import type { Store, Trx } from '../db/store.ts';
import { newId } from '../domain/ids.ts';
import { Refusal } from '../domain/refusal.ts';
import { hashPassword } from './password.ts';
import { requireGoodPassword } from './password-policy.ts';

const FIRST_PORTFOLIO = 'Portfolio';

export interface ManagerWish {
  /** Normalised. */
  readonly email: string;
  readonly password: string;
  /** Another tenant of the same cloud; made where there is none of this name. */
  readonly portfolioName?: string;
}

/** An active account that manages the portfolio; the first one makes it. Throws PERSON_EXISTS, PASSWORD_REFUSED. */
export async function createManager(
  store: Store,
  random: Random,
  nowS: number,
  wish: ManagerWish,
): Promise<{ accountId: string; portfolioId: string }> {
  requireGoodPassword(wish.password, wish.email);
  const passwordHash = await hashPassword(random, wish.password);
  return await store.write(async (trx) => {
    const existing = await trx
      .selectFrom('accounts')
      .select(['id', 'state'])
      .where('email', '=', wish.email)
      .executeTakeFirst();
    if (existing?.state === 'active') {
      throw new Refusal('PERSON_EXISTS', `${wish.email} has an account already.`, {
        subject: existing.id,
        next: 'Sign in with it, or use another address.',
      });
    }
    const accountId = existing?.id ?? newId(random, 'account');
    const active = { state: 'active', password_hash: passwordHash, activated_at_s: nowS } as const;
    if (existing === undefined) {
      await trx
        .insertInto('accounts')
        .values({ id: accountId, email: wish.email, created_at_s: nowS, ...active })
        .execute();
    } else {
      await trx.updateTable('accounts').set(active).where('id', '=', accountId).execute();
    }
    const portfolioId = await portfolioNamed(trx, random, nowS, wish.portfolioName ?? FIRST_PORTFOLIO);
    await trx
      .insertInto('managers')
      .values({
        account_id: accountId,
        portfolio_id: portfolioId,
        role: 'portfolio',
        name: wish.email,
        created_at_s: nowS,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return { accountId, portfolioId };
  });
}

async function portfolioNamed(trx: Trx, random: Random, nowS: number, name: string): Promise<string> {
  const existing = await trx
    .selectFrom('portfolios')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirst();
  if (existing !== undefined) return existing.id;
  const id = newId(random, 'portfolio');
  await trx.insertInto('portfolios').values({ id, name, created_at_s: nowS }).execute();
  return id;
}
