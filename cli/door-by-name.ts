// A door of the cloud as a person names it, whether or not it has a lock.
import type { CloudClient } from '#gateway/cloud-client.ts';
import { chooseDoor, isDoorId } from '#gateway/door-choice.ts';
import type { SyncedDoor } from '#gateway/sync-report.ts';

/** An id is taken as it stands. Throws DOOR_UNKNOWN, DOOR_AMBIGUOUS, CloudError. */
export async function doorByName(cloud: CloudClient, name: string): Promise<SyncedDoor> {
  if (isDoorId(name)) return { doorId: name, doorName: name };
  const doors = await cloud.doors();
  return chooseDoor(
    doors.map(({ id, name: doorName }) => ({ doorId: id, doorName })),
    name,
    'doors of the cloud',
  );
}
