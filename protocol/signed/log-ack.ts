// The cloud's word that it holds a lock's log up to one row: nothing else lets rows go. It names the chain at that
// row, so it counts for that very history and for no other. WIRE 13.4.
import { decodeWith, encodeWith, field, int, literal, struct } from '../cbor/codec.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { hashCodec, type Hash, type LockId } from '../ids.ts';
import { LOG_ACK_MAX_BYTES } from '../limits.ts';
import { parseSign1, sign1, verifyParts, type Signer } from './cose.ts';

const FORMAT = 1;

export interface LogAck {
  readonly format: typeof FORMAT;
  /** Rows up to this number are held. */
  readonly upToSequence: number;
  /** The chain at that row. */
  readonly chain: Hash;
}

const ackCodec = struct<LogAck>({
  format: field(1, literal(FORMAT)),
  upToSequence: field(2, int(1, 0xffff_ffff)),
  chain: field(3, hashCodec),
});

export const signLogAck = (
  engine: CryptoEngine,
  timeSigner: Signer,
  lockId: LockId,
  ack: LogAck,
): Uint8Array => sign1(engine, timeSigner, 'log-ack', lockId, encodeWith(ackCodec, ack));

/** Signed by the time key in force, for this lock. Throws WireError. */
export function verifyLogAck(
  engine: CryptoEngine,
  input: Uint8Array,
  lockId: LockId,
  timeKey: Uint8Array,
): LogAck {
  const parts = parseSign1(input, LOG_ACK_MAX_BYTES, 'log-ack', lockId);
  verifyParts(engine, parts, timeKey);
  return decodeWith(ackCodec, parts.payload, LOG_ACK_MAX_BYTES, 'log acknowledgement');
}
