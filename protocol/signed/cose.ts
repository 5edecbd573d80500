// COSE_Sign1 (RFC 9052, 4.2) as Doorlab uses it: tag 18, deterministic, Ed25519 as alg -19 (RFC 9864), kid the start
// of a key thumbprint (RFC 9679), CWT claims in header 15 (RFC 9597), nothing unprotected, and an external_aad that
// binds role and audience. Signatures are checked over the bytes that came, never over a re-encoding. WIRE 3.
import { concat, encodeBase64Url, equalBytes, utf8 } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { decodeCbor, decodeTagged, encodeCbor, encodeTagged, type CborValue } from '../cbor/strict.ts';
import { refuseUnless, WireError } from '../wire-error.ts';
import type { Hash } from '../ids.ts';

export const COSE_SIGN1_TAG = 18;
export const ALG_ED25519 = -19;
const HEADER_ALG = 1;
const HEADER_KID = 4;
const HEADER_CWT_CLAIMS = 15;
const CLAIM_SUBJECT = 2;
const CLAIM_AUDIENCE = 3;
const PROTECTED_MAX_BYTES = 256;
/** It only picks the key; the signature decides. */
export const KEY_ID_BYTES = 8;

/** What a signed object is; signed as the claim `sub` and within the external_aad. */
export type Role =
  | 'manifest'
  | 'key-set'
  | 'activation-statement'
  | 'activation-grant'
  | 'receipt'
  | 'firmware'
  | 'log-batch'
  | 'log-ack'
  | 'time'
  | 'deactivation'
  | 'release'
  | 'live-proof';

export interface Signer {
  /** Ed25519 seed, 32 bytes. */
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

export const signerOf = (engine: CryptoEngine, seed: Uint8Array): Signer => ({
  seed,
  publicKey: engine.ed25519PublicKey(seed),
});

export interface SignedParts {
  readonly kid: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The Sig_structure of RFC 9052, 4.4: what was signed. */
  readonly toBeSigned: Uint8Array;
}

/** RFC 9679, 3: SHA-256 of the deterministic COSE_Key {1: 1, -1: 6, -2: x}. 32 bytes. */
export function keyThumbprint(engine: CryptoEngine, publicKey: Uint8Array): Uint8Array {
  const coseKey: CborValue = new Map<number, CborValue>([
    [1, 1],
    [-1, 6],
    [-2, publicKey],
  ]);
  return engine.sha256(encodeCbor(coseKey));
}

/** What an object names its key by: the start of the thumbprint. WIRE 1.2. */
export const keyId = (engine: CryptoEngine, publicKey: Uint8Array): Uint8Array =>
  keyThumbprint(engine, publicKey).slice(0, KEY_ID_BYTES);

export interface SignOptions {
  /** Leaves the payload out of the object; the verifier hands it in. */
  readonly detached?: boolean;
  /** For checks by verifiers that do not know -19 yet; nothing else sets it, and no parser takes another. */
  readonly algorithm?: number;
}

/** `audience` is a lock id, or empty for what is meant for all. */
export function sign1(
  engine: CryptoEngine,
  signer: Signer,
  role: Role,
  audience: Uint8Array,
  payload: Uint8Array,
  options: SignOptions = {},
): Uint8Array {
  return sign1Hashed(engine, signer, role, audience, payload, options).bytes;
}

/** With what `signedHash` finds of it. */
export function sign1Hashed(
  engine: CryptoEngine,
  signer: Signer,
  role: Role,
  audience: Uint8Array,
  payload: Uint8Array,
  options: SignOptions = {},
): { readonly bytes: Uint8Array; readonly hash: Hash } {
  const protectedBytes = encodeCbor(
    new Map<number, CborValue>([
      [HEADER_ALG, options.algorithm ?? ALG_ED25519],
      [HEADER_KID, keyId(engine, signer.publicKey)],
      [HEADER_CWT_CLAIMS, claimsOf(role, audience)],
    ]),
  );
  const toBeSigned = sigStructure(protectedBytes, externalAad(role, audience), payload);
  const signature = engine.ed25519Sign(signer.seed, toBeSigned);
  const bytes = encodeTagged(COSE_SIGN1_TAG, [
    protectedBytes,
    new Map(),
    options.detached === true ? null : payload,
    signature,
  ]);
  return { bytes, hash: engine.sha256(toBeSigned) as Hash };
}

/**
 * Everything but the signature itself: structure, algorithm, role and audience. A detached payload is handed
 * in. Throws WireError. Nothing of the payload may be believed before `verifyParts` said yes.
 */
export function parseSign1(
  input: Uint8Array,
  maxBytes: number,
  role: Role,
  audience: Uint8Array,
  detachedPayload?: Uint8Array,
): SignedParts {
  const item = decodeTagged(input, maxBytes, COSE_SIGN1_TAG);
  refuseUnless(Array.isArray(item) && item.length === 4, 'WRONG_TYPE', 'not a COSE_Sign1 of four members');
  const [protectedBytes, unprotected, attached, signature] = item;
  refuseUnless(protectedBytes instanceof Uint8Array, 'WRONG_TYPE', 'the protected header is not bytes');
  refuseUnless(unprotected instanceof Map, 'WRONG_TYPE', 'the unprotected header is not a map');
  refuseUnless(unprotected.size === 0, 'UNKNOWN_FIELD', 'the unprotected header is not empty');
  refuseUnless(signature instanceof Uint8Array, 'WRONG_TYPE', 'the signature is not bytes');
  refuseUnless(signature.length === 64, 'WRONG_LENGTH', 'the signature is not 64 bytes');
  const payload = detachedPayload ?? attached;
  refuseUnless(payload instanceof Uint8Array, 'WRONG_TYPE', 'there is no payload');
  refuseUnless(
    (detachedPayload === undefined) === (attached !== null),
    'WRONG_TYPE',
    'payload not as expected',
  );
  const kid = parseProtected(protectedBytes, role, audience);
  const toBeSigned = sigStructure(protectedBytes, externalAad(role, audience), payload);
  return { kid, payload: Uint8Array.from(payload), signature: Uint8Array.from(signature), toBeSigned };
}

/** Throws UNKNOWN_KEY where `publicKey` is not the one named, BAD_SIGNATURE where it did not sign. */
export function verifyParts(engine: CryptoEngine, parts: SignedParts, publicKey: Uint8Array): void {
  const isNamed = equalBytes(parts.kid, keyId(engine, publicKey));
  refuseUnless(isNamed, 'UNKNOWN_KEY', 'signed by a key that is not the expected one');
  const isGood = engine.ed25519Verify(publicKey, parts.toBeSigned, parts.signature);
  refuseUnless(isGood, 'BAD_SIGNATURE', 'the signature does not verify');
}

/** Identifies a signed object: SHA-256 of its verified Sig_structure, never of signature bytes. */
export const signedHash = (engine: CryptoEngine, parts: SignedParts): Hash =>
  engine.sha256(parts.toBeSigned) as Hash;

function parseProtected(protectedBytes: Uint8Array, role: Role, audience: Uint8Array): Uint8Array {
  const header = decodeCbor(protectedBytes, PROTECTED_MAX_BYTES);
  refuseUnless(header instanceof Map, 'WRONG_TYPE', 'the protected header is not a map');
  refuseUnless(
    header.get(HEADER_ALG) === ALG_ED25519,
    'WRONG_ALGORITHM',
    'the algorithm is not Ed25519 (-19)',
  );
  const kid = header.get(HEADER_KID);
  if (!(kid instanceof Uint8Array)) throw new WireError('MISSING_FIELD', 'there is no key id');
  refuseUnless(kid.length === KEY_ID_BYTES, 'WRONG_LENGTH', `a key id of ${kid.length} bytes`);
  const claims = header.get(HEADER_CWT_CLAIMS);
  if (!(claims instanceof Map)) throw new WireError('MISSING_FIELD', 'there are no claims');
  refuseUnless(header.size === 3, 'UNKNOWN_FIELD', 'the protected header has a field of no meaning');
  const expected = claimsOf(role, audience);
  refuseUnless(
    claims.get(CLAIM_SUBJECT) === expected.get(CLAIM_SUBJECT),
    'WRONG_ROLE',
    `this is not a ${role}`,
  );
  const isMeant = claims.get(CLAIM_AUDIENCE) === expected.get(CLAIM_AUDIENCE);
  refuseUnless(isMeant, 'WRONG_AUDIENCE', 'signed for another lock');
  refuseUnless(claims.size === expected.size, 'UNKNOWN_FIELD', 'a claim of no meaning');
  return Uint8Array.from(kid);
}

function claimsOf(role: Role, audience: Uint8Array): Map<number, CborValue> {
  const claims = new Map<number, CborValue>([[CLAIM_SUBJECT, role]]);
  if (audience.length > 0) claims.set(CLAIM_AUDIENCE, encodeBase64Url(audience));
  return claims;
}

/** WIRE 3.3: "doorlab/" role "/1", a zero byte, the audience. */
const externalAad = (role: Role, audience: Uint8Array): Uint8Array =>
  concat(utf8(`doorlab/${role}/1`), Uint8Array.of(0), audience);

/** RFC 9052, 4.4: what is signed. */
export const sigStructure = (protectedBytes: Uint8Array, aad: Uint8Array, payload: Uint8Array): Uint8Array =>
  encodeCbor(['Signature1', protectedBytes, aad, payload]);
