// Manager accounts: made by whoever runs the cloud, signed in by address and password.
import type { NewToken } from '#protocol/api/accounts.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Store, Trx } from '../db/store.ts';
import { newId } from '../domain/ids.ts';
import { Refusal } from '../domain/refusal.ts';
import { checkPassword, hashPassword } from './password.ts';
import { issueToken } from './tokens.ts';

/** A working day and a little. */
const SESSION_LIFE_S = 12 * 3_600;
const FIRST_PORTFOLIO = 'Portfolio';

export interface ManagerWish {
  /** Normalised. */
  readonly email: string;
  readonly password: string;
  /** Another tenant of the same cloud; made where there is none of this name. */
  readonly portfolioName?: string;
}

/** An active account that manages the portfolio; the first one makes it. Throws PERSON_EXISTS. */
export async function createManager(
  store: Store,
  random: Random,
  nowS: number,
  wish: ManagerWish,
): Promise<{ accountId: string; portfolioId: string }> {
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

/** Throws SIGN_IN_REFUSED, the same for an unknown address, a wrong password and an account without one. */
export async function signIn(
  store: Store,
  engine: CryptoEngine,
  random: Random,
  nowS: number,
  wish: Pick<ManagerWish, 'email' | 'password'>,
): Promise<NewToken> {
  const account = await store.read((trx) =>
    trx
      .selectFrom('accounts')
      .innerJoin('managers', 'managers.account_id', 'accounts.id')
      .select(['accounts.id', 'accounts.password_hash', 'managers.portfolio_id'])
      .where('accounts.email', '=', wish.email)
      .where('accounts.state', '=', 'active')
      .executeTakeFirst(),
  );
  const isRight = await checkPassword(random, account?.password_hash, wish.password);
  if (account === undefined || !isRight) {
    throw new Refusal('SIGN_IN_REFUSED', 'The address and password do not match an active manager account.', {
      next: 'Check both; accounts are made by whoever runs this cloud.',
    });
  }
  return await store.write((trx) =>
    issueToken(trx, engine, random, nowS, {
      accountId: account.id,
      portfolioId: account.portfolio_id,
      kind: 'bearer',
      label: 'sign-in',
      scopes: ['manager'],
      lifeS: SESSION_LIFE_S,
    }),
  );
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
