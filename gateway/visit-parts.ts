// What every visit at a lock is made with, and whom it is made to.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Cloud } from './cloud-client.ts';
import type { Journal } from './journal.ts';
import type { SyncedDoor } from './sync-report.ts';

export interface VisitParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly cloud: Cloud;
  readonly journal: Journal;
  readonly log: Log;
}

export interface VisitedDoor extends SyncedDoor {
  readonly lockId: LockId;
  readonly advertisingKey: Uint8Array;
  /** As far as it is known before the visit: the cloud says it again when it begins. */
  readonly leaving?: LeavingLock | undefined;
}

/** Of a lock that is to leave its door. */
export interface LeavingLock {
  /** Its label's, by which it goes once it is deactivated, and after a reset. */
  readonly advertisingKey: Uint8Array;
  /** The door has lost it already: what it says besides its receipt is nobody's. */
  readonly isLost: boolean;
}
