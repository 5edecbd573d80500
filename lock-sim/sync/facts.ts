// What the Door Sync machines may know of the lock at one moment. The shell makes it anew for each input, so
// that a decision never rests on something that has changed since.
import type { Hash, LockId } from '#protocol/ids.ts';
import type { KeySet } from '#protocol/signed/key-set.ts';
import type { ClockFloor } from '../clock/judge-time.ts';
import type { TableState } from '#protocol/signed/receipt.ts';
import type { Triple } from '#protocol/triple.ts';

export interface ActiveTable {
  readonly triple: Triple;
  readonly tableHash: Hash;
  readonly manifestHash: Hash;
}

/** What may be known of the event log. */
export interface LogFacts {
  /** Rows up to this number may go. */
  readonly acknowledged: number;
  /** Undefined where there is no such row. */
  readonly chainAt: (sequence: number) => Hash | undefined;
}

/** What a decision on an offered image may know. */
export interface UpdateFacts {
  /** An image has to be above it. */
  readonly confirmed: number;
  readonly trial:
    { readonly phase: 'staged' | 'running'; readonly firmware: number; readonly imageHash: Hash } | undefined;
  readonly capacityChunks: number;
  /** Images up to that number have failed their trials too often of late; 0 = none. */
  readonly heldBackUpTo: number;
}

export interface LockFacts {
  readonly lockId: LockId;
  /** The pinned owner's: a deactivated or reset lock has it still. Undefined without an owner. */
  readonly keySet: KeySet | undefined;
  readonly keySetHash: Hash | undefined;
  readonly activated: boolean;
  /** The label's before activation. */
  readonly advertisingKey: Uint8Array;
  readonly tableState: TableState;
  readonly active: ActiveTable | undefined;
  /** Nothing below it is ever taken. */
  readonly floor: Triple;
  /** Of the table at the floor; null before the first. */
  readonly floorTableHash: Hash | null;
  readonly firmware: number;
  readonly capacityRows: number;
  readonly capacityChunks: number;
  /** A set being received, kept in flash. */
  readonly stage:
    { readonly manifestHash: Hash; readonly triple: Triple; readonly isMoving: boolean } | undefined;
  readonly activationWindowOpen: boolean;
  readonly batteryPercent: number;
  /** Milliseconds of the lock's own timer, which never falls. */
  readonly monotonicMs: number;
  readonly clockFloor: ClockFloor;
  readonly log: LogFacts;
  readonly update: UpdateFacts;
}
