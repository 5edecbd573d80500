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

export interface MadeManager {
  readonly accountId: string;
  readonly portfolioId: string;
  /** False where the account was active: it keeps the password that it has. */
  readonly isPasswordSet: boolean;
}

/**
 * An account that manages the portfolio; the first one makes it. The password of an account that is active already stays
 * as it is. Throws PERSON_EXISTS where it manages the portfolio already, PASSWORD_REFUSED.
 */
export async function createManager(
  store: Store,
  random: Random,
  nowS: number,
  wish: ManagerWish,
): Promise<MadeManager> {
  requireGoodPassword(wish.password, wish.email);
  const passwordHash = await hashPassword(random, wish.password);
  return await store.write(async (trx) => {
    const { accountId, isPasswordSet } = await accountFor(trx, random, nowS, wish.email, passwordHash);
    const portfolioId = await portfolioNamed(trx, random, nowS, wish.portfolioName ?? FIRST_PORTFOLIO);
    const made = await trx
      .insertInto('managers')
      .values({
        account_id: accountId,
        portfolio_id: portfolioId,
        role: 'portfolio',
        name: wish.email,
        created_at_s: nowS,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('account_id')
      .executeTakeFirst();
    if (made === undefined && !isPasswordSet) {
      throw new Refusal('PERSON_EXISTS', `${wish.email} manages this portfolio already.`, {
        subject: accountId,
        next: 'Sign in with it, or use another address.',
      });
    }
    return { accountId, portfolioId, isPasswordSet };
  });
}

/** Whoever runs the cloud makes managers, and takes over nobody's account. */
async function accountFor(
  trx: Trx,
  random: Random,
  nowS: number,
  email: string,
  passwordHash: string,
): Promise<{ accountId: string; isPasswordSet: boolean }> {
  const existing = await trx
    .selectFrom('accounts')
    .select(['id', 'state'])
    .where('email', '=', email)
    .executeTakeFirst();
  if (existing?.state === 'active') return { accountId: existing.id, isPasswordSet: false };
  const active = { state: 'active', password_hash: passwordHash, activated_at_s: nowS } as const;
  if (existing !== undefined) {
    await trx.updateTable('accounts').set(active).where('id', '=', existing.id).execute();
    return { accountId: existing.id, isPasswordSet: true };
  }
  const accountId = newId(random, 'account');
  await trx
    .insertInto('accounts')
    .values({ id: accountId, email, created_at_s: nowS, ...active })
    .execute();
  return { accountId, isPasswordSet: true };
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
