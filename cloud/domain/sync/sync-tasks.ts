// Sync tasks as a list: what waits for a Door Sync, the oldest first. Read property by property along an index, so that a
// page costs the same whatever else waits.
import type { z } from 'zod';
import type { SyncTaskQuery } from '#protocol/api/door-sync.ts';
import { afterCursor, decodeNumberCursor, pageOf } from '../pages.ts';
import { mergedRows, propertiesInReach } from '../reach.ts';
import { taskView } from './sync-view.ts';
import { doorOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

export async function listSyncTasks(work: Work, wish: z.output<typeof SyncTaskQuery>) {
  const cursor = decodeNumberCursor(wish.after);
  // A lock sees its own door alone.
  const doorId = wish.doorId ?? (work.rights.kind === 'door' ? work.rights.doorId : undefined);
  const door = doorId === undefined ? undefined : await doorOf(work, doorId);
  const properties = door === undefined ? await propertiesInReach(work, undefined) : [door.property_id];
  const rows = await mergedRows(
    properties,
    wish.limit + 1,
    (propertyId) =>
      work.trx
        .selectFrom('sync_tasks')
        .selectAll()
        .where('property_id', '=', propertyId)
        .where('closed_at_s', wish.closed ? 'is not' : 'is', null)
        .$if(door !== undefined, (query) => query.where('door_id', '=', door?.id ?? ''))
        .where(afterCursor(cursor, 'since_s', 'id'))
        .orderBy('since_s')
        .orderBy('id')
        .limit(wish.limit + 1)
        .execute(),
    (a, b) => a.since_s - b.since_s || (a.id < b.id ? -1 : 1),
  );
  return pageOf(rows, wish.limit, (row) => ({ sort: row.since_s, id: row.id }), taskView);
}
