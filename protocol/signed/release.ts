// A release makes a lock forget its owner: signed by a threshold of the pinned root keys, for one lock, once. No key
// that is kept online can give a lock away. WIRE 16.3.
import { equalBytes } from '../bytes.ts';
import { decodeWith, encodeWith, field, int, literal, struct } from '../cbor/codec.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { lockIdCodec, type LockId } from '../ids.ts';
import { RELEASE_MAX_BYTES } from '../limits.ts';
import { refuseUnless } from '../wire-error.ts';
import type { Signer } from './cose.ts';
import {
  requireRoots,
  signByRoots,
  splitRootSigned,
  type RootPurpose,
  type RootSigned,
  type Roots,
} from './root-signatures.ts';

const FORMAT = 1;

export interface Release {
  readonly format: typeof FORMAT;
  readonly lockId: LockId;
  /** What the lock is at afterwards: above all that it was. */
  readonly ownershipEpoch: number;
}

const releaseCodec = struct<Release>({
  format: field(1, literal(FORMAT)),
  lockId: field(2, lockIdCodec),
  ownershipEpoch: field(3, int(1, 0xffff_ffff)),
});

/** [payload, [signature, ...]], each signature a detached COSE_Sign1 by one root key. */
export const signRelease = (engine: CryptoEngine, release: Release, roots: readonly Signer[]): Uint8Array =>
  signByRoots(engine, releasePurpose(release.lockId), encodeRelease(release), roots);

/** What roots sign. */
export const encodeRelease = (release: Release): Uint8Array => encodeWith(releaseCodec, release);

/** The form alone, before anybody has signed: of whichever lock it names. Throws WireError. */
export const decodeRelease = (payload: Uint8Array): Release =>
  decodeWith(releaseCodec, payload, RELEASE_MAX_BYTES, 'release');

/** Throws WireError; what comes back was signed by a threshold of the roots for that lock. */
export function verifyRelease(
  engine: CryptoEngine,
  input: Uint8Array,
  lockId: LockId,
  roots: Roots,
): Release {
  const signed = splitRootSigned(input, RELEASE_MAX_BYTES);
  requireRoots(engine, releasePurpose(lockId), signed, [roots]);
  return decodePayload(signed, lockId);
}

/** Its form alone, where there is nobody left to check a signature by: for saying what is so already. */
export const readRelease = (input: Uint8Array, lockId: LockId): Release =>
  decodePayload(splitRootSigned(input, RELEASE_MAX_BYTES), lockId);

/** For whoever brings it: which lock it is for. Checks the form alone. Throws WireError. */
export const peekRelease = (input: Uint8Array): Release =>
  decodeRelease(splitRootSigned(input, RELEASE_MAX_BYTES).payload);

function decodePayload({ payload }: RootSigned, lockId: LockId): Release {
  const release = decodeRelease(payload);
  refuseUnless(equalBytes(release.lockId, lockId), 'WRONG_AUDIENCE', 'a release of another lock');
  return release;
}

export const releasePurpose = (lockId: LockId): RootPurpose => ({ role: 'release', audience: lockId });
