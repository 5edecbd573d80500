// Binding a lock to a door. The lock's statement travels from lock to cloud, the cloud's answer back; both are
// opaque to whoever carries them.
import { z } from 'zod';
import { Bytes, Id, TimeS } from './values.ts';
import { ACTIVATION_MAX_BYTES, STATEMENT_MAX_BYTES } from '../limits.ts';

export const LABEL_MAX_CHARACTERS = 256;

/** Room above it for all that a lock is ever given. */
const LOCK_EPOCH_MAX = 0xff00_0000;

/** The ownership epoch that the lock says it is at, where an earlier owner brought it there: it takes a higher one alone. */
export const ActivationQuery = z.strictObject({
  above: z.coerce.number().int().min(0).max(LOCK_EPOCH_MAX).default(0),
});

/** `keySet` goes to the lock first, then `request`: both as they are. */
export const ActivationStart = z.object({
  id: Id,
  doorId: Id,
  ownershipEpoch: z.int(),
  keySetNumber: z.int(),
  keySet: z.string(),
  request: z.string(),
  expiresAtS: TimeS,
});
export type ActivationStart = z.infer<typeof ActivationStart>;

export const ActivationFinish = z.strictObject({
  statement: Bytes(ACTIVATION_MAX_BYTES, 1),
  /** The text of the label on the lock, as read from its QR code. */
  label: z.string().min(1).max(LABEL_MAX_CHARACTERS),
});

export const ActivationAnswer = z.object({
  doorId: Id,
  lockId: z.string(),
  ownershipEpoch: z.int(),
  /** COSE_Sign1 by the table key, for the lock. */
  answer: z.string(),
});
export type ActivationAnswer = z.infer<typeof ActivationAnswer>;

export const DeactivationWish = z.strictObject({
  /** The lock is gone for good: the door is free at once, and what the lock still opens nobody can say. */
  isLost: z.boolean().default(false),
});

/** `asked`: it ends with the receipt that the lock gives for the statement. `ended`: the door has no lock any more. */
export const Deactivation = z.object({
  doorId: Id,
  lockId: z.string(),
  state: z.enum(['asked', 'ended']),
  /** What the lock is at afterwards. */
  ownershipEpoch: z.int(),
  /** The number of the key set that signed. */
  keyEpoch: z.int(),
  /** COSE_Sign1 by the table key, for the lock. */
  statement: Bytes(STATEMENT_MAX_BYTES, 1),
  askedAtS: TimeS,
});
export type Deactivation = z.infer<typeof Deactivation>;
