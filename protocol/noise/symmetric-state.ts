// A SymmetricState of the Noise Protocol Framework, revision 34, section 5.2, with SHA-256: the chaining key, the hash of
// all that was said, and the key that both led to. A value. Noise's own HKDF (4.3) is RFC 5869's with the chaining key as
// salt and no info.
import { concat } from '../bytes.ts';
import { SHA256_BYTES, type CryptoEngine } from '../crypto/engine.ts';
import { WireError } from '../wire-error.ts';
import { open, seal, type CipherState } from './cipher-state.ts';

export interface SymmetricState {
  readonly chainingKey: Uint8Array;
  readonly hash: Uint8Array;
  /** Undefined before the first secret is mixed in: nothing is sealed until then. */
  readonly cipher: CipherState | undefined;
}

/** The two of a channel: what the initiator sends under the first, the responder sends under the second. */
export interface SplitCiphers {
  readonly fromInitiator: CipherState;
  readonly fromResponder: CipherState;
}

const NOTHING = new Uint8Array(0);

/** `name` of exactly 32 bytes: then it is the first hash itself. */
export const startSymmetric = (name: Uint8Array): SymmetricState => ({
  chainingKey: name,
  hash: name,
  cipher: undefined,
});

export const mixHash = (engine: CryptoEngine, state: SymmetricState, data: Uint8Array): SymmetricState => ({
  ...state,
  hash: engine.sha256(concat(state.hash, data)),
});

/** `secret`: of X25519. Throws OUT_OF_RANGE where there is none: the peer's point was of low order. */
export function mixKey(
  engine: CryptoEngine,
  state: SymmetricState,
  secret: Uint8Array | undefined,
): SymmetricState {
  if (secret === undefined) throw new WireError('OUT_OF_RANGE', 'a key that leads to no secret');
  const [chainingKey, key] = derive(engine, state.chainingKey, secret);
  return { ...state, chainingKey, cipher: { key, count: 0 } };
}

export function sealAndHash(
  engine: CryptoEngine,
  state: SymmetricState,
  plain: Uint8Array,
): { readonly state: SymmetricState; readonly bytes: Uint8Array } {
  const { cipher, bytes } = seal(engine, keyed(state), state.hash, plain);
  return { state: mixHash(engine, { ...state, cipher }, bytes), bytes };
}

/** Throws BAD_SEAL. */
export function openAndHash(
  engine: CryptoEngine,
  state: SymmetricState,
  sealed: Uint8Array,
): { readonly state: SymmetricState; readonly bytes: Uint8Array } {
  const { cipher, bytes } = open(engine, keyed(state), state.hash, sealed);
  return { state: mixHash(engine, { ...state, cipher }, sealed), bytes };
}

export function split(engine: CryptoEngine, { chainingKey }: SymmetricState): SplitCiphers {
  const [first, second] = derive(engine, chainingKey, NOTHING);
  return { fromInitiator: { key: first, count: 0 }, fromResponder: { key: second, count: 0 } };
}

function derive(engine: CryptoEngine, chainingKey: Uint8Array, secret: Uint8Array): [Uint8Array, Uint8Array] {
  const both = engine.hkdfSha256(secret, chainingKey, NOTHING, 2 * SHA256_BYTES);
  return [both.slice(0, SHA256_BYTES), both.slice(SHA256_BYTES)];
}

function keyed({ cipher }: SymmetricState): CipherState {
  // IK mixes a secret in before it seals anything (7.5).
  if (cipher === undefined) throw new WireError('BAD_SEAL', 'nothing is sealed before the first secret');
  return cipher;
}
