// Taking a lock off its door from where it is fitted: the cloud is asked for it, and what it signs is brought at once. Run
// again it goes on where it was cut off; where another courier was faster, it is done.
import { DoorlabError } from '#protocol/errors.ts';
import { CloudError } from './cloud-error.ts';
import { GatewayError } from './gateway-error.ts';
import { syncDoors, type GatewayParts, type SyncOptions } from './sync-doors.ts';
import { errorOfReport, type DoorOutcome, type SyncedDoor } from './sync-report.ts';

export interface Deactivated {
  /** Undefined: by another courier, who was there at the same time. */
  readonly outcome: DoorOutcome | undefined;
}

/** Throws CloudError (DOOR_WITHOUT_LOCK, ...), GatewayError, RadioError, JournalError; the wish stays with the cloud. */
export async function deactivateDoor(
  parts: GatewayParts,
  door: SyncedDoor,
  options: SyncOptions = {},
): Promise<Deactivated> {
  const { cloud } = parts;
  const { doorId, doorName } = door;
  const { signal } = options;
  await cloud.askDeactivation(doorId, false, { signal });
  try {
    const report = await syncDoors(parts, [doorId], options);
    const error = errorOfReport(report);
    if (error !== undefined) throw error;
    return { outcome: report.doors[0] };
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    if (await isGone(error, parts, doorId, signal)) return { outcome: undefined };
    if (!(error instanceof GatewayError) || error.code !== 'DOOR_NOT_FOUND') throw error;
    throw new GatewayError('DOOR_NOT_FOUND', `${doorName}: its lock is not in range, and is to leave.`, {
      cause: error,
      next: 'Run it again at the door; any courier that meets the lock takes it off as well. Is it gone for good, use --lost.',
    });
  }
}

/** No list names the door any more, or nothing is to be brought there. */
async function isGone(
  error: DoorlabError,
  { cloud }: GatewayParts,
  doorId: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const isUnlisted = error instanceof GatewayError && error.code === 'DOOR_UNKNOWN';
  const isUnasked = error instanceof CloudError && error.code === 'NOT_FOUND';
  if (!isUnlisted && !isUnasked) return false;
  const doors = await cloud.courierDoors({ signal });
  return !doors.some((door) => door.doorId === doorId && door.sync.state !== 'no-lock');
}
