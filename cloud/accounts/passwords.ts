// Passwords set by a link from a mail, or changed by who is signed in. Either ends every other session, token and link
// of the account, so that whoever had got in is out.
import type { Ended, PasswordSet } from '#protocol/api/accounts.ts';
import { writeAudit } from '../domain/audit.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Trx } from '../db/store.ts';
import { appendOutbox } from '../live/outbox.ts';
import { enqueueMail } from '../mail/enqueue.ts';
import { checkPassword, hashPassword } from './password.ts';
import { endLinks, findLink, useLink } from './password-links.ts';
import { requireGoodPassword } from './password-policy.ts';
import { attemptsOf, throttleKeys, type AccountParts, type Visit } from './sign-in.ts';
import { surfaceNames, surfacesOf } from './surfaces.ts';
import { forgive, notePlace, takeAttempt, throttleKey } from './throttle.ts';
import { accountOf, revokeTokens, type Principal } from './tokens.ts';

const HOUR_S = 3_600;
/** Of one place, for links that are none and for mails that are asked for. */
const LINK_RULE = { free: 20, delayMaxS: 15 * 60, forgetS: HOUR_S };
/** Mails that one address gets within an hour by "forgot password"; more are not sent, and nobody is told. */
const RESETS_MAX = 5;

/**
 * The same few queries for every address, and no look at the accounts: whether there is one is found out when the mail
 * is to be sent. Throws TOO_MANY_ATTEMPTS.
 */
export async function requestPasswordReset(
  { store, engine, random }: AccountParts,
  nowS: number,
  { place }: Visit,
  email: string,
): Promise<void> {
  await store.write(async (trx) => {
    await takeAttempt(trx, nowS, [{ key: throttleKey(engine, 'reset', place), rule: LINK_RULE }]);
    const { asked } = await trx
      .selectFrom('mails')
      .select((eb) => eb.fn.countAll<number>().as('asked'))
      .where('to_address', '=', email)
      .where('created_at_s', '>', nowS - HOUR_S)
      .where('kind', '=', 'password-reset')
      .executeTakeFirstOrThrow();
    if (asked < RESETS_MAX) await enqueueMail({ trx, nowS, random }, { kind: 'password-reset', to: email });
  });
}

/** Throws LINK_ENDED, PASSWORD_REFUSED, TOO_MANY_ATTEMPTS. Of several at once one wins. */
export async function setPassword(
  { store, engine, random }: AccountParts,
  nowS: number,
  { place }: Visit,
  wish: { readonly token: string; readonly password: string },
): Promise<PasswordSet> {
  const placeKey = throttleKey(engine, 'link', place);
  const link = await store.write(async (trx) => {
    await takeAttempt(trx, nowS, [{ key: placeKey, rule: LINK_RULE }]);
    return await findLink(trx, engine, nowS, wish.token);
  });
  if (link === undefined) throw linkEnded();
  requireGoodPassword(wish.password, link.email);
  const passwordHash = await hashPassword(random, wish.password);
  return await store.write(async (trx) => {
    if (!(await useLink(trx, engine, nowS, wish.token))) throw linkEnded();
    await trx
      .updateTable('accounts')
      .set((eb) => ({
        password_hash: passwordHash,
        state: 'active',
        activated_at_s: eb.fn.coalesce('activated_at_s', eb.val(nowS)),
      }))
      .where('id', '=', link.accountId)
      .execute();
    const keys = throttleKeys(engine, place, link.email);
    // Whoever was kept out by another one's guesses gets in by this.
    await forgive(trx, nowS, [keys.pair, keys.account], [placeKey]);
    await notePlace(trx, nowS, keys.known);
    await dropResets(trx, link.email);
    const ended = await revokeTokens(trx, nowS, { accountId: link.accountId });
    await enqueueMail({ trx, nowS, random }, changedMail(link));
    const surfaces = await surfacesOf(trx, link.accountId);
    await noteChange(trx, nowS, link.accountId, surfaces.portfolioIds, 'setPassword');
    await announceEnded(trx, nowS, ended);
    return { email: link.email, surfaces: surfaceNames(surfaces) };
  });
}

/** Throws SIGN_IN_REFUSED for a wrong present one, PASSWORD_REFUSED, TOO_MANY_ATTEMPTS. */
export async function changePassword(
  { store, engine, random }: AccountParts,
  nowS: number,
  { place }: Visit,
  caller: Principal,
  wish: { readonly present: string; readonly password: string },
): Promise<Ended> {
  const accountId = accountOf(caller);
  const account = await store.write(async (trx) => {
    const found = await accountById(trx, accountId);
    await takeAttempt(trx, nowS, await attemptsOf(trx, nowS, throttleKeys(engine, place, found.email)));
    return found;
  });
  if (!(await checkPassword(random, account.password_hash, wish.present))) throw wrongPresent();
  requireGoodPassword(wish.password, account.email);
  const passwordHash = await hashPassword(random, wish.password);
  return await store.write(async (trx) => {
    const now = await accountById(trx, accountId);
    if (now.password_hash !== account.password_hash) throw wrongPresent();
    await trx
      .updateTable('accounts')
      .set({ password_hash: passwordHash })
      .where('id', '=', accountId)
      .execute();
    const keys = throttleKeys(engine, place, account.email);
    await forgive(trx, nowS, [keys.pair, keys.account], [keys.place]);
    await endLinks(trx, nowS, accountId);
    await dropResets(trx, account.email);
    const ended = await revokeTokens(trx, nowS, { accountId, butTokenId: caller.tokenId });
    await enqueueMail({ trx, nowS, random }, changedMail({ accountId, email: account.email }));
    const { portfolioIds } = await surfacesOf(trx, accountId);
    await noteChange(trx, nowS, accountId, portfolioIds, 'changePassword', caller.tokenId);
    await announceEnded(trx, nowS, ended);
    return { ended: ended.length };
  });
}

/** Each would make another link when it is sent. */
async function dropResets(trx: Trx, email: string): Promise<void> {
  await trx
    .updateTable('mails')
    .set({ state: 'dropped' })
    .where('to_address', '=', email)
    .where('kind', '=', 'password-reset')
    .where('state', '=', 'waiting')
    .execute();
}

const changedMail = ({ accountId, email }: { accountId: string; email: string }) =>
  ({ kind: 'password-changed', to: email, accountId }) as const;

async function noteChange(
  trx: Trx,
  nowS: number,
  accountId: string,
  portfolioIds: readonly string[],
  action: string,
  tokenId: string | null = null,
): Promise<void> {
  for (const portfolioId of portfolioIds) {
    await writeAudit(trx, nowS, { portfolioId, accountId, tokenId, action, subject: accountId });
  }
}

/** The last act of its transaction. Heard by all, as the tokens are of several tenants. */
const announceEnded = (trx: Trx, nowS: number, tokenIds: readonly string[]) =>
  appendOutbox(
    trx,
    nowS,
    null,
    tokenIds.map((subject) => ({ kind: 'token-ended', subject })),
  );

const accountById = (trx: Trx, accountId: string) =>
  trx
    .selectFrom('accounts')
    .select(['email', 'password_hash'])
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();

const linkEnded = (): Refusal =>
  new Refusal('LINK_ENDED', 'This link was used already, or has ended.', {
    next: 'Ask for a new one by "forgot password", with the address that was invited.',
  });

const wrongPresent = (): Refusal =>
  new Refusal('SIGN_IN_REFUSED', 'The present password is not right.', {
    next: 'Type it again, or set a new one by "forgot password".',
  });
