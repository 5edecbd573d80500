// Links to set a password: 256 random bits in the fragment of an address, which no server and no Referer sees, stored
// as their hash, good once and until their end.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Trx } from '../db/store.ts';
import { SWEPT_MAX } from '../domain/sweep.ts';
import { surfaceNames, surfacesOf } from './surfaces.ts';
import { isSecret, newSecret, tokenHash } from './tokens.ts';

const PREFIX = 'dlp_';
/** Counted from when the mail is sent. Who missed a welcome gets in by "forgot password". */
export const LINK_LIFE_S = { welcome: 7 * 86_400, reset: 3_600 } as const;
export type LinkPurpose = keyof typeof LINK_LIFE_S;

/** The token, which is in no database. */
export async function makeLink(
  trx: Trx,
  engine: CryptoEngine,
  random: Random,
  nowS: number,
  wish: { readonly accountId: string; readonly purpose: LinkPurpose },
): Promise<string> {
  await sweepLinks(trx, nowS);
  const token = newSecret(random, PREFIX);
  await trx
    .insertInto('password_links')
    .values({
      hash: tokenHash(engine, token),
      account_id: wish.accountId,
      purpose: wish.purpose,
      created_at_s: nowS,
      expires_at_s: nowS + LINK_LIFE_S[wish.purpose],
      used_at_s: null,
    })
    .execute();
  return token;
}

export interface Link {
  readonly accountId: string;
  readonly email: string;
}

/** Undefined alike for one that never was, was used, or has ended. */
export async function findLink(
  trx: Trx,
  engine: CryptoEngine,
  nowS: number,
  token: string,
): Promise<Link | undefined> {
  if (!isSecret(token, PREFIX)) return undefined;
  const row = await trx
    .selectFrom('password_links')
    .innerJoin('accounts', 'accounts.id', 'password_links.account_id')
    .select(['accounts.id', 'accounts.email'])
    .where('password_links.hash', '=', tokenHash(engine, token))
    .where('password_links.used_at_s', 'is', null)
    .where('password_links.expires_at_s', '>', nowS)
    .executeTakeFirst();
  return row === undefined ? undefined : { accountId: row.id, email: row.email };
}

/** Uses it up, and with it every other link of the account. False where it could not be used any more. */
export async function useLink(trx: Trx, engine: CryptoEngine, nowS: number, token: string): Promise<boolean> {
  const link = await findLink(trx, engine, nowS, token);
  if (link === undefined) return false;
  await endLinks(trx, nowS, link.accountId);
  return true;
}

/** All of an account. */
export async function endLinks(trx: Trx, nowS: number, accountId: string): Promise<void> {
  await trx
    .updateTable('password_links')
    .set({ used_at_s: nowS })
    .where('account_id', '=', accountId)
    .where('used_at_s', 'is', null)
    .execute();
}

/** Of an account that has no business anywhere any more: whoever has the mail is nobody's manager or resident. */
export async function endIdleLinks(trx: Trx, nowS: number, accountId: string): Promise<void> {
  if (surfaceNames(await surfacesOf(trx, accountId)).length === 0) await endLinks(trx, nowS, accountId);
}

async function sweepLinks(trx: Trx, nowS: number): Promise<void> {
  const over = await trx
    .selectFrom('password_links')
    .select('hash')
    .where('expires_at_s', '<=', nowS)
    .limit(SWEPT_MAX)
    .execute();
  if (over.length === 0) return;
  const hashes = over.map(({ hash }) => hash);
  await trx.deleteFrom('password_links').where('hash', 'in', hashes).execute();
}
