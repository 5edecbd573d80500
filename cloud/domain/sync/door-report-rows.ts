// The rows of the Door Sync report, in its two orders.
import { sql, type ExpressionBuilder } from 'kysely';
import type { DoorReportFilters } from '#protocol/api/reports.ts';
import type { Schema } from '../../db/schema.ts';
import { DAY_S } from '../local-day.ts';
import { afterCursor, decodeCursor, decodeNumberCursor, encodeCursor, pageOf } from '../pages.ts';
import { mergedRows, propertiesInReach } from '../reach.ts';
import { keysWithin } from '../rights/rights-check.ts';
import type { Work } from '../work.ts';

export type ReportedDoor = Pick<Schema['doors'], 'id' | 'name' | 'type' | 'internet' | 'property_id'> & {
  readonly property_name: string;
  readonly unsynced_alarm_s: number;
};

export interface ReportPage {
  readonly items: ReportedDoor[];
  readonly next: string | null;
}

/** By the oldest open task of each door. */
export async function neededDoors(
  work: Work,
  filters: DoorReportFilters,
  limit: number,
  after: string | undefined,
): Promise<ReportPage> {
  const cursor = decodeNumberCursor(after);
  const rows = await mergedRows(
    await propertiesInReach(work, filters.propertyId),
    limit + 1,
    (propertyId) =>
      reported(work, propertyId, filters)
        .innerJoin('sync_tasks', 'sync_tasks.door_id', 'doors.id')
        .select(['sync_tasks.since_s', 'sync_tasks.id as task_id'])
        .where('sync_tasks.property_id', '=', propertyId)
        .where('sync_tasks.closed_at_s', 'is', null)
        .where((eb) => eb.not(eb.exists(openTasks(eb).where(isOlder))))
        .$if(filters.reason !== undefined, (query) =>
          query.where((eb) =>
            eb.exists(openTasks(eb).where('other.reason', '=', filters.reason ?? 'access-given')),
          ),
        )
        .where(afterCursor(cursor, 'sync_tasks.since_s', 'sync_tasks.id'))
        .orderBy('sync_tasks.since_s')
        .orderBy('sync_tasks.id')
        .limit(limit + 1)
        .execute(),
    (a, b) => a.since_s - b.since_s || (a.task_id < b.task_id ? -1 : 1),
  );
  return pageOf(
    rows,
    limit,
    (row) => ({ sort: row.since_s, id: row.task_id }),
    (row) => row,
  );
}

/** Property by property, within each by name. */
export async function allDoors(
  work: Work,
  filters: DoorReportFilters,
  limit: number,
  after: string | undefined,
): Promise<ReportPage> {
  const cursor = decodeCursor(after);
  const [fromProperty = '', fromDoor = ''] = (cursor?.id ?? '').split(' ');
  const properties = await propertiesInReach(work, filters.propertyId);
  const items: ReportedDoor[] = [];
  for (const propertyId of properties.toSorted()) {
    if (propertyId < fromProperty) continue;
    const place =
      propertyId === fromProperty && cursor !== undefined ? { sort: cursor.sort, id: fromDoor } : undefined;
    const rows = await reported(work, propertyId, filters)
      .where(afterCursor(place, 'doors.name', 'doors.id'))
      .orderBy('doors.name')
      .orderBy('doors.id')
      .limit(limit + 1 - items.length)
      .execute();
    items.push(...rows);
    if (items.length > limit) break;
  }
  const last = items[limit - 1];
  const isMore = items.length > limit && last !== undefined;
  return {
    items: items.slice(0, limit),
    next: isMore ? encodeCursor({ sort: last.name, id: `${last.property_id} ${last.id}` }) : null,
  };
}

/** Doors with locks; those in the named Keys where the manager is kept to some. */
function reported(work: Work, propertyId: string, filters: DoorReportFilters) {
  const within = keysWithin(work, propertyId);
  const { batteryBelow, unreadDays } = filters;
  return work.trx
    .selectFrom('doors')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .innerJoin('locks', 'locks.door_id', 'doors.id')
    .leftJoin('lock_states', 'lock_states.lock_id', 'locks.id')
    .select(['doors.id', 'doors.name', 'doors.type', 'doors.internet', 'doors.property_id'])
    .select(['properties.name as property_name', 'properties.unsynced_alarm_s'])
    .where('doors.property_id', '=', propertyId)
    .$if(batteryBelow !== undefined, (query) =>
      query.where('lock_states.battery_percent', '<', batteryBelow ?? 0),
    )
    .$if(unreadDays !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('lock_states.received_at_s', 'is', null),
          eb('lock_states.received_at_s', '<=', work.nowS - (unreadDays ?? 0) * DAY_S),
        ]),
      ),
    )
    .$if(within !== undefined, (query) =>
      query.where((eb) =>
        eb.exists(
          eb
            .selectFrom('key_doors')
            .select('key_doors.key_id')
            .whereRef('key_doors.door_id', '=', 'doors.id')
            .where('key_doors.key_id', 'in', ['', ...(within ?? [])]),
        ),
      ),
    );
}

/** Others of the same door. */
const openTasks = (eb: ExpressionBuilder<Schema, 'sync_tasks'>) =>
  eb
    .selectFrom('sync_tasks as other')
    .select('other.id')
    .whereRef('other.door_id', '=', 'sync_tasks.door_id')
    .where('other.closed_at_s', 'is', null);

const isOlder = sql<boolean>`(other.since_s, other.id) < (sync_tasks.since_s, sync_tasks.id)`;
