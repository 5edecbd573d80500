// What there is to know of a lock, as one plain object: sets of credentials, versions, counters, an owner, a clock.
import type { ModelClock } from './clock.ts';
import type { ModelLockout } from './lockout.ts';
import type { Table } from './table.ts';

export interface Triple {
  readonly ownershipEpoch: number;
  readonly keyEpoch: number;
  readonly tableVersion: number;
}

export interface Numbered {
  readonly triple: Triple;
  readonly table: Table;
}

/** Which single-use codes have opened. */
export interface Burned {
  readonly ownershipEpoch: number;
  readonly epoch: number;
  /** 'unknown': the memory of them is lost. */
  readonly day: number | 'unknown';
  readonly slots: 'all' | readonly number[];
}

export interface ModelLock {
  readonly life: 'new' | 'activated' | 'deactivated' | 'reset';
  /** Number of the owner's key set; undefined without an owner. */
  readonly keySet: number | undefined;
  readonly floor: Triple;
  /** Name of the table at the floor. */
  readonly floorTable: string | undefined;
  readonly inForce: Numbered | undefined;
  readonly receiving: (Numbered & { readonly movedAtMs: number }) | undefined;
  readonly lockout: ModelLockout;
  readonly burned: Burned;
  readonly clock: ModelClock;
  readonly isPrivacyThrown: boolean;
  /** At 0 nothing reads or moves. */
  readonly batteryPercent: number;
  /** Until then a key set and an activation are listened to. */
  readonly windowEndsAtMs: number;
  readonly boots: number;
  /** By code, when its last row was written in this boot. */
  readonly alarmedAtMs: Readonly<Record<string, number>>;
}

export type TableState = 'none' | 'active' | 'degraded';

export function tableState({ life, inForce, floor }: ModelLock): TableState {
  if (inForce !== undefined) return 'active';
  return life === 'activated' && floor.tableVersion > 0 ? 'degraded' : 'none';
}

export function compare(a: Triple, b: Triple): number {
  return a.ownershipEpoch - b.ownershipEpoch || a.keyEpoch - b.keyEpoch || a.tableVersion - b.tableVersion;
}

/** A lock with an owner and no table yet, its clock set in the factory. */
export const activatedLock = (trueMs: number): ModelLock => ({
  life: 'activated',
  keySet: 1,
  floor: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 0 },
  floorTable: undefined,
  inForce: undefined,
  receiving: undefined,
  lockout: { failures: 0, waitS: 0, endsAtMs: 0, isRefusalLogged: false },
  burned: { ownershipEpoch: 0, epoch: 0, day: 0, slots: [] },
  clock: {
    aheadMs: 0,
    isStopped: false,
    hasJumped: false,
    isJumpKept: false,
    setToMs: trueMs,
    setUncertaintyS: 0,
    floorS: Math.floor(trueMs / 1_000),
    floorKeySet: 0,
  },
  isPrivacyThrown: false,
  batteryPercent: 100,
  windowEndsAtMs: 0,
  boots: 1,
  alarmedAtMs: {},
});

/** What a step leads to: the lock afterwards, what it says, and the rows of its log. */
export interface Outcome<T> {
  readonly lock: ModelLock;
  readonly says: T;
  readonly rows: readonly string[];
}
