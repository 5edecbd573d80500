// How far each door is: what the cloud wants and what the lock's last receipt proved, and beside it what its lock
// shows on the air right now.
import type { CourierDoor } from '#protocol/api/door-sync.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { RecognisedAdvert } from '#protocol/sync/advert.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import type { Central } from '#radio/ports/central.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { isUpToDate, Recogniser, type AdvertisedDoor } from './courier/recognise.ts';
import { syncDoorOf, targetOf } from './sync-doors.ts';

export interface AirParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly central: Central;
}

export interface SeenLock<D extends AdvertisedDoor> {
  readonly peripheralId: string;
  readonly rssi: number;
  /** `unknown`: none of the doors given; `hidden`: the platform shows no manufacturer data. */
  readonly is: { readonly door: D; readonly advert: RecognisedAdvert } | 'unknown' | 'hidden';
}

/** Every lock that shows itself within `forMs`, as it showed itself last. Rejects with RadioError. */
export async function lookAround<D extends AdvertisedDoor>(
  { engine, clock, central }: AirParts,
  doors: readonly D[],
  forMs: number,
  signal?: AbortSignal,
): Promise<readonly SeenLock<D>[]> {
  const recogniser = new Recogniser(engine, doors);
  const seen = new Map<string, SeenLock<D>>();
  const onReport = (report: AdvertReport): void => {
    const { peripheralId, rssi } = report;
    seen.set(peripheralId, { peripheralId, rssi, is: recogniser.ofReport(report) ?? 'unknown' });
  };
  const scan = await central.scan({ serviceUuids: [DOOR_SYNC_SERVICE], onReport });
  await new Promise<void>((resolve) => {
    const over = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const timer = clock.after(forMs, over);
    signal?.addEventListener('abort', over);
    if (signal?.aborted === true) over();
  });
  await scan.stop();
  return [...seen.values()];
}

export interface DoorStatus {
  readonly door: CourierDoor;
  /** Undefined where its lock did not show itself, or nobody looked. */
  readonly seen:
    | {
        readonly rssi: number;
        readonly logPending: boolean;
        readonly batteryLow: boolean;
        /** The low 16 bits of the version in force. */
        readonly versionBits: number;
        /** The lock shows the cloud's target, and the cloud has its receipt. */
        readonly isUpToDate: boolean;
      }
    | undefined;
}

export function doorStatuses(
  doors: readonly CourierDoor[],
  seen: readonly SeenLock<AdvertisedDoor>[],
): DoorStatus[] {
  return doors.map((door) => ({ door, seen: seenOf(door, seen) }));
}

/** The doors of the cloud, as `lookAround` takes them. */
export const advertisedDoors = (doors: readonly CourierDoor[]): AdvertisedDoor[] => doors.map(syncDoorOf);

function seenOf(door: CourierDoor, seen: readonly SeenLock<AdvertisedDoor>[]): DoorStatus['seen'] {
  for (const { is, rssi } of seen) {
    if (typeof is === 'string' || is.door.doorId !== door.doorId) continue;
    const { logPending, batteryLow, versionBits } = is.advert;
    const target = targetOf(door.sync);
    const upToDate = target !== undefined && isUpToDate(is.advert, target);
    return { rssi, logPending, batteryLow, versionBits, isUpToDate: upToDate };
  }
  return undefined;
}
