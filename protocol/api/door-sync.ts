// What a courier needs to carry a door's newest signed set to its lock, and what DOOR OS shows of it. Target is
// what the cloud wants, applied is what the lock's last receipt proved, with the time it was made.
import { z } from 'zod';
import { Bytes, Flag, Id, Page, pageQuery, TimeS, Triple } from './values.ts';
import {
  CONTROL_MESSAGE_MAX_BYTES,
  KEY_SET_MAX_BYTES,
  LOG_ACK_MAX_BYTES,
  RECEIPT_MAX_BYTES,
  STATEMENT_MAX_BYTES,
} from '../limits.ts';
import { HASH_BYTES } from '../ids.ts';
import { TIME_NONCE_BYTES } from '../signed/time.ts';

export const taskReasons = [
  'lock-activated',
  'access-given',
  'access-changed',
  'access-revoked',
  'key-changed',
  'settings-changed',
  'table-lost',
  'keys-rotated',
  'database-restored',
] as const;
export const TaskReason = z.enum(taskReasons);
export type TaskReason = z.infer<typeof TaskReason>;

/** Why something is to be carried to a door: its tasks, and that its lock is to leave it. */
export const SyncReason = z.enum([...taskReasons, 'deactivation-asked']);
export type SyncReason = z.infer<typeof SyncReason>;

export const tableStates = ['active', 'degraded', 'none'] as const;
export const TableState = z.enum(tableStates);
export type TableState = z.infer<typeof TableState>;

export const SyncTask = z.object({
  id: Id,
  doorId: Id,
  target: Triple,
  reason: TaskReason,
  sinceS: TimeS,
  /** A change whose access begins later is due at its start. */
  dueS: TimeS,
  closedAtS: TimeS.nullable(),
});
export type SyncTask = z.infer<typeof SyncTask>;
export const SyncTaskPage = Page(SyncTask);

export const SyncTaskQuery = z.strictObject({ ...pageQuery, closed: Flag, doorId: Id.optional() });

export const Applied = z.object({
  triple: Triple,
  tableState: TableState,
  /** When the cloud took the receipt. */
  asOfS: TimeS,
  batteryPercent: z.int(),
  firmware: z.int(),
});
export type Applied = z.infer<typeof Applied>;

/** `degraded`: the lock has no usable table, and takes its set again at the next sync. */
export const syncStates = ['no-lock', 'up-to-date', 'pending', 'degraded'] as const;

export const DoorSync = z.object({
  state: z.enum(syncStates),
  target: Triple.nullable(),
  applied: Applied.nullable(),
  /** Of the oldest open task, or since the lock is to leave. */
  pendingSinceS: TimeS.nullable(),
  /** Of the open task that is due first; a lock is to leave at once. */
  dueS: TimeS.nullable(),
  reasons: z.array(SyncReason),
});
export type DoorSync = z.infer<typeof DoorSync>;

/**
 * The lock is to leave the door: whoever meets it brings it the door's deactivation. It shows itself by this key, its label's,
 * once it has taken that, and where it was reset by hand.
 */
export const Leaving = z.object({ advertisingKey: z.string() });
export type Leaving = z.infer<typeof Leaving>;

/**
 * A door as its courier sees it: how to recognise the lock and how far it is. No person, no code. With `no-lock` it is the
 * door's last lock, which was lost and is to leave should it turn up.
 */
export const CourierDoor = z.object({
  doorId: Id,
  doorName: z.string(),
  propertyId: Id,
  lockId: z.string(),
  channelKey: z.string(),
  advertisingKey: z.string(),
  sync: DoorSync,
  leaving: Leaving.nullable(),
});
export type CourierDoor = z.infer<typeof CourierDoor>;
export const CourierDoorPage = Page(CourierDoor);

/** One attempt. `cloudNonce` goes into the hello, and comes back within the receipt. */
export const Delivery = z.object({
  doorId: Id,
  lockId: z.string(),
  cloudNonce: z.string(),
  target: Triple,
  /** SHA-256 of the whole table: a lock that reports it has nothing to do. */
  tableHash: z.string(),
  /** Bytes and entity tag of the package, fetched by its own route. */
  packageBytes: z.int(),
  packageTag: z.string(),
  /** From the table that the lock has proven, where that is enough: fetched with `base`. */
  delta: z.object({ base: z.string(), packageBytes: z.int(), packageTag: z.string() }).nullable(),
  /** Then that is brought in the place of the set. Null for the app: nobody's phone shuts a door. */
  leaving: Leaving.nullable(),
  expiresAtS: TimeS,
});
export type Delivery = z.infer<typeof Delivery>;

/** `base`: the table hash that the lock reports. */
export const PackageQuery = z.strictObject({ base: Bytes(HASH_BYTES, HASH_BYTES).optional() });

export const KeySets = z.object({
  current: z.int(),
  /** In order of their numbers, beginning after the one asked for. */
  items: z.array(z.object({ number: z.int(), keySet: Bytes(KEY_SET_MAX_BYTES, 1) })),
});
export type KeySets = z.infer<typeof KeySets>;
export const KeySetQuery = z.strictObject({ after: z.coerce.number().int().min(0).default(0) });

export const ReceiptPost = z.strictObject({ receipt: Bytes(RECEIPT_MAX_BYTES, 1) });

/**
 * `repeated` and `older` change nothing; both are answered like the first time. `deactivated`: the lock has left the door.
 */
export const receiptOutcomes = ['applied', 'behind', 'degraded', 'repeated', 'older', 'deactivated'] as const;
export const ReceiptResult = z.object({
  outcome: z.enum(receiptOutcomes),
  closedTasks: z.int(),
  sync: DoorSync,
});
export type ReceiptResult = z.infer<typeof ReceiptResult>;

/** The nonce that the lock has just drawn, WIRE 15. */
export const TimeChallengePost = z.strictObject({ challenge: Bytes(TIME_NONCE_BYTES, TIME_NONCE_BYTES) });
/** What the lock is to be given, signed for it. */
export const SignedTime = z.object({ statement: Bytes(STATEMENT_MAX_BYTES, 1) });
export type SignedTime = z.infer<typeof SignedTime>;

/** As the lock signed and sealed it, WIRE 13.3. */
export const LogBatchPost = z.strictObject({ batch: Bytes(CONTROL_MESSAGE_MAX_BYTES, 1) });
export const LogBatchResult = z.object({
  /** For the lock: that the cloud holds its log so far. Null where it holds nothing of it yet. */
  ack: Bytes(LOG_ACK_MAX_BYTES, 1).nullable(),
  /** The first row that the cloud has not. */
  next: z.int().min(1),
});
export type LogBatchResult = z.infer<typeof LogBatchResult>;
