// A mail is a row, written by the transaction that gives reason for it: it is sent if that commits, whatever
// happens to the process afterwards, and never otherwise.
import { Email } from '#protocol/api/values.ts';
import { newId } from '../domain/ids.ts';
import type { Work } from '../domain/work.ts';
import {
  InviteMailData,
  ManagerMailData,
  urgencyOf,
  type InviteMailKind,
  type MailKind,
} from './mail-kinds.ts';
import { sweepMails } from './mail-sweep.ts';

/** All that a mail needs of a transaction. */
export type MailWork = Pick<Work, 'trx' | 'nowS' | 'random'>;

/** An address with nothing but an address in it: whatever could add a line to a header is refused. */
const Recipient = Email.refine((text) => /^[\x21-\x7e]+$/.test(text), 'not an address for a mail');

export type MailWish = { readonly to: string } & (
  | {
      readonly kind: InviteMailKind;
      readonly accountId: string;
      readonly personId: string;
      readonly portfolioId: string;
      readonly data: InviteMailData;
    }
  | {
      readonly kind: 'manager-welcome';
      readonly accountId: string;
      readonly portfolioId: string;
      readonly data: ManagerMailData;
    }
  /** Whether there is such an account is looked up when it is sent, so that asking for it tells nobody. */
  | { readonly kind: 'password-reset' }
  | { readonly kind: 'password-changed'; readonly accountId: string }
);

/** Throws ZodError for an address or a name that no parsed request can hold. */
export async function enqueueMail(work: MailWork, wish: MailWish): Promise<void> {
  await enqueueMails(work, [wish]);
}

/** Fifteen values a row: below what one statement may have. */
const ROWS_A_STATEMENT = 500;

/** The ids of the mails. */
export async function enqueueMails(work: MailWork, wishes: readonly MailWish[]): Promise<string[]> {
  if (wishes.length === 0) return [];
  await sweepMails(work.trx, work.nowS);
  const rows = wishes.map((wish) => rowOf(work, wish));
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) {
    await work.trx
      .insertInto('mails')
      .values(rows.slice(i, i + ROWS_A_STATEMENT))
      .execute();
  }
  return rows.map(({ id }) => id);
}

const rowOf = (work: MailWork, wish: MailWish) => ({
  id: newId(work.random, 'mail'),
  kind: wish.kind satisfies MailKind,
  urgency: urgencyOf(wish.kind),
  to_address: Recipient.parse(wish.to),
  account_id: 'accountId' in wish ? wish.accountId : null,
  person_id: 'personId' in wish ? wish.personId : null,
  portfolio_id: 'portfolioId' in wish ? wish.portfolioId : null,
  data: JSON.stringify(dataOf(wish)),
  state: 'waiting' as const,
  attempts: 0,
  next_at_s: work.nowS,
  claimed_until_s: null,
  last_error: null,
  created_at_s: work.nowS,
  sent_at_s: null,
});

function dataOf(wish: MailWish): object {
  if (!('data' in wish)) return {};
  return wish.kind === 'manager-welcome' ? ManagerMailData.parse(wish.data) : InviteMailData.parse(wish.data);
}
