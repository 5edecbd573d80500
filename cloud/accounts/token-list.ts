// Tokens as their owners see them: an account those of its own in this portfolio, or of its app; a portfolio manager
// those of everybody who manages the portfolio.
import type { z } from 'zod';
import type { NewToken, Token, TokenWish } from '#protocol/api/accounts.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import { decodeCursor, pageOf, type PageWish } from '../domain/pages.ts';
import { notFound } from '../domain/refusal.ts';
import { permissionMissing } from '../domain/rights/rights.ts';
import type { Work } from '../domain/work.ts';
import { accountOf, issueToken, revokeToken, revokeTokens, tokenView, type Principal } from './tokens.ts';

export async function listOwnTokens(work: Work, caller: Principal, wish: PageWish) {
  const rows = await pageRows(work, wish)
    .where('tokens.account_id', '=', accountOf(caller))
    .where('tokens.portfolio_id', caller.portfolioId === null ? 'is' : '=', caller.portfolioId)
    .execute();
  return pageOf(rows, wish.limit, byId, tokenView);
}

export async function listPortfolioTokens(work: Work, wish: PageWish) {
  const rows = await pageRows(work, wish)
    .innerJoin('accounts', 'accounts.id', 'tokens.account_id')
    .select(['accounts.id as owner_id', 'accounts.email'])
    .where('tokens.portfolio_id', '=', work.portfolioId)
    .execute();
  return pageOf(rows, wish.limit, byId, (row) => ({
    ...tokenView(row),
    accountId: row.owner_id,
    email: row.email,
  }));
}

/** Throws PERMISSION_MISSING for figures of the whole server, which are for portfolio managers. */
export async function makeToken(
  work: Work,
  { engine, random }: { readonly engine: CryptoEngine; readonly random: Random },
  caller: Principal,
  wish: z.output<typeof TokenWish>,
): Promise<NewToken> {
  if (wish.scopes.includes('metrics') && work.rights.kind !== 'portfolio')
    throw permissionMissing('portfolio');
  return await issueToken(work.trx, engine, random, work.nowS, {
    kind: 'bearer',
    accountId: accountOf(caller),
    portfolioId: caller.portfolioId,
    ...wish,
  });
}

/** Again is harmless. Throws NOT_FOUND for another account's. */
export async function revokeOwnToken(work: Work, caller: Principal, tokenId: string): Promise<Token> {
  const row = await tokenRow(work, tokenId)
    .where('account_id', '=', accountOf(caller))
    .where('portfolio_id', caller.portfolioId === null ? 'is' : '=', caller.portfolioId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('token');
  return await revoke(work, row);
}

/** Again is harmless. Throws NOT_FOUND for another portfolio's. */
export async function revokePortfolioToken(work: Work, tokenId: string): Promise<Token> {
  const row = await tokenRow(work, tokenId)
    .where('portfolio_id', '=', work.portfolioId)
    .where('account_id', 'is not', null)
    .executeTakeFirst();
  if (row === undefined) throw notFound('token');
  return await revoke(work, row);
}

export async function signOut(work: Work, { tokenId }: Principal): Promise<void> {
  if (await revokeToken(work.trx, work.nowS, tokenId)) announce(work, [tokenId]);
}

/** Every session of the account, on every surface. */
export async function signOutEverywhere(work: Work, accountId: string): Promise<number> {
  const ended = await revokeTokens(work.trx, work.nowS, { accountId, kind: 'session' });
  announce(work, ended);
  return ended.length;
}

async function revoke(work: Work, row: Parameters<typeof tokenView>[0]): Promise<Token> {
  if (await revokeToken(work.trx, work.nowS, row.id)) announce(work, [row.id]);
  return tokenView({ ...row, revoked_at_s: row.revoked_at_s ?? work.nowS });
}

/** Whoever holds a connection open by it is to close it. */
function announce(work: Work, tokenIds: readonly string[]): void {
  for (const subject of tokenIds) work.outbox.announce({ kind: 'token-ended', subject });
}

const tokenRow = (work: Work, tokenId: string) =>
  work.trx.selectFrom('tokens').selectAll().where('id', '=', tokenId);

function pageRows(work: Work, wish: PageWish) {
  const cursor = decodeCursor(wish.after);
  return work.trx
    .selectFrom('tokens')
    .selectAll('tokens')
    .$if(cursor !== undefined, (list) => list.where('tokens.id', '>', cursor?.id ?? ''))
    .orderBy('tokens.id')
    .limit(wish.limit + 1);
}

const byId = ({ id }: { id: string }) => ({ sort: '', id });
