// Mails that are done with are forgotten: their addresses, with those that nobody here has, do not stay for ever, nor
// do the links that a mailbox on disk holds.
import { SWEPT_MAX } from '../domain/sweep.ts';
import type { Store, Trx } from '../db/store.ts';
import type { CapturedMailbox } from './captured-mailbox.ts';

/** A manager who wonders why somebody cannot sign in looks within these days. */
const MAIL_KEPT_S = 30 * 86_400;
/** What was typed into "forgot password" for an address that has no account. */
const DROPPED_KEPT_S = 86_400;
/** Below what one statement may have. */
const IDS_A_STATEMENT = 500;

export async function sweepMails(trx: Trx, nowS: number): Promise<void> {
  const ids = await overMails(trx, nowS);
  if (ids.length > 0) await trx.deleteFrom('mails').where('id', 'in', ids).execute();
}

/**
 * Also where nothing new is sent. Files go once their row is gone, whichever process took it, so that none is left by
 * one that ended in between. True where more is to be done.
 */
export async function sweepMailbox(store: Store, mailbox: CapturedMailbox, nowS: number): Promise<boolean> {
  const over = await store.read((trx) => overMails(trx, nowS));
  if (over.length > 0) await store.write((trx) => sweepMails(trx, nowS));
  // Listed first: a mail that is captured meanwhile is not among them.
  const captured = mailbox.mailIds();
  for (let at = 0; at < captured.length; at += IDS_A_STATEMENT) {
    const ids = captured.slice(at, at + IDS_A_STATEMENT);
    const rows = await store.read((trx) =>
      trx.selectFrom('mails').select('id').where('id', 'in', ids).execute(),
    );
    const kept = new Set(rows.map(({ id }) => id));
    mailbox.forget(ids.filter((id) => !kept.has(id)));
  }
  return over.length > 0;
}

async function overMails(trx: Trx, nowS: number): Promise<string[]> {
  const over = await trx
    .selectFrom('mails')
    .select('id')
    .where(({ eb, or, and }) =>
      or([
        and([eb('state', 'in', ['sent', 'failed']), eb('next_at_s', '<=', nowS - MAIL_KEPT_S)]),
        and([eb('state', '=', 'dropped'), eb('next_at_s', '<=', nowS - DROPPED_KEPT_S)]),
      ]),
    )
    .limit(SWEPT_MAX)
    .execute();
  return over.map(({ id }) => id);
}
