// A claimed mail made ready: whether there is still reason for it, and its link, whose token is in no database.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import { LINK_LIFE_S, makeLink, type LinkPurpose } from '../accounts/password-links.ts';
import { surfaceNames, surfacesOf } from '../accounts/surfaces.ts';
import type { Schema } from '../db/schema.ts';
import type { Trx } from '../db/store.ts';
import { contentOf, type MailContent } from './mail-kinds.ts';

export interface PreparedMail {
  readonly id: string;
  readonly to: string;
  readonly content: MailContent;
  /** Of a link to set a password. */
  readonly linkToken: string | undefined;
  readonly createdAtS: number;
  /** This one included. */
  readonly attempts: number;
}

interface Parts {
  readonly engine: CryptoEngine;
  readonly random: Random;
}

/** Undefined where nobody is to get it. */
export async function prepareMail(
  trx: Trx,
  parts: Parts,
  nowS: number,
  row: Schema['mails'],
): Promise<PreparedMail | undefined> {
  const content = contentOf(row.kind, row.data);
  const account = await accountFor(trx, row);
  if (account === undefined || !(await isWanted(trx, nowS, row, account.id))) return undefined;
  const purpose = linkFor(content, account.password_hash !== null);
  const linkToken =
    purpose === undefined
      ? undefined
      : await makeLink(trx, parts.engine, parts.random, nowS, { accountId: account.id, purpose });
  const { id, to_address: to, created_at_s: createdAtS } = row;
  return { id, to, content, linkToken, createdAtS, attempts: row.attempts + 1 };
}

const accountFor = (trx: Trx, { account_id: accountId, to_address: address }: Schema['mails']) =>
  trx
    .selectFrom('accounts')
    .select(['id', 'password_hash'])
    .$if(accountId === null, (query) => query.where('email', '=', address))
    .$if(accountId !== null, (query) => query.where('id', '=', accountId ?? ''))
    .executeTakeFirst();

function linkFor(content: MailContent, hasPassword: boolean): LinkPurpose | undefined {
  if (content.kind === 'password-reset') return 'reset';
  const isInvite =
    content.kind === 'welcome' || content.kind === 'invited' || content.kind === 'manager-welcome';
  return isInvite && !hasPassword ? 'welcome' : undefined;
}

/** What was true when it was written need not be now, as a mail server may have been away for days. */
async function isWanted(trx: Trx, nowS: number, row: Schema['mails'], accountId: string): Promise<boolean> {
  switch (row.kind) {
    case 'welcome':
    case 'invited':
    case 'daily-code':
      return await isPersonThere(trx, row.person_id);
    case 'manager-welcome':
      return (await surfacesOf(trx, accountId)).portfolioIds.includes(row.portfolio_id ?? '');
    case 'password-reset':
      // Who asked an hour ago and more has asked again, or has given up.
      if (nowS - row.created_at_s >= LINK_LIFE_S.reset) return false;
      return surfaceNames(await surfacesOf(trx, accountId)).length > 0;
    case 'password-changed':
      return true;
  }
}

async function isPersonThere(trx: Trx, personId: string | null): Promise<boolean> {
  const person = await trx
    .selectFrom('people')
    .select('id')
    .where('id', '=', personId ?? '')
    .where('deleted_at_s', 'is', null)
    .executeTakeFirst();
  return person !== undefined;
}
