// A package: one manifest and its sealed chunks, made once for (lock, version, base) and served as stored. On
// file and over HTTP it is a 2-byte length, the manifest, then the chunks. WIRE 7.4.
import { concat, equalBytes, readU16, u16 } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import type { Hash, LockId } from '../ids.ts';
import { MANIFEST_MAX_BYTES } from '../limits.ts';
import {
  chunkDigest,
  parseManifest,
  sealedChunkBytes,
  signManifestHashed,
  type Manifest,
} from '../signed/manifest.ts';
import type { Signer } from '../signed/cose.ts';
import type { Triple } from '../triple.ts';
import { refuseUnless } from '../wire-error.ts';
import { hashTable, packTable } from './chunks.ts';
import { deltaBetween, encodeDelta } from './delta.ts';
import { countRows, type Rows } from './rows.ts';
import { sealChunk, sealingKey } from './seal.ts';

export interface Package {
  readonly manifestBytes: Uint8Array;
  readonly manifest: Manifest;
  /** Sealed, in order. */
  readonly chunks: readonly Uint8Array[];
}

/** As the one who made it has it. */
export interface MadePackage extends Package {
  /** By which the manifest is known from then on. */
  readonly manifestHash: Hash;
}

export interface FullSet {
  readonly lockId: LockId;
  readonly lockSealingKey: Uint8Array;
  readonly triple: Triple;
  readonly headBytes: Uint8Array;
  /** Encoded and in order (`sortRows`). */
  readonly rows: Rows;
  readonly minimumFirmware: number;
}

/** From an exact base: `rows` and `headBytes` are those of the result. */
export interface DeltaSet extends FullSet {
  readonly base: { readonly headBytes: Uint8Array; readonly rows: Rows };
}

/** Seals and signs a full set. `ephemeralSecret`: 32 fresh bytes, used for this package alone. */
export function makeFullPackage(
  engine: CryptoEngine,
  tableSigner: Signer,
  ephemeralSecret: Uint8Array,
  set: FullSet,
): MadePackage {
  const chunks = packTable(set.headBytes, set.rows);
  return makePackage(engine, tableSigner, ephemeralSecret, set, { kind: 'full', baseHash: null, chunks });
}

/**
 * Seals and signs a delta. Throws LIMIT_EXCEEDED where it does not fit one chunk, or where its result is no table that
 * a full set could be made of: then a full set goes out. `ephemeralSecret`: 32 fresh bytes, never the full set's.
 */
export function makeDeltaPackage(
  engine: CryptoEngine,
  tableSigner: Signer,
  ephemeralSecret: Uint8Array,
  set: DeltaSet,
): MadePackage {
  const { base } = set;
  const { tableHash } = hashTable(engine, base.headBytes, base.rows);
  packTable(set.headBytes, set.rows);
  return makePackage(engine, tableSigner, ephemeralSecret, set, {
    kind: 'delta',
    baseHash: tableHash,
    chunks: [encodeDelta(deltaBetween(base, set))],
  });
}

function makePackage(
  engine: CryptoEngine,
  tableSigner: Signer,
  ephemeralSecret: Uint8Array,
  set: FullSet,
  content: Pick<Manifest, 'kind' | 'baseHash'> & { readonly chunks: readonly Uint8Array[] },
): MadePackage {
  const { kind, baseHash } = content;
  const { tableHash, tableBytes } = hashTable(engine, set.headBytes, set.rows);
  const key = sealingKey(engine, ephemeralSecret, set.lockSealingKey, {
    lockId: set.lockId,
    triple: set.triple,
    kind,
    baseHash,
    tableHash,
  });
  const chunks = content.chunks.map((plaintext, i) => sealChunk(engine, key, i, plaintext));
  const manifest: Manifest = {
    format: 1,
    triple: set.triple,
    kind,
    baseHash,
    tableBytes,
    rowCount: countRows(set.rows),
    tableHash,
    chunkCount: chunks.length,
    lastChunkBytes: chunks.at(-1)?.length ?? 0,
    chunkDigests: concat(...chunks.map((chunk) => engine.sha256(chunk))),
    ephemeralKey: engine.x25519PublicKey(ephemeralSecret),
    minimumFirmware: set.minimumFirmware,
  };
  const { bytes: manifestBytes, hash } = signManifestHashed(engine, tableSigner, set.lockId, manifest);
  return { manifestBytes, manifestHash: hash, manifest, chunks };
}

export const encodePackage = (p: Package): Uint8Array =>
  concat(u16(p.manifestBytes.length), p.manifestBytes, ...p.chunks);

/**
 * Form, audience, lengths and digests; not the signature, which only the lock judges. Throws WireError, BAD_CHUNK
 * where a download was damaged.
 */
export function parsePackage(engine: CryptoEngine, input: Uint8Array, lockId: LockId): Package {
  refuseUnless(input.length >= 2, 'TRUNCATED', 'a package shorter than its length field');
  const manifestEnd = 2 + readU16(input, 0);
  refuseUnless(manifestEnd - 2 <= MANIFEST_MAX_BYTES, 'TOO_LARGE', 'a manifest above its limit');
  refuseUnless(input.length >= manifestEnd, 'TRUNCATED', 'a package that ends within its manifest');
  const manifestBytes = input.slice(2, manifestEnd);
  const { manifest } = parseManifest(manifestBytes, lockId);
  const chunks: Uint8Array[] = [];
  let at = manifestEnd;
  for (let i = 0; i < manifest.chunkCount; i++) {
    const end = at + sealedChunkBytes(manifest, i);
    refuseUnless(input.length >= end, 'TRUNCATED', `a package that ends within chunk ${i}`);
    const chunk = input.slice(at, end);
    const isSigned = equalBytes(engine.sha256(chunk), chunkDigest(manifest, i));
    refuseUnless(isSigned, 'BAD_CHUNK', `chunk ${i} does not match its digest`);
    chunks.push(chunk);
    at = end;
  }
  refuseUnless(at === input.length, 'TRAILING_BYTES', 'bytes behind the last chunk');
  return { manifestBytes, manifest, chunks };
}
