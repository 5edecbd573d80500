// What stands in the head of every door of a property has changed: each door with a lock needs a Door Sync. Where people
// hold Key Schedules, these now fall at other hours than their locks know.
import { noteAccessChanges } from '../access/access-changes.ts';
import { isLive } from '../access/live-access.ts';
import type { Work } from '../work.ts';

/** Its zone or its holidays are others now. */
export async function noteOtherHours(work: Work, propertyId: string): Promise<void> {
  const doors = await work.trx
    .selectFrom('doors')
    .select(['id', 'hold_open'])
    .where('property_id', '=', propertyId)
    .orderBy('id')
    .execute();
  for (const { id, hold_open } of doors)
    work.changes.note(id, hold_open === null ? 'settings-changed' : 'access-changed', work.nowS);
  const scheduled = await peopleBySchedule(work, propertyId);
  for (const { doorId } of scheduled) work.changes.note(doorId, 'access-changed', work.nowS);
  await noteAccessChanges(work, scheduled);
}

async function peopleBySchedule(work: Work, propertyId: string) {
  const rows = await work.trx
    .selectFrom('doors')
    .innerJoin('key_doors', 'key_doors.door_id', 'doors.id')
    .innerJoin('grants', 'grants.key_id', 'key_doors.key_id')
    .select(['grants.person_id', 'key_doors.door_id'])
    .distinct()
    .where('doors.property_id', '=', propertyId)
    .where('key_doors.schedule', 'is not', null)
    .where(isLive(work.nowS))
    .execute();
  return rows.map((row) => ({ personId: row.person_id, doorId: row.door_id }));
}
