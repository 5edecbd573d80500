// The mails that wait, as the senders of all processes share them: who claims one has it for a while alone, and what
// becomes of it is written down. A claim that its process did not live to settle lapses by itself. What somebody waits
// for at a screen goes before what was written for many.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Trx } from '../db/store.ts';
import { BULK_URGENCY, urgencyOf, type MailKind } from './mail-kinds.ts';
import { prepareMail, type PreparedMail } from './mail-prepare.ts';

/** Longer than any send may take. */
export const LEASE_S = 120;
/** Mails that one process sends at once; those for many leave some of the slots to the urgent ones. */
export const SLOTS = 10;
const BULK_SLOTS = 8;
/** After that nobody waits for it any more. */
export const GIVE_UP_S = 3 * 86_400;
const BACKOFF_MIN_S = 30;
const BACKOFF_MAX_S = 3_600;

/** Pure: the wait after the n-th attempt. */
export const backoffS = (attempts: number): number =>
  Math.min(BACKOFF_MAX_S, BACKOFF_MIN_S * 2 ** Math.min(attempts - 1, 16));

export interface MailRoom {
  readonly slots: number;
  /** Of these, for mails that are not urgent. */
  readonly bulk: number;
}

export const NO_ROOM: MailRoom = { slots: 0, bulk: 0 };

/** Pure: what may be claimed beside what is being sent. */
export const roomBeside = (sending: readonly MailKind[]): MailRoom => ({
  slots: SLOTS - sending.length,
  bulk: BULK_SLOTS - sending.filter((kind) => urgencyOf(kind) >= BULK_URGENCY).length,
});

export const isAnyDue = async (trx: Trx, nowS: number, room: MailRoom): Promise<boolean> =>
  room.slots > 0 &&
  (
    await dueRows(trx, nowS, { ...room, slots: 1 })
      .select('id')
      .execute()
  ).length > 0;

export interface Claimed {
  readonly mails: readonly PreparedMail[];
  /** Some were dropped: there is room for others. */
  readonly isMore: boolean;
}

/** In a writing transaction: claims what there is room for, makes the links, and drops what nobody is to get. */
export async function claimMails(
  trx: Trx,
  parts: { readonly engine: CryptoEngine; readonly random: Random },
  nowS: number,
  room: MailRoom,
): Promise<Claimed> {
  if (room.slots <= 0) return { mails: [], isMore: false };
  const rows = await dueRows(trx, nowS, room).selectAll().execute();
  const urgent = rows.filter(({ urgency }) => urgency < BULK_URGENCY);
  const bulk = rows.slice(urgent.length, urgent.length + room.bulk);
  const mails: PreparedMail[] = [];
  for (const row of [...urgent, ...bulk]) {
    const mail = await prepareMail(trx, parts, nowS, row);
    const claim =
      mail === undefined
        ? { state: 'dropped' as const, next_at_s: nowS }
        : { claimed_until_s: nowS + LEASE_S, attempts: row.attempts + 1 };
    await trx.updateTable('mails').set(claim).where('id', '=', row.id).execute();
    if (mail !== undefined) mails.push(mail);
  }
  return { mails, isMore: mails.length < urgent.length + bulk.length };
}

/** The most urgent first. */
const dueRows = (trx: Trx, nowS: number, { slots, bulk }: MailRoom) =>
  trx
    .selectFrom('mails')
    .where('state', '=', 'waiting')
    .where('next_at_s', '<=', nowS)
    .where((eb) => eb.or([eb('claimed_until_s', 'is', null), eb('claimed_until_s', '<=', nowS)]))
    .$if(bulk <= 0, (query) => query.where('urgency', '<', BULK_URGENCY))
    .orderBy('urgency')
    .orderBy('next_at_s')
    .orderBy('id')
    .limit(slots);

export type MailResult =
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly error: string; readonly isPermanent: boolean };

export interface Settled {
  readonly mail: PreparedMail;
  readonly result: MailResult;
}

/** Sent, given up, or left for its next turn. */
export async function settleMail(trx: Trx, nowS: number, { mail, result }: Settled): Promise<void> {
  const row = trx.updateTable('mails').where('id', '=', mail.id).where('state', '=', 'waiting');
  if (result.kind === 'sent') {
    // Kept for a while from now on.
    await row
      .set({ state: 'sent', sent_at_s: nowS, next_at_s: nowS, claimed_until_s: null, last_error: null })
      .execute();
    return;
  }
  // A claim that lapsed may be another's by now, who is sending it.
  const own = row.where('attempts', '=', mail.attempts);
  const failed = { claimed_until_s: null, last_error: result.error };
  if (result.isPermanent || nowS - mail.createdAtS >= GIVE_UP_S) {
    await own.set({ ...failed, state: 'failed', next_at_s: nowS }).execute();
    return;
  }
  await own.set({ ...failed, next_at_s: nowS + backoffS(mail.attempts) }).execute();
}
