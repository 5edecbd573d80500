// One transaction's worth of work: the database as one view, one time, one tenant, and the doors it has touched
// so far. Everything in domain/ takes it first.
import type { TaskReason } from '#protocol/api/door-sync.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Permission } from '#protocol/api/contract.ts';
import type { Principal } from '../accounts/tokens.ts';
import type { Trx } from '../db/store.ts';
import type { Trace } from './audit.ts';
import type { Rights } from './rights/rights.ts';
import type { CloudKeys } from '../keys/cloud-keys.ts';
import type { Announcements } from '../live/announcements.ts';

export interface Work {
  readonly trx: Trx;
  readonly nowS: number;
  readonly random: Random;
  readonly engine: CryptoEngine;
  /** Who asks; null for the cloud's own work. */
  readonly caller: Principal | null;
  /** The tenant, from the session alone; of an app empty, which no portfolio is. */
  readonly portfolioId: string;
  readonly rights: Rights;
  /** What the route is for: checked wherever an object is found by its id. */
  readonly permission: Permission;
  /** The number of the key set in force, as the database has it. */
  readonly keyEpoch: number;
  /** The keys of that key set. Throws NOT_READY where this process has none of it. */
  readonly signing: () => CloudKeys;
  readonly changes: DoorChanges;
  /** What others are told once this is committed; raised targets are told without being said here. */
  readonly outbox: Announcements;
  /** For the audit trail. */
  readonly trace: Trace;
}

export interface DoorChange {
  readonly reason: TaskReason;
  readonly dueS: number;
  /** By how many rows its table can have grown, at the most, since that was last held against the lock. */
  readonly rows: number;
}

/** What matters most to whoever reads the report comes first. */
const REASON_ORDER: readonly TaskReason[] = [
  'access-revoked',
  'table-lost',
  'access-changed',
  'key-changed',
  'settings-changed',
  'lock-activated',
  'keys-rotated',
  'database-restored',
  'access-given',
];

/** The doors whose table a transaction changes, once each, whatever the number of changes. */
export class DoorChanges {
  readonly #doors = new Map<string, DoorChange>();

  /**
   * `dueS`: when the lock should have it. `rows`: what its table can have gained, at the most. The strongest reason and
   * the earliest time win.
   */
  note(doorId: string, reason: TaskReason, dueS: number, rows = 0): void {
    const [before, change] = [this.#doors.get(doorId), { reason, dueS, rows }];
    this.#doors.set(doorId, before === undefined ? change : merged(before, change));
  }

  addAll(other: DoorChanges): void {
    for (const [doorId, { reason, dueS, rows }] of other.entries()) this.note(doorId, reason, dueS, rows);
  }

  /** All the rows gained so far are known to fit. */
  rowsFit(): void {
    for (const [doorId, change] of this.#doors) this.#doors.set(doorId, { ...change, rows: 0 });
  }

  entries(): readonly (readonly [string, DoorChange])[] {
    return [...this.#doors];
  }

  doorIds(): string[] {
    return [...this.#doors.keys()];
  }
}

const merged = (a: DoorChange, b: DoorChange): DoorChange => ({
  reason: REASON_ORDER.find((reason) => reason === a.reason || reason === b.reason) ?? a.reason,
  dueS: Math.min(a.dueS, b.dueS),
  rows: a.rows + b.rows,
});
