// Sealing a package to one lock: ECDH-ES with HKDF-256, a fresh ephemeral key a package, ChaCha20-Poly1305 a
// chunk. The key is bound to all that the package is, so a chunk opens nowhere else. WIRE 7.
import { concat, utf8, writeU32 } from '../bytes.ts';
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, type CryptoEngine } from '../crypto/engine.ts';
import type { Hash, LockId } from '../ids.ts';
import { tripleBytes, type Triple } from '../triple.ts';
import { WireError } from '../wire-error.ts';

/** All that a package's key is bound to. */
export interface SealContext {
  readonly lockId: LockId;
  readonly triple: Triple;
  readonly kind: 'full' | 'delta';
  /** Null in a full set. */
  readonly baseHash: Hash | null;
  readonly tableHash: Hash;
}

const EMPTY = new Uint8Array(0);
const NO_BASE = new Uint8Array(32);

/** The cloud's side. Throws BAD_SEAL for a key that gives no secret. */
export const sealingKey = (
  engine: CryptoEngine,
  ephemeralSecret: Uint8Array,
  lockSealingKey: Uint8Array,
  context: SealContext,
): Uint8Array =>
  derive(
    engine,
    engine.x25519(ephemeralSecret, lockSealingKey),
    concat(engine.x25519PublicKey(ephemeralSecret), lockSealingKey),
    context,
  );

/** The lock's side. Throws BAD_SEAL for a key that gives no secret. */
export const openingKey = (
  engine: CryptoEngine,
  lockSealingSecret: Uint8Array,
  ephemeralKey: Uint8Array,
  context: SealContext,
): Uint8Array =>
  derive(
    engine,
    engine.x25519(lockSealingSecret, ephemeralKey),
    concat(ephemeralKey, engine.x25519PublicKey(lockSealingSecret)),
    context,
  );

export const sealChunk = (
  engine: CryptoEngine,
  key: Uint8Array,
  index: number,
  plaintext: Uint8Array,
): Uint8Array => engine.aeadSeal(key, chunkNonce(index), plaintext, EMPTY);

/** Undefined where it was not sealed with this key at this place. */
export const openChunk = (
  engine: CryptoEngine,
  key: Uint8Array,
  index: number,
  sealed: Uint8Array,
): Uint8Array | undefined => engine.aeadOpen(key, chunkNonce(index), sealed, EMPTY);

/** Eight zero bytes and the chunk's index, big-endian: a key seals each index once. */
export function chunkNonce(index: number): Uint8Array {
  const nonce = new Uint8Array(AEAD_NONCE_BYTES);
  writeU32(nonce, AEAD_NONCE_BYTES - 4, index);
  return nonce;
}

function derive(
  engine: CryptoEngine,
  shared: Uint8Array | undefined,
  salt: Uint8Array,
  context: SealContext,
): Uint8Array {
  if (shared === undefined) throw new WireError('BAD_SEAL', 'a public key that gives no shared secret');
  const info = concat(
    utf8('doorlab/seal/1'),
    context.lockId,
    tripleBytes(context.triple),
    Uint8Array.of(context.kind === 'full' ? 0 : 1),
    context.baseHash ?? NO_BASE,
    context.tableHash,
  );
  return engine.hkdfSha256(shared, salt, info, AEAD_KEY_BYTES);
}
