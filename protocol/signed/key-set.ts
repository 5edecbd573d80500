// The key set: which keys speak for the cloud, signed by root keys (k of n). Set N+1 is signed by a threshold
// of N's roots and of its own, so that a lock follows a rotation without trusting the courier. WIRE 4.
import { array, bytes, decodeWith, encodeWith, field, int, literal, struct, u32 } from '../cbor/codec.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { encodeHex } from '../bytes.ts';
import { KEY_SET_MAX_BYTES, ROOT_KEYS_MAX } from '../limits.ts';
import { refuseUnless } from '../wire-error.ts';
import { hashOf, type Hash } from '../ids.ts';
import type { Signer } from './cose.ts';
import { requireRoots, signByRoots, splitRootSigned, type RootPurpose } from './root-signatures.ts';

const FORMAT = 1;
export const KEY_SET_PURPOSE: RootPurpose = { role: 'key-set', audience: new Uint8Array(0) };
const publicKey = bytes(32);

export interface KeySet {
  readonly format: typeof FORMAT;
  /** The key epoch: 1, 2, 3, ... */
  readonly number: number;
  readonly issuedAtS: number;
  /** How many of `rootKeys` must sign. */
  readonly threshold: number;
  readonly rootKeys: readonly Uint8Array[];
  /** Ed25519: signs manifests, activation grants and deactivations. */
  readonly tableKey: Uint8Array;
  /** Ed25519: signs time and log acknowledgements. */
  readonly timeKey: Uint8Array;
  /** Ed25519: signs firmware images. */
  readonly firmwareKey: Uint8Array;
  /** X25519: event batches are sealed to it. */
  readonly logKey: Uint8Array;
}

const keySetCodec = struct<KeySet>({
  format: field(1, literal(FORMAT)),
  number: field(2, int(1, 0xffff_ffff)),
  issuedAtS: field(3, u32),
  threshold: field(4, int(1, ROOT_KEYS_MAX)),
  rootKeys: field(5, array(publicKey, ROOT_KEYS_MAX)),
  tableKey: field(6, publicKey),
  timeKey: field(7, publicKey),
  firmwareKey: field(8, publicKey),
  logKey: field(9, publicKey),
});

/**
 * [payload, [signature, ...]], each signature a detached COSE_Sign1 by one root key. Throws WireError for a key
 * set that cannot be.
 */
export const signKeySet = (engine: CryptoEngine, keySet: KeySet, roots: readonly Signer[]): Uint8Array =>
  signByRoots(engine, KEY_SET_PURPOSE, encodeKeySet(keySet), roots);

/** What roots sign. Throws WireError for a key set that cannot be. */
export function encodeKeySet(keySet: KeySet): Uint8Array {
  requireReachable(keySet);
  return encodeWith(keySetCodec, keySet);
}

/** The form alone, before anybody has signed. Throws WireError. */
export function decodeKeySet(payload: Uint8Array): KeySet {
  const keySet = decodeWith(keySetCodec, payload, KEY_SET_MAX_BYTES, 'key set');
  requireReachable(keySet);
  return keySet;
}

/**
 * The key set, once a threshold of its own roots and, where `previous` is given, of the previous set's roots
 * has signed it and its number is the next one. Each key counts once. Throws WireError.
 */
export function verifyKeySet(engine: CryptoEngine, input: Uint8Array, previous: KeySet | undefined): KeySet {
  const signed = splitRootSigned(input, KEY_SET_MAX_BYTES);
  const keySet = decodeKeySet(signed.payload);
  requireRoots(engine, KEY_SET_PURPOSE, signed, previous === undefined ? [keySet] : [previous, keySet]);
  const isNext = previous === undefined || keySet.number === previous.number + 1;
  refuseUnless(
    isNext,
    'KEY_SET_OUT_OF_ORDER',
    `key set ${keySet.number} does not follow ${previous?.number ?? 0}`,
  );
  return keySet;
}

/** Believed without its signatures: only for what was verified before it was stored. */
export const readKeySet = (input: Uint8Array): KeySet =>
  decodeWith(keySetCodec, splitRootSigned(input, KEY_SET_MAX_BYTES).payload, KEY_SET_MAX_BYTES, 'key set');

/** Names a key set in an activation: SHA-256 of its payload, whoever signed it. */
export const keySetHash = (engine: CryptoEngine, input: Uint8Array): Hash =>
  hashOf(engine, splitRootSigned(input, KEY_SET_MAX_BYTES).payload);

/** Each key counts once, so a key that stands twice does not help to reach the threshold. */
function requireReachable(keySet: KeySet): void {
  const keys = new Set(keySet.rootKeys.map(encodeHex));
  refuseUnless(keySet.threshold <= keys.size, 'OUT_OF_RANGE', 'a threshold above the root keys');
}
