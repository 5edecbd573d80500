// Alarms as managers see them: in pages, newest first, and marked as seen.
import type { z } from 'zod';
import type { Alarm, AlarmKind, AlarmQuery } from '#protocol/api/alarms.ts';
import { alarmView, alarmViews, type AlarmRecord } from './alarm-view.ts';
import { beforeCursor, decodeNumberCursor, pageOf, type Cursor } from '../pages.ts';
import { mergedRows, propertiesInReach } from '../reach.ts';
import { notFound } from '../refusal.ts';
import { requireAt } from '../rights/rights-check.ts';
import { doorOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

/** Newest first. */
export async function listAlarms(work: Work, wish: z.output<typeof AlarmQuery>) {
  if (wish.doorId !== undefined) await doorOf(work, wish.doorId);
  const cursor = decodeNumberCursor(wish.after);
  const rows = await mergedRows(
    await propertiesInReach(work, wish.propertyId),
    wish.limit + 1,
    (propertyId) =>
      alarmRows(work)
        .where('alarms.property_id', '=', propertyId)
        .$if(!wish.ended, (query) => query.where('alarms.ended_at_s', 'is', null))
        .$if(wish.kind !== undefined, (query) => query.where('alarms.kind', '=', wish.kind as AlarmKind))
        .$if(wish.doorId !== undefined, (query) => query.where('alarms.door_id', '=', wish.doorId ?? ''))
        .where(beforeCursor(cursor, 'alarms.raised_at_s', 'alarms.id'))
        .orderBy('alarms.raised_at_s', 'desc')
        .orderBy('alarms.id', 'desc')
        .limit(wish.limit + 1)
        .execute(),
    (a, b) => b.raised_at_s - a.raised_at_s || (a.id < b.id ? 1 : -1),
  );
  const { items, next } = pageOf(rows, wish.limit, cursorOf, (row) => row);
  return { items: await alarmViews(work, items), next };
}

/** Again is harmless. What nothing but a person can end ends with it. */
export async function markAlarmSeen(work: Work, alarmId: string): Promise<Alarm> {
  const found = await alarmRows(work)
    .innerJoin('properties', 'properties.id', 'alarms.property_id')
    .where('alarms.id', '=', alarmId)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('alarm');
  requireAt(work, found.property_id, 'alarm');
  if (found.seen_at_s !== null) return alarmView(work, found);
  const seen = { seen_at_s: work.nowS, ended_at_s: endsItself(found.kind) ? found.ended_at_s : work.nowS };
  await work.trx.updateTable('alarms').set(seen).where('id', '=', alarmId).execute();
  work.outbox.announce({ kind: 'door-state', propertyId: found.property_id, doorId: found.door_id });
  return alarmView(work, { ...found, ...seen });
}

function endsItself(kind: AlarmKind): boolean {
  switch (kind) {
    case 'unsynced':
    case 'versions-running-out':
    case 'lock-reset':
      return true;
    case 'other-table':
    case 'log-contradicts':
    case 'log-lost':
    case 'released-lock':
    case 'revoked-opened':
      return false;
  }
}

const alarmRows = (work: Work) =>
  work.trx
    .selectFrom('alarms')
    .innerJoin('doors', 'doors.id', 'alarms.door_id')
    .selectAll('alarms')
    .select('doors.name as door_name');

const cursorOf = (row: AlarmRecord): Cursor => ({ sort: row.raised_at_s, id: row.id });
