// The mails that wait, as the senders of all processes share them: who claims one has it for a while alone, and what
// becomes of it is written down. A claim that its process did not live to settle lapses by itself.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Trx } from '../db/store.ts';
import { prepareMail, type PreparedMail } from './mail-prepare.ts';

/** Longer than any send may take. */
export const LEASE_S = 120;
export const BATCH_MAX = 10;
/** After that nobody waits for it any more. */
export const GIVE_UP_S = 3 * 86_400;
const BACKOFF_MIN_S = 30;
const BACKOFF_MAX_S = 3_600;

/** Pure: the wait after the n-th attempt. */
export const backoffS = (attempts: number): number =>
  Math.min(BACKOFF_MAX_S, BACKOFF_MIN_S * 2 ** Math.min(attempts - 1, 16));

export const isAnyDue = async (trx: Trx, nowS: number): Promise<boolean> =>
  (await dueRows(trx, nowS, 1).select('id').execute()).length > 0;

/** In a writing transaction: claims some, makes their links, and drops those that nobody is to get. */
export async function claimMails(
  trx: Trx,
  parts: { readonly engine: CryptoEngine; readonly random: Random },
  nowS: number,
): Promise<PreparedMail[]> {
  const rows = await dueRows(trx, nowS, BATCH_MAX).selectAll().execute();
  const prepared: PreparedMail[] = [];
  for (const row of rows) {
    const mail = await prepareMail(trx, parts, nowS, row);
    const claim =
      mail === undefined
        ? { state: 'dropped' as const, next_at_s: nowS }
        : { claimed_until_s: nowS + LEASE_S, attempts: row.attempts + 1 };
    await trx.updateTable('mails').set(claim).where('id', '=', row.id).execute();
    if (mail !== undefined) prepared.push(mail);
  }
  return prepared;
}

const dueRows = (trx: Trx, nowS: number, limit: number) =>
  trx
    .selectFrom('mails')
    .where('state', '=', 'waiting')
    .where('next_at_s', '<=', nowS)
    .where((eb) => eb.or([eb('claimed_until_s', 'is', null), eb('claimed_until_s', '<=', nowS)]))
    .orderBy('next_at_s')
    .orderBy('id')
    .limit(limit);

export type MailResult =
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly error: string; readonly isPermanent: boolean };

export interface Settled {
  readonly mail: PreparedMail;
  readonly result: MailResult;
}

/** Undefined: it is tried again. */
export type MailEnd = 'sent' | 'failed' | undefined;

export async function settleMail(trx: Trx, nowS: number, { mail, result }: Settled): Promise<MailEnd> {
  const row = trx.updateTable('mails').where('id', '=', mail.id).where('state', '=', 'waiting');
  if (result.kind === 'sent') {
    // Kept for a while from now on.
    await row
      .set({ state: 'sent', sent_at_s: nowS, next_at_s: nowS, claimed_until_s: null, last_error: null })
      .execute();
    return 'sent';
  }
  const failed = { claimed_until_s: null, last_error: result.error };
  if (result.isPermanent || nowS - mail.createdAtS >= GIVE_UP_S) {
    await row.set({ ...failed, state: 'failed', next_at_s: nowS }).execute();
    return 'failed';
  }
  await row.set({ ...failed, next_at_s: nowS + backoffS(mail.attempts) }).execute();
  return undefined;
}
