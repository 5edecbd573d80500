// The outbox: announcements as rows, written by the transaction that makes them true, numbered without a gap in
// the order of the commits. Rows go after a day, always the lowest first.
import { batchesOf } from '../domain/batches.ts';
import { nextNumbers } from '../domain/counters.ts';
import { SWEPT_MAX } from '../domain/sweep.ts';
import type { Trx } from '../db/store.ts';
import type { Announcement, OutboxKind } from './announcements.ts';

export const OUTBOX_KEPT_S = 86_400;

export interface OutboxRow {
  readonly number: number;
  readonly kind: OutboxKind;
  /** The tenant that may hear of it; null for what concerns all. */
  readonly portfolioId: string | null;
  readonly propertyId: string | null;
  readonly doorId: string | null;
  readonly subject: string | null;
}

/**
 * The very last act of a transaction: nobody else gets a number until it ends. `portfolioId` is for what is of no
 * property. True where there was something to tell.
 */
export async function appendOutbox(
  trx: Trx,
  nowS: number,
  portfolioId: string | null,
  announcements: readonly Announcement[],
): Promise<boolean> {
  if (announcements.length === 0) return false;
  await sweepOutbox(trx, nowS);
  const places = await placesOf(trx, announcements);
  const first = await nextNumbers(trx, 'outbox', announcements.length);
  const rows = announcements.map((announcement, i) => {
    const { kind, doorId, subject } = announcement;
    const propertyId = places.propertyOf(announcement);
    return {
      number: first + i,
      kind,
      portfolio_id: places.portfolioOf(propertyId) ?? portfolioId,
      property_id: propertyId ?? null,
      door_id: doorId ?? null,
      subject: subject ?? null,
      created_at_s: nowS,
    };
  });
  for (const batch of batchesOf(rows)) await trx.insertInto('outbox').values(batch).execute();
  return true;
}

interface Places {
  propertyOf(announcement: Announcement): string | undefined;
  portfolioOf(propertyId: string | undefined): string | undefined;
}

/** The tenant is that of the door or property, whoever made the change. */
async function placesOf(trx: Trx, announcements: readonly Announcement[]): Promise<Places> {
  const propertyByDoor = new Map<string, string>();
  const portfolioByProperty = new Map<string, string>();
  const doorIds = announcements.flatMap(({ doorId }) => doorId ?? []);
  for (const batch of batchesOf(doorIds)) {
    const doors = await trx
      .selectFrom('doors')
      .select(['id', 'property_id'])
      .where('id', 'in', [...batch])
      .execute();
    for (const door of doors) propertyByDoor.set(door.id, door.property_id);
  }
  const propertyOf: Places['propertyOf'] = ({ doorId, propertyId }) =>
    propertyByDoor.get(doorId ?? '') ?? propertyId;
  const propertyIds = [...new Set(announcements.flatMap((one) => propertyOf(one) ?? []))];
  for (const batch of batchesOf(propertyIds)) {
    const properties = await trx
      .selectFrom('properties')
      .select(['id', 'portfolio_id'])
      .where('id', 'in', [...batch])
      .execute();
    for (const property of properties) portfolioByProperty.set(property.id, property.portfolio_id);
  }
  return { propertyOf, portfolioOf: (propertyId) => portfolioByProperty.get(propertyId ?? '') };
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
