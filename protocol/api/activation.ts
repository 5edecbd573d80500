// Binding a lock to a door. The lock's statement travels from lock to cloud, the cloud's answer back; both are
// opaque to whoever carries them.
import { z } from 'zod';
import { Bytes, Id, TimeS } from './values.ts';
import { ACTIVATION_MAX_BYTES } from '../limits.ts';

export const LABEL_MAX_CHARACTERS = 256;

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
