// The one crypto interface. Two engines implement it (portable: what firmware would run; Node: fast), held
// equal by one contract suite. No AEAD, HKDF or signature is written by hand above or below it.

export const SHA256_BYTES = 32;
export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 12;
export const AEAD_TAG_BYTES = 16;
export const ED25519_SEED_BYTES = 32;
export const ED25519_PUBLIC_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;
export const X25519_BYTES = 32;

export interface Sha256Stream {
  update(data: Uint8Array): this;
  /** 32 bytes; ends the stream. */
  digest(): Uint8Array;
}

export interface CryptoEngine {
  readonly name: 'portable' | 'node';

  /** FIPS 180-4. 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  sha256Stream(): Sha256Stream;
  /** RFC 2104 over SHA-256. 32 bytes. */
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** RFC 5869. `lengthBytes` at most 255 * 32. */
  hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, lengthBytes: number): Uint8Array;

  /** RFC 8032. The public key of a 32-byte seed. */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** RFC 8032. 64 bytes. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * RFC 8032, strict: false for a wrong length, S >= L, a non-canonical or small-order public key or R.
   * Never throws.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;

  /** RFC 7748. The public key of a 32-byte secret. */
  x25519PublicKey(secret: Uint8Array): Uint8Array;
  /** RFC 7748. The shared secret, or undefined where it would be all zero or a length is wrong. */
  x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;

  /** RFC 8439 ChaCha20-Poly1305: ciphertext followed by the 16-byte tag. */
  aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array;
  /** RFC 8439: the plaintext, or undefined where the tag does not match or a length is wrong. */
  aeadOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined;
}
