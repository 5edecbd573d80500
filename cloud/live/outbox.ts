// The outbox: announcements as rows, written by the transaction that makes them true, numbered without a gap in
// the order of the commits. Rows go after a day, always the lowest first.
import { nextNumbers } from '../domain/counters.ts';
import type { Trx } from '../db/store.ts';
import type { Announcement, OutboxKind } from './announcements.ts';

export const OUTBOX_KEPT_S = 86_400;
/** More than most transactions add, so that a table that is behind catches up. */
const SWEPT_MAX = 100;
/** Seven values a row: below what one statement may have. */
const ROWS_A_STATEMENT = 500;

export interface OutboxRow {
  readonly number: number;
  readonly kind: OutboxKind;
  /** The tenant that may hear of it; null for what concerns all. */
  readonly portfolioId: string | null;
  readonly propertyId: string | null;
  readonly doorId: string | null;
  readonly subject: string | null;
}

/** The very last act of a transaction: nobody else gets a number until it ends. */
export async function appendOutbox(
  trx: Trx,
  nowS: number,
  portfolioId: string | null,
  announcements: readonly Announcement[],
): Promise<void> {
  if (announcements.length === 0) return;
  await sweepOutbox(trx, nowS);
  const first = await nextNumbers(trx, 'outbox', announcements.length);
  const rows = announcements.map(({ kind, propertyId, doorId, subject }, i) => ({
    number: first + i,
    kind,
    portfolio_id: portfolioId,
    property_id: propertyId ?? null,
    door_id: doorId ?? null,
    subject: subject ?? null,
    created_at_s: nowS,
  }));
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) {
    await trx
      .insertInto('outbox')
      .values(rows.slice(i, i + ROWS_A_STATEMENT))
      .execute();
  }
}

/** The number of the last row ever written. */
export async function outboxHead(trx: Trx): Promise<number> {
  const counter = await trx
    .selectFrom('counters')
    .select('value')
    .where('name', '=', 'outbox')
    .executeTakeFirst();
  return counter?.value ?? 0;
}

/** In order; begins later than asked where rows were swept. */
export async function outboxAfter(trx: Trx, number: number, limit: number): Promise<OutboxRow[]> {
  const rows = await trx
    .selectFrom('outbox')
    .selectAll()
    .where('number', '>', number)
    .orderBy('number')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    number: row.number,
    kind: row.kind as OutboxKind,
    portfolioId: row.portfolio_id,
    propertyId: row.property_id,
    doorId: row.door_id,
    subject: row.subject,
  }));
}

/** From below, and no further than the first one that is kept: a clock that was wrong for a while makes no hole. */
async function sweepOutbox(trx: Trx, nowS: number): Promise<void> {
  const lowest = await trx
    .selectFrom('outbox')
    .select(['number', 'created_at_s'])
    .orderBy('number')
    .limit(SWEPT_MAX)
    .execute();
  const kept = lowest.findIndex((row) => row.created_at_s > nowS - OUTBOX_KEPT_S);
  const last = (kept === -1 ? lowest : lowest.slice(0, kept)).at(-1);
  if (last !== undefined) await trx.deleteFrom('outbox').where('number', '<=', last.number).execute();
}
