// Signed time: the cloud's word on what time it is, for one lock and one nonce that the lock has just drawn. Only
// with that nonce, in time, it sets the clock; without it the statement proves no more than what is past. WIRE 15.
import { bytes, decodeWith, encodeWith, field, literal, struct, u32 } from '../cbor/codec.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import type { LockId } from '../ids.ts';
import { STATEMENT_MAX_BYTES } from '../limits.ts';
import { parseSign1, sign1, verifyParts, type Signer } from './cose.ts';

const FORMAT = 1;
export const TIME_NONCE_BYTES = 16;

export interface TimeStatement {
  readonly format: typeof FORMAT;
  /** The lock's, of the challenge that is answered. */
  readonly nonce: Uint8Array;
  /** UTC seconds, cut to the whole second, as the cloud signed. */
  readonly utcS: number;
}

const statementCodec = struct<TimeStatement>({
  format: field(1, literal(FORMAT)),
  nonce: field(2, bytes(TIME_NONCE_BYTES)),
  utcS: field(3, u32),
});

export const signTime = (
  engine: CryptoEngine,
  timeSigner: Signer,
  lockId: LockId,
  statement: TimeStatement,
): Uint8Array => sign1(engine, timeSigner, 'time', lockId, encodeWith(statementCodec, statement));

/** Throws WireError; what comes back was signed by the time key for that lock. */
export function verifyTime(
  engine: CryptoEngine,
  input: Uint8Array,
  lockId: LockId,
  timeKey: Uint8Array,
): TimeStatement {
  const parts = parseSign1(input, STATEMENT_MAX_BYTES, 'time', lockId);
  verifyParts(engine, parts, timeKey);
  return decodeWith(statementCodec, parts.payload, STATEMENT_MAX_BYTES, 'time');
}
