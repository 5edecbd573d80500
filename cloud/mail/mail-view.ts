// Mails as managers see them: those of a person's invites, and in a demo the mailbox of their portfolio.
import type { z } from 'zod';
import type { DemoMail, Mail } from '#protocol/api/mails.ts';
import { decodeCursor, pageOf, type PageWish } from '../domain/pages.ts';
import { notFound, Refusal } from '../domain/refusal.ts';
import { requireNoOtherKeys } from '../domain/rights/specific-rights.ts';
import { personOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import type { CapturedMailbox } from './captured-mailbox.ts';
import { enqueueInviteAgain } from './invite-mail.ts';
import { mailView } from './person-mails.ts';

const PERSON_MAILS_MAX = 20;
/** Invite mails of one person within the time. */
const RESENDS_MAX = 5;
const RESEND_WINDOW_S = 3_600;

export async function personMails(work: Work, personId: string): Promise<Mail[]> {
  await requireNoOtherKeys(work, await personOf(work, personId), 'read the mails of this person');
  return (await newestOf(work, [personId], PERSON_MAILS_MAX)).map(mailView);
}

/** Throws TOO_MANY_ATTEMPTS. */
export async function resendInvite(work: Work, personId: string): Promise<Mail> {
  await requireNoOtherKeys(work, await personOf(work, personId), 'send this invite again');
  const before = await newestOf(work, [personId], RESENDS_MAX);
  const oldest = before.at(-1);
  if (
    before.length === RESENDS_MAX &&
    oldest !== undefined &&
    oldest.created_at_s > work.nowS - RESEND_WINDOW_S
  ) {
    throw new Refusal('TOO_MANY_ATTEMPTS', 'This person was sent several mails within the hour.', {
      next: 'Look whether they arrived, in the folder for spam as well.',
      retryAfterS: oldest.created_at_s + RESEND_WINDOW_S - work.nowS,
    });
  }
  const mailId = await enqueueInviteAgain(work, personId);
  const made = await work.trx
    .selectFrom('mails')
    .selectAll()
    .where('id', '=', mailId ?? '')
    .executeTakeFirst();
  if (made === undefined) throw notFound('person');
  return mailView(made);
}

const newestOf = (work: Work, personIds: readonly string[], limit: number) =>
  work.trx
    .selectFrom('mails')
    .selectAll()
    .where('person_id', 'in', [...personIds])
    .orderBy('created_at_s', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

/**
 * Those sent for the portfolio, and about accounts that have nothing to do with any other: a link to set a password is
 * as good as the account. Throws NOT_FOUND where the cloud shows no mailbox.
 */
export async function demoMails(work: Work, mailbox: CapturedMailbox | undefined, wish: PageWish) {
  if (mailbox === undefined) throw notFound('mailbox');
  const cursor = decodeCursor(wish.after);
  const rows = await work.trx
    .selectFrom('mails')
    .selectAll('mails')
    .where('mails.state', '=', 'sent')
    .where(({ eb, or, and, exists, not, selectFrom }) => {
      const managed = selectFrom('managers')
        .innerJoin('accounts', 'accounts.id', 'managers.account_id')
        .select('accounts.id')
        .whereRef('accounts.email', '=', 'mails.to_address');
      // Deleted people as well: a link that went to them is still no other portfolio's to read.
      const known = selectFrom('people')
        .innerJoin('accounts', 'accounts.id', 'people.account_id')
        .innerJoin('properties', 'properties.id', 'people.property_id')
        .select('accounts.id')
        .whereRef('accounts.email', '=', 'mails.to_address');
      const own = [
        exists(managed.where('managers.portfolio_id', '=', work.portfolioId)),
        exists(known.where('properties.portfolio_id', '=', work.portfolioId)),
      ];
      const others = [
        exists(managed.where('managers.portfolio_id', '!=', work.portfolioId)),
        exists(known.where('properties.portfolio_id', '!=', work.portfolioId)),
      ];
      return and([
        or([eb('mails.portfolio_id', '=', work.portfolioId), eb('mails.portfolio_id', 'is', null)]),
        or(own),
        not(or(others)),
      ]);
    })
    .$if(cursor !== undefined, (list) =>
      list.where(({ eb, or, and }) =>
        or([
          eb('mails.created_at_s', '<', Number(cursor?.sort)),
          and([eb('mails.created_at_s', '=', Number(cursor?.sort)), eb('mails.id', '<', cursor?.id ?? '')]),
        ]),
      ),
    )
    .orderBy('mails.created_at_s', 'desc')
    .orderBy('mails.id', 'desc')
    .limit(wish.limit + 1)
    .execute();
  return pageOf(
    rows,
    wish.limit,
    ({ created_at_s: sort, id }) => ({ sort, id }),
    (row): z.infer<typeof DemoMail> => ({ ...mailView(row), content: mailbox.read(row.id) ?? null }),
  );
}
