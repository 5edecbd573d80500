// What stands in the head of every door of a property has changed: each door with a lock needs a Door Sync.
import type { Work } from '../work.ts';

export async function noteSettings(work: Work, propertyId: string): Promise<void> {
  const doors = await work.trx
    .selectFrom('doors')
    .select('id')
    .where('property_id', '=', propertyId)
    .orderBy('id')
    .execute();
  for (const { id } of doors) work.changes.note(id, 'settings-changed', work.nowS);
}
