// Mails that are done with are forgotten: their addresses, with those that nobody here has, do not stay for ever.
import { SWEPT_MAX } from '../domain/sweep.ts';
import type { Trx } from '../db/store.ts';

/** A manager who wonders why somebody cannot sign in looks within these days. */
const MAIL_KEPT_S = 30 * 86_400;
/** What was typed into "forgot password" for an address that has no account. */
const DROPPED_KEPT_S = 86_400;

export async function sweepMails(trx: Trx, nowS: number): Promise<void> {
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
  if (over.length === 0) return;
  const ids = over.map(({ id }) => id);
  await trx.deleteFrom('mails').where('id', 'in', ids).execute();
}
