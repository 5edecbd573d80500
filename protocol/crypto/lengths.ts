// Lengths that both engines insist on. Keys and nonces of our own making with a wrong length are defects; bytes
// from the other side with a wrong length are refused as a value.
import { invariant } from '../errors.ts';
import {
  AEAD_KEY_BYTES,
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  ED25519_SEED_BYTES,
  SHA256_BYTES,
  X25519_BYTES,
} from './engine.ts';

/** RFC 5869 section 2.3. */
const HKDF_OUTPUT_BYTES_MAX = 255 * SHA256_BYTES;
/** Node's limit; the portable engine keeps it so that both accept the same. */
const HKDF_INFO_BYTES_MAX = 1024;

export function requireHkdfLengths(info: Uint8Array, lengthBytes: number): void {
  invariant(
    Number.isInteger(lengthBytes) && lengthBytes > 0 && lengthBytes <= HKDF_OUTPUT_BYTES_MAX,
    'an HKDF output of 1 to 8160 bytes',
  );
  invariant(info.length <= HKDF_INFO_BYTES_MAX, 'an HKDF info of at most 1024 bytes');
}

export function requireSeed(seed: Uint8Array): void {
  invariant(seed.length === ED25519_SEED_BYTES, 'an Ed25519 seed of 32 bytes');
}

export function requireX25519Secret(secret: Uint8Array): void {
  invariant(secret.length === X25519_BYTES, 'an X25519 secret of 32 bytes');
}

export function requireAeadLengths(key: Uint8Array, nonce: Uint8Array): void {
  invariant(hasAeadLengths(key, nonce), 'an AEAD key of 32 bytes and a nonce of 12');
}

export const hasAeadLengths = (key: Uint8Array, nonce: Uint8Array): boolean =>
  key.length === AEAD_KEY_BYTES && nonce.length === AEAD_NONCE_BYTES;

export const hasOpenLengths = (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): boolean =>
  hasAeadLengths(key, nonce) && sealed.length >= AEAD_TAG_BYTES;

export const hasX25519Lengths = (secret: Uint8Array, publicKey: Uint8Array): boolean =>
  secret.length === X25519_BYTES && publicKey.length === X25519_BYTES;
