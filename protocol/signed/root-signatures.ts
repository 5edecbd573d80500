// What root keys sign together, k of n: a payload with detached signatures beside it. Each key counts once, however
// often it signed or is listed. WIRE 4.2.
import { encodeHex, equalBytes } from '../bytes.ts';
import { decodeCbor, encodeCbor } from '../cbor/strict.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { ROOT_KEYS_MAX } from '../limits.ts';
import { refuseUnless, WireError } from '../wire-error.ts';
import { keyId, parseSign1, sign1, type Role, type Signer } from './cose.ts';

const SIGNATURE_MAX_BYTES = 256;

export interface RootSigned {
  readonly payload: Uint8Array;
  /** Each a detached COSE_Sign1. */
  readonly signatures: readonly Uint8Array[];
}

/** The one kind of object that roots sign, and for whom. */
export interface RootPurpose {
  readonly role: Role;
  /** A lock id, or empty for what is meant for all. */
  readonly audience: Uint8Array;
}

export interface Roots {
  readonly rootKeys: readonly Uint8Array[];
  readonly threshold: number;
}

/** [payload, [signature, ...]]. */
export const signByRoots = (
  engine: CryptoEngine,
  purpose: RootPurpose,
  payload: Uint8Array,
  roots: readonly Signer[],
): Uint8Array =>
  joinRootSigned(
    payload,
    roots.map((root) => signAsRoot(engine, purpose, payload, root)),
  );

/** One root's part: roots may sit on machines that never meet. */
export const signAsRoot = (
  engine: CryptoEngine,
  { role, audience }: RootPurpose,
  payload: Uint8Array,
  root: Signer,
): Uint8Array => sign1(engine, root, role, audience, payload, { detached: true });

export const joinRootSigned = (payload: Uint8Array, signatures: readonly Uint8Array[]): Uint8Array =>
  encodeCbor([payload, [...signatures]]);

/** Throws WireError. Nothing of the payload may be believed yet. */
export function splitRootSigned(input: Uint8Array, maxBytes: number): RootSigned {
  const item = decodeCbor(input, maxBytes);
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

/**
 * Throws TOO_FEW_SIGNATURES unless every side has its threshold, BAD_SIGNATURE where one in the name of a root key
 * does not verify. A signature by a key that is root on no side is passed over.
 */
export function requireRoots(
  engine: CryptoEngine,
  purpose: RootPurpose,
  signed: RootSigned,
  sides: readonly Roots[],
): void {
  const signers = validSigners(engine, purpose, signed, sides);
  for (const { rootKeys, threshold } of sides) {
    const roots = new Set(rootKeys.map(encodeHex));
    const count = [...roots].filter((key) => signers.has(key)).length;
    refuseUnless(
      count >= threshold,
      'TOO_FEW_SIGNATURES',
      `${count} of the ${threshold} root signatures that this ${purpose.role} needs`,
    );
  }
}

/** Hex of every root key that signed. */
function validSigners(
  engine: CryptoEngine,
  { role, audience }: RootPurpose,
  { payload, signatures }: RootSigned,
  sides: readonly Roots[],
): Set<string> {
  const keys = new Map(sides.flatMap((side) => side.rootKeys).map((key) => [encodeHex(key), key]));
  const candidates = [...keys].map(([name, key]) => ({ name, key, id: keyId(engine, key) }));
  const signers = new Set<string>();
  for (const signature of signatures) {
    const parts = parseSign1(signature, SIGNATURE_MAX_BYTES, role, audience, payload);
    // Whoever makes keys can make two of one id: an id picks, and only the key itself is counted.
    const named = candidates.filter(({ id }) => equalBytes(parts.kid, id));
    if (named.every(({ name }) => signers.has(name))) continue;
    const root = named.find(({ key }) => engine.ed25519Verify(key, parts.toBeSigned, parts.signature));
    if (root === undefined) throw new WireError('BAD_SIGNATURE', 'a root signature does not verify');
    signers.add(root.name);
  }
  return signers;
}
