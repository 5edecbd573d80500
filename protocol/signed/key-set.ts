// The key set: which keys speak for the cloud, signed by root keys (k of n). Set N+1 is signed by a threshold
// of N's roots and of its own, so that a lock follows a rotation without trusting the courier. WIRE 4.
import { decodeCbor, encodeCbor } from '../cbor/strict.ts';
import { array, bytes, decodeWith, encodeWith, field, int, literal, struct, u32 } from '../cbor/codec.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { encodeHex, equalBytes } from '../bytes.ts';
import { KEY_SET_MAX_BYTES, ROOT_KEYS_MAX } from '../limits.ts';
import { refuseUnless, WireError } from '../wire-error.ts';
import { hashOf, type Hash } from '../ids.ts';
import { keyThumbprint, parseSign1, sign1, type Signer } from './cose.ts';

const FORMAT = 1;
const SIGNATURE_MAX_BYTES = 256;
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
export function signKeySet(engine: CryptoEngine, keySet: KeySet, roots: readonly Signer[]): Uint8Array {
  requireReachable(keySet);
  const payload = encodeWith(keySetCodec, keySet);
  const signatures = roots.map((root) =>
    sign1(engine, root, 'key-set', new Uint8Array(0), payload, { detached: true }),
  );
  return encodeCbor([payload, signatures]);
}

/**
 * The key set, once a threshold of its own roots and, where `previous` is given, of the previous set's roots
 * has signed it and its number is the next one. Each key counts once. Throws WireError.
 */
export function verifyKeySet(engine: CryptoEngine, input: Uint8Array, previous: KeySet | undefined): KeySet {
  const { payload, signatures } = split(input);
  const keySet = decodeWith(keySetCodec, payload, KEY_SET_MAX_BYTES, 'key set');
  requireReachable(keySet);
  const trusted = previous === undefined ? [keySet] : [previous, keySet];
  const signers = validSigners(engine, payload, signatures, trusted);
  for (const set of trusted) {
    const roots = new Set(set.rootKeys.map(encodeHex));
    const count = [...roots].filter((key) => signers.has(key)).length;
    refuseUnless(
      count >= set.threshold,
      'TOO_FEW_SIGNATURES',
      `${count} of the ${set.threshold} root signatures that key set ${set.number} asks for`,
    );
  }
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
  decodeWith(keySetCodec, split(input).payload, KEY_SET_MAX_BYTES, 'key set');

/** Names a key set in an activation: SHA-256 of its payload, whoever signed it. */
export const keySetHash = (engine: CryptoEngine, input: Uint8Array): Hash =>
  hashOf(engine, split(input).payload);

/** Each key counts once, so a key that stands twice does not help to reach the threshold. */
function requireReachable(keySet: KeySet): void {
  const keys = new Set(keySet.rootKeys.map(encodeHex));
  refuseUnless(keySet.threshold <= keys.size, 'OUT_OF_RANGE', 'a threshold above the root keys');
}

function split(input: Uint8Array): { payload: Uint8Array; signatures: readonly Uint8Array[] } {
  const item = decodeCbor(input, KEY_SET_MAX_BYTES);
  refuseUnless(Array.isArray(item) && item.length === 2, 'WRONG_TYPE', 'not [payload, signatures]');
  const [payload, list] = item;
  refuseUnless(
    payload instanceof Uint8Array && Array.isArray(list),
    'WRONG_TYPE',
    'not [payload, signatures]',
  );
  refuseUnless(list.length <= 2 * ROOT_KEYS_MAX, 'LIMIT_EXCEEDED', 'more signatures than two sets of roots');
  const signatures = list.map((inner) => {
    if (!(inner instanceof Uint8Array)) throw new WireError('WRONG_TYPE', 'a signature that is not bytes');
    return Uint8Array.from(inner);
  });
  return { payload: Uint8Array.from(payload), signatures };
}

/** Hex of every trusted root key that signed. A signature by a key that nobody trusts is passed over. */
function validSigners(
  engine: CryptoEngine,
  payload: Uint8Array,
  signatures: readonly Uint8Array[],
  trusted: readonly KeySet[],
): Set<string> {
  const keys = trusted.flatMap((set) => set.rootKeys);
  const candidates = keys.map((key) => ({ key, thumbprint: keyThumbprint(engine, key) }));
  const signers = new Set<string>();
  for (const signature of signatures) {
    const parts = parseSign1(signature, SIGNATURE_MAX_BYTES, 'key-set', new Uint8Array(0), payload);
    const root = candidates.find(({ thumbprint }) => equalBytes(parts.kid, thumbprint));
    if (root === undefined || signers.has(encodeHex(root.key))) continue;
    const isGood = engine.ed25519Verify(root.key, parts.toBeSigned, parts.signature);
    refuseUnless(isGood, 'BAD_SIGNATURE', 'a root signature does not verify');
    signers.add(encodeHex(root.key));
  }
  return signers;
}
