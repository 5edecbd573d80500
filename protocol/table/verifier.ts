// How a presented credential becomes the 16 bytes that are looked up. Doorcodes and cards are keyed to one
// lock, so that a table of one says nothing about another. WIRE 6.3.
import { concat, utf8 } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import type { DoorId } from '../ids.ts';
import { kindNumber, VERIFIER_BYTES } from './rows.ts';

export const DOORCODE_DIGITS_MIN = 4;
export const DOORCODE_DIGITS_MAX = 7;

const DOORCODE = new RegExp(`^[0-9]{${DOORCODE_DIGITS_MIN},${DOORCODE_DIGITS_MAX}}$`);

export const isDoorcode = (digits: string): boolean => DOORCODE.test(digits);

/** HMAC under the lock's credential key over kind, door and value. `value`: the digits, or the card's bytes. */
export function keyedVerifier(
  engine: CryptoEngine,
  credentialKey: Uint8Array,
  kind: 'doorcode' | 'keycard',
  doorId: DoorId,
  value: Uint8Array,
): Uint8Array {
  const message = concat(utf8('doorlab/verifier/1'), Uint8Array.of(kindNumber(kind)), doorId, value);
  return engine.hmacSha256(credentialKey, message).slice(0, VERIFIER_BYTES);
}

export const doorcodeVerifier = (
  engine: CryptoEngine,
  credentialKey: Uint8Array,
  doorId: DoorId,
  digits: string,
): Uint8Array => keyedVerifier(engine, credentialKey, 'doorcode', doorId, utf8(digits));

/** An app's row holds the start of SHA-256 of the phone's X25519 public key. */
export const appVerifier = (engine: CryptoEngine, phoneKey: Uint8Array): Uint8Array =>
  engine.sha256(phoneKey).slice(0, VERIFIER_BYTES);
