// Signing in by address and password. Whatever is wrong with it costs the same queries and the same argon2id, and is
// answered alike; guesses are slowed down by where they come from and by what they are for.
import type { SignedIn, SignIn, Surface } from '#protocol/api/accounts.ts';
import type { Scope } from '#protocol/api/contract.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Store, Trx } from '../db/store.ts';
import { Refusal } from '../domain/refusal.ts';
import { writeAudit } from '../domain/audit.ts';
import { appendOutbox } from '../live/outbox.ts';
import { checkPassword } from './password.ts';
import { surfacesOf, type Surfaces } from './surfaces.ts';
import { forgive, isPlaceKnown, notePlace, takeAttempt, throttleKey, type Attempt } from './throttle.ts';
import { csrfTokenOf, issueToken, principalOf, revokeToken } from './tokens.ts';

export interface AccountParts {
  readonly store: Store;
  readonly engine: CryptoEngine;
  readonly random: Random;
}

/** Where a request of nobody known yet came from. */
export interface Visit {
  /** Network address, a /64 of IPv6. */
  readonly place: string;
  /** Sessions that the browser holds already. */
  readonly sessions: ReadonlyMap<Surface, string>;
}

/** A working day and a little; a phone's for three months. */
const LIFE_S: Readonly<Record<Surface, number>> = { 'door-os': 12 * 3_600, app: 90 * 86_400 };
const SCOPES: Readonly<Record<Surface, readonly Scope[]>> = { 'door-os': ['manager'], app: ['app'] };

const HOUR_S = 3_600;
const DAY_S = 86_400;
/** Of one place, whatever accounts it tries. */
const PLACE_RULE = { free: 20, delayMaxS: 15 * 60, forgetS: HOUR_S };
/** Of one place at one account. */
const PAIR_RULE = { free: 5, delayMaxS: 15 * 60, forgetS: DAY_S };
/** Of one account from everywhere, but for the places it is known from: guesses from many places, that is. */
const ACCOUNT_RULE = { free: 10, delayMaxS: 15 * 60, forgetS: DAY_S };

/** Throws SIGN_IN_REFUSED, TOO_MANY_ATTEMPTS. */
export async function signIn(
  { store, engine, random }: AccountParts,
  nowS: number,
  visit: Visit,
  wish: SignIn,
): Promise<SignedIn> {
  const keys = throttleKeys(engine, visit.place, wish.email);
  const account = await store.write(async (trx) => {
    await takeAttempt(trx, nowS, await attemptsOf(trx, nowS, keys));
    return await accountByEmail(trx, wish.email);
  });
  const isRight = await checkPassword(random, account?.password_hash, wish.password);
  if (account === undefined || !isRight) throw refused();
  return await store.write(async (trx) => {
    // A password that was changed meanwhile is not right any more.
    const now = await accountByEmail(trx, wish.email);
    const tenant =
      now?.password_hash === account.password_hash
        ? tenantOf(await surfacesOf(trx, account.id), wish)
        : undefined;
    if (tenant === undefined) throw refused();
    await forgive(trx, nowS, [keys.pair, keys.account], [keys.place]);
    await notePlace(trx, nowS, keys.known);
    const by = wish.session === 'cookie' ? 'cookie' : 'bearer';
    const made = await issueToken(trx, engine, random, nowS, {
      kind: 'session',
      accountId: account.id,
      portfolioId: tenant.portfolioId,
      label: 'sign-in',
      scopes: SCOPES[wish.surface],
      lifeS: LIFE_S[wish.surface],
      by,
    });
    if (tenant.portfolioId !== null) {
      await writeAudit(trx, nowS, {
        portfolioId: tenant.portfolioId,
        accountId: account.id,
        tokenId: made.id,
        action: 'signIn',
        subject: account.id,
      });
    }
    await endFormer(trx, engine, nowS, visit.sessions.get(wish.surface));
    return by === 'cookie' ? { ...made, csrfToken: csrfTokenOf(engine, made.token) } : made;
  });
}

/** A session is never taken over by who signs in: the browser's former one ends. */
async function endFormer(
  trx: Trx,
  engine: CryptoEngine,
  nowS: number,
  token: string | undefined,
): Promise<void> {
  const former = token === undefined ? undefined : await principalOf(trx, engine, nowS, token, 'cookie');
  if (former === undefined || !(await revokeToken(trx, nowS, former.tokenId))) return;
  await appendOutbox(trx, nowS, former.portfolioId, [{ kind: 'token-ended', subject: former.tokenId }]);
}

/** Undefined where the account has nothing to do there. */
function tenantOf(
  { portfolioIds, hasApp }: Surfaces,
  { surface, portfolioId }: SignIn,
): { readonly portfolioId: string | null } | undefined {
  if (surface === 'app') return hasApp ? { portfolioId: null } : undefined;
  const [first] = portfolioIds;
  if (first === undefined) return undefined;
  if (portfolioId === undefined) return { portfolioId: first };
  return portfolioIds.includes(portfolioId) ? { portfolioId } : undefined;
}

interface ThrottleKeys {
  readonly place: string;
  readonly pair: string;
  readonly account: string;
  readonly known: string;
}

export const throttleKeys = (engine: CryptoEngine, place: string, email: string): ThrottleKeys => ({
  place: throttleKey(engine, 'sign-in', place),
  pair: throttleKey(engine, 'sign-in', place, email),
  account: throttleKey(engine, 'account', email),
  known: throttleKey(engine, 'known', place, email),
});

/** The owner of an account who is at home is not kept out by guesses from elsewhere. */
export async function attemptsOf(trx: Trx, nowS: number, keys: ThrottleKeys): Promise<Attempt[]> {
  const isKnown = await isPlaceKnown(trx, nowS, keys.known);
  return [
    { key: keys.place, rule: PLACE_RULE },
    { key: keys.pair, rule: PAIR_RULE },
    ...(isKnown ? [] : [{ key: keys.account, rule: ACCOUNT_RULE }]),
  ];
}

const accountByEmail = (trx: Trx, email: string) =>
  trx
    .selectFrom('accounts')
    .select(['id', 'password_hash'])
    .where('email', '=', email)
    .where('state', '=', 'active')
    .executeTakeFirst();

const refused = (): Refusal =>
  new Refusal('SIGN_IN_REFUSED', 'The address and password do not match an active account.', {
    next: 'Check both, or set a new password by "forgot password"; that also opens an invitation.',
  });
