// A deactivation ends all access at a lock: signed by the table key, for one lock, once. The ownership epoch that it
// names is above the lock's, so that it can't be played again after the next activation. WIRE 16.1.
import { decodeWith, encodeWith, field, int, literal, struct } from '../cbor/codec.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import type { LockId } from '../ids.ts';
import { STATEMENT_MAX_BYTES } from '../limits.ts';
import { parseSign1, sign1, verifyParts, type Signer } from './cose.ts';

const FORMAT = 1;

export interface Deactivation {
  readonly format: typeof FORMAT;
  /** What the lock is at afterwards. */
  readonly ownershipEpoch: number;
}

const deactivationCodec = struct<Deactivation>({
  format: field(1, literal(FORMAT)),
  ownershipEpoch: field(2, int(1, 0xffff_ffff)),
});

export const signDeactivation = (
  engine: CryptoEngine,
  tableSigner: Signer,
  lockId: LockId,
  deactivation: Deactivation,
): Uint8Array =>
  sign1(engine, tableSigner, 'deactivation', lockId, encodeWith(deactivationCodec, deactivation));

/** Throws WireError; what comes back was signed by the table key for that lock. */
export function verifyDeactivation(
  engine: CryptoEngine,
  input: Uint8Array,
  lockId: LockId,
  tableKey: Uint8Array,
): Deactivation {
  const parts = parseSign1(input, STATEMENT_MAX_BYTES, 'deactivation', lockId);
  verifyParts(engine, parts, tableKey);
  return decodeWith(deactivationCodec, parts.payload, STATEMENT_MAX_BYTES, 'deactivation');
}
