// One round of Door Syncs: receipts of earlier runs are told first, then each wanted door is met as it shows itself,
// gets its set, and its receipt goes into the journal before the cloud hears of it.
import type { CourierDoor } from '#protocol/api/door-sync.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { asLockId } from '#protocol/ids.ts';
import { compareTriples } from '#protocol/triple.ts';
import type { Central } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { bytesOf } from './cloud-client.ts';
import { CloudError } from './cloud-error.ts';
import { DoorFinder, type Sighting } from './courier/door-finder.ts';
import { isUpToDate, type AdvertisedDoor } from './courier/recognise.ts';
import type { TransferProgress } from './courier/transfer.ts';
import { chooseDoors } from './door-choice.ts';
import { connectorOf } from './door-connector.ts';
import { visitDoor } from './door-visit.ts';
import { interrupted, notInRange, type GatewayError } from './gateway-error.ts';
import { tellHeld } from './receipts.ts';
import type { DoorEnd, DoorOutcome, SyncedDoor, SyncReport } from './sync-report.ts';
import type { LeavingLock, VisitedDoor, VisitParts } from './visit-parts.ts';

export interface GatewayParts extends VisitParts {
  readonly central: Central;
}

export interface SyncOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: SyncEvent) => void;
  /** Also where a delta would do. */
  readonly wholeSets?: boolean;
}

export type SyncEvent =
  | { readonly type: 'met'; readonly door: SyncedDoor }
  | ({ readonly type: 'progress'; readonly door: SyncedDoor } & TransferProgress)
  | { readonly type: 'ended'; readonly outcome: DoorOutcome };

/** A door of the cloud, as it is met on the air. */
export interface SyncDoor extends AdvertisedDoor, VisitedDoor {
  readonly leaving: LeavingLock | undefined;
  readonly sync: CourierDoor['sync'];
}

/**
 * Throws CloudError where the cloud can't say what is to be done, RadioError where the radio is of no use,
 * DOOR_UNKNOWN and DOOR_AMBIGUOUS for the names, and JournalError; what happens at a door is in the report.
 */
export async function syncDoors(
  parts: GatewayParts,
  names: readonly string[],
  options: SyncOptions = {},
): Promise<SyncReport> {
  const { signal } = options;
  const told = await tellHeld(parts, signal);
  const doors = chooseDoors((await parts.cloud.courierDoors({ signal })).map(syncDoorOf), names);
  const outcomes = await new SyncRound(parts, doors, options).run();
  return {
    doors: outcomes,
    toldBefore: told.filter(({ told }) => told === 'taken').length,
    stillHeld: parts.journal.state.held.size,
  };
}

export function syncDoorOf(door: CourierDoor): SyncDoor {
  const lockId = asLockId(bytesOf(door.lockId));
  if (lockId === undefined)
    throw new CloudError('CLOUD_RUBBISH', 'The cloud named a lock that is no lock id.');
  const { doorId, doorName, sync } = door;
  const advertisingKey = bytesOf(door.advertisingKey);
  return { doorId, doorName, sync, lockId, advertisingKey, leaving: leavingOf(door) };
}

const leavingOf = ({ leaving, sync }: CourierDoor): LeavingLock | undefined =>
  leaving === null
    ? undefined
    : { advertisingKey: bytesOf(leaving.advertisingKey), isLost: sync.state === 'no-lock' };

/** That the cloud holds the lock's receipt for what it wants there. */
export function targetOf(sync: CourierDoor['sync']): Parameters<typeof isUpToDate>[1] | undefined {
  const { target, applied, state } = sync;
  if (target === null) return undefined;
  const hasIt = applied?.tableState === 'active' && compareTriples(applied.triple, target) === 0;
  return { target, isProven: state === 'up-to-date' && hasIt };
}

class SyncRound {
  readonly #parts: GatewayParts;
  readonly #options: SyncOptions;
  readonly #wanted: Map<string, SyncDoor>;
  readonly #finder: DoorFinder<SyncDoor>;
  readonly #outcomes: DoorOutcome[] = [];

  constructor(parts: GatewayParts, doors: readonly SyncDoor[], options: SyncOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#wanted = new Map(doors.map((door) => [door.doorId, door]));
    this.#finder = new DoorFinder(parts, parts.central, doors);
  }

  async run(): Promise<readonly DoorOutcome[]> {
    while (this.#wanted.size > 0) {
      const seen = await this.#finder.next(new Set(this.#wanted.keys()), { signal: this.#options.signal });
      if (seen === undefined) break;
      this.#wanted.delete(seen.door.doorId);
      this.#end(seen.door, await this.#attend(seen));
    }
    for (const door of this.#wanted.values())
      this.#end(door, { result: 'failed', error: this.#notMet(door) });
    return this.#outcomes;
  }

  #end({ doorId, doorName }: SyncDoor, end: DoorEnd): void {
    const outcome: DoorOutcome = { doorId, doorName, ...end };
    this.#outcomes.push(outcome);
    this.#options.onEvent?.({ type: 'ended', outcome });
  }

  async #attend(seen: Sighting<SyncDoor>): Promise<DoorEnd> {
    const { door, advert } = seen;
    const target = targetOf(door.sync);
    const isDone = target !== undefined && isUpToDate(advert, target) && !advert.logPending;
    if (isDone && door.leaving === undefined) return { result: 'nothing-to-do' };
    this.#options.onEvent?.({ type: 'met', door });
    try {
      return await visitDoor(this.#parts, door, {
        ...connectorOf(this.#parts.central, this.#finder, seen),
        onProgress: (progress) => this.#options.onEvent?.({ type: 'progress', door, ...progress }),
        signal: this.#options.signal,
        wholeSets: this.#options.wholeSets,
      });
    } catch (error) {
      // The radio's own failures end the round; what happened at one door does not.
      if (!(error instanceof DoorlabError) || error instanceof RadioError) throw error;
      return { result: 'failed', error: this.#isStopped() ? interrupted() : error };
    }
  }

  #notMet({ doorName }: SyncDoor): GatewayError {
    if (this.#isStopped()) return interrupted();
    return notInRange(doorName);
  }

  #isStopped(): boolean {
    return this.#options.signal?.aborted === true;
  }
}
