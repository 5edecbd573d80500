// What a lock with a network of its own shows the cloud: a nonce of the cloud under its identity key. Whoever can have
// one signed is this lock to the cloud's live channel, so a lock signs it for its own network part only. WIRE 18.
import { bytes, decodeWith, encodeWith, field, literal, struct, u32 } from '../cbor/codec.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import type { LockId } from '../ids.ts';
import { STATEMENT_MAX_BYTES } from '../limits.ts';
import { parseSign1, sign1, verifyParts, type Signer } from './cose.ts';

const FORMAT = 1;
export const LIVE_NONCE_BYTES = 32;

export interface LiveProof {
  readonly format: typeof FORMAT;
  /** The cloud's, drawn for this one proof. */
  readonly nonce: Uint8Array;
  /** Of the lock as it is now: a lock that was released or bound anew proves nothing of its earlier binding. */
  readonly ownershipEpoch: number;
  readonly bootCount: number;
}

const proofCodec = struct<LiveProof>({
  format: field(1, literal(FORMAT)),
  nonce: field(2, bytes(LIVE_NONCE_BYTES)),
  ownershipEpoch: field(3, u32),
  bootCount: field(4, u32),
});

export const signLiveProof = (
  engine: CryptoEngine,
  identity: Signer,
  lockId: LockId,
  proof: LiveProof,
): Uint8Array => sign1(engine, identity, 'live-proof', lockId, encodeWith(proofCodec, proof));

/**
 * Signed by this lock. Whether the nonce is an open one, and the epoch that of the binding, is for the caller.
 * Throws WireError.
 */
export function verifyLiveProof(
  engine: CryptoEngine,
  input: Uint8Array,
  lockId: LockId,
  identityKey: Uint8Array,
): LiveProof {
  const parts = parseSign1(input, STATEMENT_MAX_BYTES, 'live-proof', lockId);
  verifyParts(engine, parts, identityKey);
  return decodeWith(proofCodec, parts.payload, STATEMENT_MAX_BYTES, 'live proof');
}
