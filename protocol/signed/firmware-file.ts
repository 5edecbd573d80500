// A signed firmware image as one file, for whoever carries it: a mark, the format, the manifest and the image. All of it
// is checked but the signature, which needs a key. WIRE 17.4.
import { concat, equalBytes, readU16, u16, utf8 } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { FIRMWARE_FILE_MAX_BYTES, FIRMWARE_MANIFEST_MAX_BYTES } from '../limits.ts';
import { refuseUnless } from '../wire-error.ts';
import { decodeImageHeader, parseFirmware, type FirmwarePackage } from './firmware.ts';
import { chunkDigest, sealedChunkBytes } from './manifest.ts';

const MARK = utf8('DLFW');
const FORMAT = 1;
/** The mark, the format, the manifest's length. */
const HEADER_BYTES = MARK.length + 1 + 2;

export const encodeFirmwareFile = ({ manifestBytes, chunks }: FirmwarePackage): Uint8Array =>
  concat(MARK, Uint8Array.of(FORMAT), u16(manifestBytes.length), manifestBytes, ...chunks);

/**
 * Size, form, digests, the hash of the image and the number in its header; not the signature. Throws WireError:
 * BAD_CHUNK where the file was damaged.
 */
export function parseFirmwareFile(engine: CryptoEngine, input: Uint8Array): FirmwarePackage {
  refuseUnless(input.length <= FIRMWARE_FILE_MAX_BYTES, 'TOO_LARGE', 'above what an image may have');
  const isMarked = equalBytes(input.subarray(0, MARK.length), MARK.subarray(0, input.length));
  refuseUnless(isMarked, 'WRONG_FORMAT', 'no signed firmware image');
  refuseUnless(input.length >= HEADER_BYTES, 'TRUNCATED', 'it ends within its first bytes');
  const format = input[MARK.length];
  refuseUnless(format === FORMAT, 'WRONG_FORMAT', `a file of format ${format}, where ${FORMAT} is known`);
  const manifestEnd = HEADER_BYTES + readU16(input, MARK.length + 1);
  const manifestBytes = input.slice(HEADER_BYTES, manifestEnd);
  refuseUnless(
    manifestEnd - HEADER_BYTES <= FIRMWARE_MANIFEST_MAX_BYTES,
    'TOO_LARGE',
    'a manifest above its limit',
  );
  refuseUnless(input.length >= manifestEnd, 'TRUNCATED', 'it ends within its manifest');
  const { manifest } = parseFirmware(manifestBytes);
  const image = input.subarray(manifestEnd);
  const { imageBytes } = manifest;
  refuseUnless(
    image.length >= imageBytes,
    'TRUNCATED',
    `${image.length} of ${imageBytes} bytes of the image`,
  );
  refuseUnless(image.length === imageBytes, 'TRAILING_BYTES', 'bytes behind the image');
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (let index = 0; index < manifest.chunkCount; index++) {
    const chunk = image.slice(at, at + sealedChunkBytes(manifest, index));
    const isSigned = equalBytes(engine.sha256(chunk), chunkDigest(manifest, index));
    refuseUnless(isSigned, 'BAD_CHUNK', `chunk ${index} does not match its digest`);
    chunks.push(chunk);
    at += chunk.length;
  }
  refuseUnless(
    equalBytes(engine.sha256(image), manifest.imageHash),
    'BAD_CHUNK',
    'another image than the hash',
  );
  const { firmware } = decodeImageHeader(image);
  const isNumber = firmware === manifest.firmware;
  refuseUnless(isNumber, 'OUT_OF_RANGE', `the image says ${firmware}, its manifest ${manifest.firmware}`);
  return { manifestBytes, manifest, chunks };
}
