// Alarms: what a manager must hear of though nobody asked. One of a kind is open at a door at a time, or for each person
// whom it is about; what raises it again says nothing new.
import type { z } from 'zod';
import type { Alarm, AlarmKind, AlarmQuery } from '#protocol/api/alarms.ts';
import { alarmView, alarmViews, type AlarmRecord } from './alarm-view.ts';
import { newId } from './ids.ts';
import { beforeCursor, decodeNumberCursor, pageOf, type Cursor } from './pages.ts';
import { mergedRows, propertiesInReach } from './reach.ts';
import { notFound } from './refusal.ts';
import { requireAt } from './rights-check.ts';
import { doorOf } from './tenancy.ts';
import type { Work } from './work.ts';

export interface AlarmDoor {
  readonly id: string;
  readonly property_id: string;
}

/** True where it is a new one. `detail`: one sentence, without names and secrets. `personId`: whom it is about. */
export async function raiseAlarm(
  work: Work,
  door: AlarmDoor,
  kind: AlarmKind,
  detail: string,
  personId: string | null = null,
): Promise<boolean> {
  const open = await work.trx
    .selectFrom('alarms')
    .select('id')
    .where('door_id', '=', door.id)
    .where('kind', '=', kind)
    .where('person_id', personId === null ? 'is' : '=', personId)
    .where('ended_at_s', 'is', null)
    .executeTakeFirst();
  if (open !== undefined) return false;
  await work.trx
    .insertInto('alarms')
    .values({
      id: newId(work.random, 'alarm'),
      property_id: door.property_id,
      door_id: door.id,
      kind,
      detail,
      person_id: personId,
      raised_at_s: work.nowS,
      seen_at_s: null,
      ended_at_s: null,
    })
    .execute();
  work.outbox.announce({ kind: 'door-state', propertyId: door.property_id, doorId: door.id });
  return true;
}

/** What it was about is over by itself. */
export async function endAlarm(work: Work, door: AlarmDoor, kind: AlarmKind): Promise<void> {
  const ended = await work.trx
    .updateTable('alarms')
    .set({ ended_at_s: work.nowS })
    .where('door_id', '=', door.id)
    .where('kind', '=', kind)
    .where('ended_at_s', 'is', null)
    .returning('id')
    .execute();
  if (ended.length === 0) return;
  work.outbox.announce({ kind: 'door-state', propertyId: door.property_id, doorId: door.id });
}

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
