// Every reason for which a lock refuses, as one number on the air and one name in the code. WIRE 9.8.
import { DoorlabError } from '../errors.ts';
import type { WireErrorCode } from '../wire-error.ts';

const WIRE_CODES = {
  TOO_LARGE: 1,
  TRUNCATED: 2,
  TRAILING_BYTES: 3,
  NOT_DETERMINISTIC: 4,
  DUPLICATE_KEY: 5,
  UNEXPECTED_TAG: 6,
  UNSUPPORTED_VALUE: 7,
  UNKNOWN_FIELD: 8,
  MISSING_FIELD: 9,
  WRONG_TYPE: 10,
  OUT_OF_RANGE: 11,
  WRONG_LENGTH: 12,
  WRONG_FORMAT: 13,
  WRONG_ALGORITHM: 14,
  UNKNOWN_KEY: 15,
  WRONG_AUDIENCE: 16,
  WRONG_ROLE: 17,
  BAD_SIGNATURE: 18,
  TOO_FEW_SIGNATURES: 19,
  KEY_SET_OUT_OF_ORDER: 20,
  BAD_PADDING: 21,
  NOT_SORTED: 22,
  GROUP_TOO_LARGE: 23,
  GROUP_SPLIT: 24,
  BAD_CHUNK: 25,
  BAD_SEAL: 26,
  TABLE_MISMATCH: 27,
  LIMIT_EXCEEDED: 28,
  OUT_OF_SEQUENCE: 29,
  UNKNOWN_MESSAGE: 30,
  BAD_LABEL: 31,
  BAD_CHAIN: 32,
} as const satisfies Record<WireErrorCode, number>;

const LOCK_CODES = {
  /** Something before the hello, or a hello that does not check out. */
  NOT_GREETED: 64,
  WRONG_MAC: 65,
  PROTOCOL_VERSION: 66,
  NOT_ACTIVATED: 67,
  ALREADY_ACTIVATED: 68,
  /** No physical action opened the activation window, or it closed again. */
  WINDOW_CLOSED: 69,
  /** The offered triple is below the one in force or the floor. */
  STALE: 70,
  /** The same triple with another table: an alarm. */
  CONFLICT: 71,
  JUMP_TOO_FAR: 72,
  WRONG_OWNERSHIP: 73,
  /** The manifest's key set is not the lock's: send key sets first. */
  KEY_EPOCH: 74,
  FIRMWARE_TOO_OLD: 75,
  CAPACITY: 76,
  /** A delta whose base is not the table in force. */
  WRONG_BASE: 77,
  /** A higher version is being received and makes progress. */
  STAGE_BUSY: 78,
  TOO_MANY_KEY_SETS: 79,
  FLASH_FAILED: 80,
  /** Reserved, never sent: a lock has one connection. */
  BUSY: 81,
  DELTA_UNSUPPORTED: 82,
  /** A time statement below what the lock knows to be past. */
  TIME_BEFORE_FLOOR: 83,
  /** Too little for what is asked: 20 % for an activation, 15 % for firmware. */
  BATTERY_LOW: 84,
  /** An acknowledgement of a log that is not this one: an alarm. */
  LOG_MISMATCH: 85,
  /** A firmware image that is not above the one confirmed; below it an alarm. */
  FIRMWARE_NOT_NEWER: 86,
  /** An image that is not what its signed manifest says. */
  IMAGE_MISMATCH: 87,
  WEAR_LIMIT: 88,
  /** A first message on the channel that was not made for this lock and its owner. */
  HANDSHAKE_FAILED: 89,
  /** Too many handshakes of late: the next is taken in CHANNEL_HANDSHAKE_REST_MS. */
  CHANNEL_BUSY: 90,
  /** A sealed message that is not the next one: lost, repeated, out of order or forged. */
  CHANNEL_BROKEN: 91,
} as const;

const CODES = { ...WIRE_CODES, ...LOCK_CODES };
export type RefusalCode = keyof typeof CODES;
export const refusalNumbers: Readonly<Record<RefusalCode, number>> = CODES;

/**
 * Of this connection alone: what was said on it came twice, or in another order, and a new one begins anew. What is said
 * in the wrong order by its sender is refused there too.
 */
export const isOfConnection = (code: RefusalCode): boolean => code === 'OUT_OF_SEQUENCE';

/** What a courier can do about it; the rest says nothing beyond its name. */
const NEXT: Partial<Record<RefusalCode, string>> = {
  STALE: 'The lock already has this version or a newer one: fetch its state with a sync from the cloud.',
  CONFLICT: 'Two tables carry one version: raise an alarm and publish a higher version.',
  JUMP_TOO_FAR: 'Rotate the key set: under a higher key epoch versions may start anywhere.',
  WINDOW_CLOSED: 'Press the button on the lock and start again within a minute.',
  ALREADY_ACTIVATED: 'It is bound to a door already: sync it there, or deactivate it first.',
  NOT_ACTIVATED: 'Activate the lock first: doorlab activate DOOR --label TEXT.',
  WRONG_MAC: 'The door and this lock do not belong together, or the lock was activated anew: scan again.',
  CAPACITY: 'Remove people or Keys from the door, or fit a lock of larger capacity.',
  FIRMWARE_TOO_OLD: 'Update the lock firmware, then sync again.',
  STAGE_BUSY: 'Let the other courier finish, then sync again.',
  DELTA_UNSUPPORTED: 'Send the full set.',
  WRONG_BASE: 'Send the full set.',
  FIRMWARE_NOT_NEWER: 'The lock runs this firmware or a newer one: nothing to do.',
  LOG_MISMATCH: 'Pull the log anew: the rows that were acknowledged are not those of this lock.',
  HANDSHAKE_FAILED: 'The lock was exchanged or activated anew: fetch the doors again, then try again.',
  CHANNEL_BUSY: 'Try again in a few seconds.',
  CHANNEL_BROKEN: 'Try again: the lock waits for a new connection.',
  BATTERY_LOW: 'Change the batteries, then try again.',
};

/** A lock's refusal as the courier sees it. */
export class LockRefusal extends DoorlabError {
  readonly code: RefusalCode;

  /** `next`: where what was carried makes something else of it. */
  constructor(code: RefusalCode, detail: string, next = NEXT[code]) {
    super(`the lock refused: ${detail}`, next === undefined ? {} : { next });
    this.code = code;
  }
}
