// The manifest: what the cloud signs for one lock and one version. It binds every sealed chunk and the whole
// table, so that nothing of two sets can be mixed. WIRE 5.
import { bytes, decodeWith, encodeWith, field, int, literal, nullable, struct, u32 } from '../cbor/codec.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { AEAD_TAG_BYTES } from '../crypto/engine.ts';
import {
  CHUNKS_MAX,
  HEAD_MAX_BYTES,
  MANIFEST_MAX_BYTES,
  ROWS_MAX,
  ROWS_PER_CHUNK,
  ROW_BYTES,
  SEALED_CHUNK_BYTES,
} from '../limits.ts';
import { HASH_BYTES, hashCodec, type Hash, type LockId } from '../ids.ts';
import { tripleCodec, type Triple } from '../triple.ts';
import { refuseUnless } from '../wire-error.ts';
import { parseSign1, sign1Hashed, signedHash, verifyParts, type SignedParts, type Signer } from './cose.ts';

const FORMAT = 1;

/** What frames are cut from: chunks of 4,096 bytes, the last maybe short, each with its signed digest. */
export interface ChunkList {
  readonly chunkCount: number;
  readonly lastChunkBytes: number;
  /** SHA-256 of every chunk as it goes over the air, one after another: 32 bytes each. */
  readonly chunkDigests: Uint8Array;
}

export type ChunkSizes = Pick<ChunkList, 'chunkCount' | 'lastChunkBytes'>;

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly triple: Triple;
  readonly kind: 'full' | 'delta';
  /** Of the very table that a delta starts from; null in a full set. */
  readonly baseHash: Hash | null;
  /** Head and rows, without counts and padding. Bytes. */
  readonly tableBytes: number;
  /** What a lock holds against its capacity before anything is written. */
  readonly rowCount: number;
  /** SHA-256 of head and rows in order. */
  readonly tableHash: Hash;
  readonly chunkCount: number;
  /** Bytes of the last chunk: 4,096 in a full set, what a delta takes in a delta. */
  readonly lastChunkBytes: number;
  /** SHA-256 of every sealed chunk, one after another: 32 bytes each. */
  readonly chunkDigests: Uint8Array;
  /** The X25519 key that this one package is sealed with. */
  readonly ephemeralKey: Uint8Array;
  readonly minimumFirmware: number;
}

/** Whether there is a base says the kind, and the digests the count. */
const payloadCodec = struct<Omit<Manifest, 'kind' | 'chunkCount'>>({
  format: field(1, literal(FORMAT)),
  triple: field(2, tripleCodec),
  baseHash: field(3, nullable(hashCodec)),
  tableBytes: field(4, u32),
  tableHash: field(5, hashCodec),
  lastChunkBytes: field(6, int(1, SEALED_CHUNK_BYTES)),
  chunkDigests: field(7, bytes(HASH_BYTES, CHUNKS_MAX * HASH_BYTES)),
  ephemeralKey: field(8, bytes(32)),
  minimumFirmware: field(9, u32),
  rowCount: field(10, int(0, ROWS_MAX)),
});

export interface VerifiedManifest {
  readonly manifest: Manifest;
  /** SHA-256 of the verified Sig_structure: what stage, resume, slot and commit record go by. */
  readonly hash: Hash;
}

/** Throws WireError for a manifest that no lock would take. */
export function signManifest(
  engine: CryptoEngine,
  tableSigner: Signer,
  lockId: LockId,
  manifest: Manifest,
): Uint8Array {
  return signManifestHashed(engine, tableSigner, lockId, manifest).bytes;
}

/** With the hash that `manifestHash` finds: whoever signs need not read it again. */
export function signManifestHashed(
  engine: CryptoEngine,
  tableSigner: Signer,
  lockId: LockId,
  manifest: Manifest,
): { readonly bytes: Uint8Array; readonly hash: Hash } {
  requireConsistent(manifest);
  return sign1Hashed(engine, tableSigner, 'manifest', lockId, encodeWith(payloadCodec, manifest));
}

/** A manifest whose form, role and audience are right and whose signature nobody has checked yet. */
export interface UnverifiedManifest {
  readonly parts: SignedParts;
  readonly manifest: Manifest;
}

/**
 * Size, strict CBOR, role and audience. A courier, which verifies nothing, plans by it; a lock goes on to
 * `verifyManifest` before it believes a field. Throws WireError.
 */
export function parseManifest(input: Uint8Array, lockId: LockId): UnverifiedManifest {
  const parts = parseSign1(input, MANIFEST_MAX_BYTES, 'manifest', lockId);
  const said = decodeWith(payloadCodec, parts.payload, MANIFEST_MAX_BYTES, 'manifest');
  const manifest: Manifest = {
    ...said,
    kind: said.baseHash === null ? 'full' : 'delta',
    chunkCount: Math.ceil(said.chunkDigests.length / HASH_BYTES),
  };
  requireConsistent(manifest);
  return { parts, manifest };
}

/** Throws UNKNOWN_KEY or BAD_SIGNATURE. */
export function verifyManifest(
  engine: CryptoEngine,
  unverified: UnverifiedManifest,
  tableKey: Uint8Array,
): VerifiedManifest {
  verifyParts(engine, unverified.parts, tableKey);
  return { manifest: unverified.manifest, hash: signedHash(engine, unverified.parts) };
}

/** The hash of a manifest that was verified before (stored in a slot) or that only a courier looks at. */
export const manifestHash = (engine: CryptoEngine, unverified: UnverifiedManifest): Hash =>
  signedHash(engine, unverified.parts);

export const chunkDigest = (list: Pick<ChunkList, 'chunkDigests'>, index: number): Hash =>
  list.chunkDigests.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES) as Hash;

/** Of a chunk as it goes over the air. */
export const sealedChunkBytes = (list: ChunkSizes, index: number): number =>
  index === list.chunkCount - 1 ? list.lastChunkBytes : SEALED_CHUNK_BYTES;

function requireConsistent(manifest: Manifest): void {
  const { kind, baseHash, chunkCount, lastChunkBytes, chunkDigests, tableBytes, rowCount } = manifest;
  const headBytes = tableBytes - rowCount * ROW_BYTES;
  refuseUnless(
    headBytes >= 1 && headBytes <= HEAD_MAX_BYTES,
    'OUT_OF_RANGE',
    'a table size that its rows contradict',
  );
  refuseUnless(chunkDigests.length === chunkCount * HASH_BYTES, 'WRONG_LENGTH', 'not one digest a chunk');
  if (kind === 'full') {
    refuseUnless(baseHash === null, 'WRONG_TYPE', 'a full set with a base');
    refuseUnless(
      lastChunkBytes === SEALED_CHUNK_BYTES,
      'OUT_OF_RANGE',
      'a full set whose last chunk is short',
    );
    const rowChunks = chunkCount - 1;
    const fits = rowCount >= rowChunks && rowCount <= rowChunks * ROWS_PER_CHUNK;
    refuseUnless(fits, 'OUT_OF_RANGE', `${rowCount} rows in ${rowChunks} chunks`);
  } else {
    refuseUnless(baseHash !== null, 'WRONG_TYPE', 'a delta without a base');
    refuseUnless(chunkCount === 1, 'OUT_OF_RANGE', 'a delta of more than one chunk');
    refuseUnless(lastChunkBytes > AEAD_TAG_BYTES, 'OUT_OF_RANGE', 'a delta that is a tag alone');
  }
}
