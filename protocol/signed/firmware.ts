// A firmware image and what the firmware key signs of it, once for all locks: number, size, hash, digests. An image is
// no secret; what it must never be is another than the signed one, or an older one. WIRE 17.
import { bytes, decodeWith, encodeWith, enumeration, field, int, literal, struct } from '../cbor/codec.ts';
import { concat, readU16, u16 } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { HASH_BYTES, hashCodec, hashOf, type Hash } from '../ids.ts';
import { FIRMWARE_CHUNKS_MAX, FIRMWARE_MANIFEST_MAX_BYTES, SEALED_CHUNK_BYTES } from '../limits.ts';
import { refuseUnless } from '../wire-error.ts';
import { parseSign1, sign1, signedHash, verifyParts, type SignedParts, type Signer } from './cose.ts';
import type { ChunkList } from './manifest.ts';

const FORMAT = 1;
const FOR_ALL = new Uint8Array(0);
export const FIRMWARE_IMAGE_MAX_BYTES = FIRMWARE_CHUNKS_MAX * SEALED_CHUNK_BYTES;
const HEADER_MAX_BYTES = 64;

interface SignedFields {
  readonly format: typeof FORMAT;
  /** Rises with every release: a lock never goes back below the one it has confirmed. */
  readonly firmware: number;
  readonly imageBytes: number;
  readonly imageHash: Hash;
  readonly chunkDigests: Uint8Array;
}

/** The counts follow from the size: they are not sent. */
export interface FirmwareManifest extends SignedFields, ChunkList {}

const manifestCodec = struct<SignedFields>({
  format: field(1, literal(FORMAT)),
  firmware: field(2, int(1, 0xffff_ffff)),
  imageBytes: field(3, int(1, FIRMWARE_IMAGE_MAX_BYTES)),
  imageHash: field(4, hashCodec),
  chunkDigests: field(5, bytes(HASH_BYTES, FIRMWARE_CHUNKS_MAX * HASH_BYTES)),
});

/** What an image says of itself, at its start. */
export interface ImageHeader {
  readonly format: typeof FORMAT;
  /** The signed number again: an image under another's manifest is noticed. */
  readonly firmware: number;
  /** How a simulated image does in its self test. */
  readonly selfTest: 'pass' | 'fail' | 'hang';
}

const headerCodec = struct<ImageHeader>({
  format: field(1, literal(FORMAT)),
  firmware: field(2, int(1, 0xffff_ffff)),
  selfTest: field(3, enumeration({ pass: 0, fail: 1, hang: 2 })),
});

export interface VerifiedFirmware {
  readonly manifest: FirmwareManifest;
  /** SHA-256 of the verified Sig_structure. */
  readonly hash: Hash;
}

export interface FirmwarePackage {
  readonly manifestBytes: Uint8Array;
  readonly manifest: FirmwareManifest;
  /** In plaintext, 4,096 bytes each but for the last. */
  readonly chunks: readonly Uint8Array[];
}

export function encodeImage(header: ImageHeader, code: Uint8Array = new Uint8Array(0)): Uint8Array {
  const encoded = encodeWith(headerCodec, header);
  return concat(u16(encoded.length), encoded, code);
}

/** Throws WireError. */
export function decodeImageHeader(image: Uint8Array): ImageHeader {
  refuseUnless(image.length >= 2, 'TRUNCATED', 'an image without a header');
  const end = 2 + readU16(image, 0);
  refuseUnless(end - 2 <= HEADER_MAX_BYTES, 'TOO_LARGE', 'an image header above its limit');
  refuseUnless(image.length >= end, 'TRUNCATED', 'an image that ends within its header');
  return decodeWith(headerCodec, image.slice(2, end), HEADER_MAX_BYTES, 'image header');
}

/** Signs an image. Throws WireError where it is too large. */
export function makeFirmwarePackage(
  engine: CryptoEngine,
  firmwareSigner: Signer,
  image: Uint8Array,
): FirmwarePackage {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < image.length; at += SEALED_CHUNK_BYTES) {
    chunks.push(image.slice(at, at + SEALED_CHUNK_BYTES));
  }
  const fields: SignedFields = {
    format: FORMAT,
    firmware: decodeImageHeader(image).firmware,
    imageBytes: image.length,
    imageHash: hashOf(engine, image),
    chunkDigests: concat(...chunks.map((chunk) => engine.sha256(chunk))),
  };
  return {
    manifestBytes: signFirmware(engine, firmwareSigner, fields),
    manifest: withCounts(fields),
    chunks,
  };
}

export const signFirmware = (
  engine: CryptoEngine,
  firmwareSigner: Signer,
  { format, firmware, imageBytes, imageHash, chunkDigests }: SignedFields,
): Uint8Array => {
  const fields = { format, firmware, imageBytes, imageHash, chunkDigests };
  return sign1(engine, firmwareSigner, 'firmware', FOR_ALL, encodeWith(manifestCodec, fields));
};

/** Size, strict CBOR and role; nobody has checked the signature yet. Throws WireError. */
export function parseFirmware(input: Uint8Array): {
  readonly parts: SignedParts;
  readonly manifest: FirmwareManifest;
} {
  const parts = parseSign1(input, FIRMWARE_MANIFEST_MAX_BYTES, 'firmware', FOR_ALL);
  const fields = decodeWith(manifestCodec, parts.payload, FIRMWARE_MANIFEST_MAX_BYTES, 'firmware');
  const manifest = withCounts(fields);
  const digests = manifest.chunkCount * HASH_BYTES;
  refuseUnless(fields.chunkDigests.length === digests, 'WRONG_LENGTH', 'not one digest a chunk');
  return { parts, manifest };
}

/** Throws UNKNOWN_KEY or BAD_SIGNATURE. */
export function verifyFirmware(
  engine: CryptoEngine,
  { parts, manifest }: ReturnType<typeof parseFirmware>,
  firmwareKey: Uint8Array,
): VerifiedFirmware {
  verifyParts(engine, parts, firmwareKey);
  return { manifest, hash: signedHash(engine, parts) };
}

function withCounts(fields: SignedFields): FirmwareManifest {
  const chunkCount = Math.ceil(fields.imageBytes / SEALED_CHUNK_BYTES);
  const lastChunkBytes = fields.imageBytes - (chunkCount - 1) * SEALED_CHUNK_BYTES;
  return { ...fields, chunkCount, lastChunkBytes };
}
