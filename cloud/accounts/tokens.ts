// Tokens: 256 random bits, shown once and stored as their hash. Each belongs to one account and one portfolio, has
// scopes and an end, and can be revoked at once. A cookie's is no bearer token, and a bearer's is no cookie.
import type { NewToken, Token } from '#protocol/api/accounts.ts';
import type { Scope } from '#protocol/api/contract.ts';
import { decodeBase32, encodeBase32, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Schema } from '../db/schema.ts';
import type { TokenKind } from '../db/schema/accounts.ts';
import type { Trx } from '../db/store.ts';
import { newId } from '../domain/ids.ts';
import { notFound } from '../domain/refusal.ts';
import { sweepTokens } from '../domain/sweep.ts';

const TOKEN_BYTES = 32;
/** A cookie's is no bearer token, and a bearer's is no cookie: each is told by its first letters. */
const PREFIXES = { bearer: 'dlt_', cookie: 'dls_' } as const;
const CSRF_PREFIX = 'dlc_';
/** What the key is used for, and nothing else. */
const CSRF_PURPOSE = 'doorlab csrf token';
/** Not every request writes: the last use is known to the minute. */
const LAST_USED_STEP_S = 60;

/** What brings the token. */
type TokenCarrier = keyof typeof PREFIXES;

export interface Principal {
  readonly tokenId: string;
  readonly kind: TokenKind;
  /** Null for a lock. */
  readonly accountId: string | null;
  /** Null for the app. */
  readonly portfolioId: string | null;
  /** The one door that a lock's token is for. */
  readonly doorId: string | null;
  readonly scopes: readonly Scope[];
  readonly expiresAtS: number;
  readonly lastUsedAtS: number | null;
  /** Of a cookie: what has to come beside it with every change. */
  readonly csrfToken: string | null;
}

export interface TokenWish {
  readonly kind: TokenKind;
  readonly accountId: string | null;
  readonly portfolioId: string | null;
  readonly doorId?: string;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly lifeS: number;
  /** `bearer` by default. */
  readonly by?: TokenCarrier;
}

/** Sessions that nobody uses end before their time; programs may sleep as long as they like. */
const IDLE_S = { 'door-os': 2 * 3_600, app: 30 * 86_400 } as const;

export async function issueToken(
  trx: Trx,
  engine: CryptoEngine,
  random: Random,
  nowS: number,
  wish: TokenWish,
): Promise<NewToken> {
  const token = newSecret(random, PREFIXES[wish.by ?? 'bearer']);
  const row: Schema['tokens'] = {
    id: newId(random, 'token'),
    kind: wish.kind,
    account_id: wish.accountId,
    portfolio_id: wish.portfolioId,
    door_id: wish.doorId ?? null,
    hash: tokenHash(engine, token),
    label: wish.label,
    scopes: wish.scopes.join(' '),
    created_at_s: nowS,
    expires_at_s: nowS + wish.lifeS,
    last_used_at_s: null,
    revoked_at_s: null,
  };
  await sweepTokens(trx, nowS);
  await trx.insertInto('tokens').values(row).execute();
  return { ...tokenView(row), token };
}

/** Undefined for anything but a token in force: unknown, malformed, revoked and expired look the same. */
export async function principalOf(
  trx: Trx,
  engine: CryptoEngine,
  nowS: number,
  token: string,
  by: TokenCarrier = 'bearer',
): Promise<Principal | undefined> {
  if (!isSecret(token, PREFIXES[by])) return undefined;
  const row = await trx
    .selectFrom('tokens')
    .leftJoin('managers', (join) =>
      join
        .onRef('managers.account_id', '=', 'tokens.account_id')
        .onRef('managers.portfolio_id', '=', 'tokens.portfolio_id'),
    )
    .selectAll('tokens')
    .select('managers.role')
    .where('tokens.hash', '=', tokenHash(engine, token))
    .where('tokens.revoked_at_s', 'is', null)
    .where('tokens.expires_at_s', '>', nowS)
    .executeTakeFirst();
  if (row === undefined || isIdle(row, nowS)) return undefined;
  // Who was removed is nobody any more, whatever tokens are still about.
  if (row.account_id !== null && row.portfolio_id !== null && row.role === null) return undefined;
  return {
    tokenId: row.id,
    kind: row.kind,
    accountId: row.account_id,
    portfolioId: row.portfolio_id,
    doorId: row.door_id,
    scopes: row.scopes.split(' ') as Scope[],
    expiresAtS: row.expires_at_s,
    lastUsedAtS: row.last_used_at_s,
    csrfToken: by === 'cookie' ? csrfTokenOf(engine, token) : null,
  };
}

function isIdle(row: Schema['tokens'], nowS: number): boolean {
  if (row.kind !== 'session') return false;
  return (
    nowS - (row.last_used_at_s ?? row.created_at_s) >= IDLE_S[row.portfolio_id === null ? 'app' : 'door-os']
  );
}

/** Whether it is time to write the use down. */
export const isUseDue = (principal: Principal, nowS: number): boolean =>
  principal.lastUsedAtS === null || nowS - principal.lastUsedAtS >= LAST_USED_STEP_S;

export async function noteUse(trx: Trx, nowS: number, tokenId: string): Promise<void> {
  await trx.updateTable('tokens').set({ last_used_at_s: nowS }).where('id', '=', tokenId).execute();
}

/** Throws NOT_FOUND for a lock's, which has none. */
export function accountOf({ accountId }: Principal): string {
  if (accountId === null) throw notFound('account');
  return accountId;
}

/** Which tokens an end is for. */
export interface TokenChoice {
  readonly accountId: string;
  readonly kind?: TokenKind;
  /** This one goes on. */
  readonly butTokenId?: string;
}

/** The ids of those that ended now: whoever holds a connection by one of them is to be told. */
export async function revokeTokens(trx: Trx, nowS: number, choice: TokenChoice): Promise<string[]> {
  const rows = await trx
    .updateTable('tokens')
    .set({ revoked_at_s: nowS })
    .where('account_id', '=', choice.accountId)
    .where('revoked_at_s', 'is', null)
    .where('expires_at_s', '>', nowS)
    .$if(choice.kind !== undefined, (update) => update.where('kind', '=', choice.kind ?? 'session'))
    .$if(choice.butTokenId !== undefined, (update) => update.where('id', '!=', choice.butTokenId ?? ''))
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Again is harmless. False where it had ended before. */
export async function revokeToken(trx: Trx, nowS: number, tokenId: string): Promise<boolean> {
  const revoked = await trx
    .updateTable('tokens')
    .set({ revoked_at_s: nowS })
    .where('id', '=', tokenId)
    .where('revoked_at_s', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return revoked !== undefined;
}

export const tokenView = (row: Schema['tokens']): Token => ({
  id: row.id,
  kind: row.kind,
  label: row.label,
  scopes: row.scopes.split(' ') as Scope[],
  createdAtS: row.created_at_s,
  expiresAtS: row.expires_at_s,
  lastUsedAtS: row.last_used_at_s,
  revokedAtS: row.revoked_at_s,
});

/**
 * Of a cookie's token: the same in every tab and after every reload, and told to the page alone. Neither the token nor
 * its hash in the database can be found from it.
 */
export const csrfTokenOf = (engine: CryptoEngine, token: string): string =>
  CSRF_PREFIX + encodeBase32(engine.hmacSha256(utf8(token), utf8(CSRF_PURPOSE))).toLowerCase();

export const tokenHash = (engine: CryptoEngine, token: string): Uint8Array => engine.sha256(utf8(token));

/** 256 random bits as text; the prefix tells a reader of a leak what it is. */
export const newSecret = (random: Random, prefix: string): string =>
  prefix + encodeBase32(random.bytes(TOKEN_BYTES)).toLowerCase();

export const isSecret = (text: string, prefix: string): boolean =>
  text.startsWith(prefix) && decodeBase32(text.slice(prefix.length))?.length === TOKEN_BYTES;
