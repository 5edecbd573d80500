// Doors that a change has left behind: those that wait for a Door Sync, apart from those that get it by themselves.
import type { DoorsBehind } from '#protocol/api/people.ts';
import type { Work } from '../work.ts';

/** Of the doors that this transaction has touched so far. A door without a lock is behind nothing. */
export const doorsBehind = (work: Work): Promise<DoorsBehind> => sortedOut(work, work.changes.doorIds());

export async function sortedOut(work: Work, doorIds: readonly string[]): Promise<DoorsBehind> {
  if (doorIds.length === 0) return { doorsToSync: [], doorsUpdating: [] };
  const doors = await work.trx
    .selectFrom('doors')
    .innerJoin('locks', 'locks.door_id', 'doors.id')
    .select(['doors.id', 'doors.internet'])
    .where('doors.id', 'in', [...doorIds])
    .orderBy('doors.name')
    .orderBy('doors.id')
    .execute();
  const idsOf = (internet: number): string[] =>
    doors.filter((door) => door.internet === internet).map(({ id }) => id);
  return { doorsToSync: idsOf(0), doorsUpdating: idsOf(1) };
}
