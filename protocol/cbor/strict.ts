// Strict deterministic CBOR on cbor-x, which is neither by default: input is scanned before it is decoded and
// must re-encode to the very same bytes after. WIRE 2.
import { Encoder } from 'cbor-x';
import { WireError } from '../wire-error.ts';
import { concat, equalBytes } from '../bytes.ts';
import { invariant } from '../errors.ts';
import { scanStrict } from './scan.ts';

export type CborValue = number | string | boolean | null | Uint8Array | CborValue[] | Map<number, CborValue>;

const cborX = new Encoder({
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  tagUint8Array: false,
});

/** Map keys are written in ascending order of their encodings: 0, 1, 2, ..., -1, -2, ... */
export function encodeCbor(value: CborValue): Uint8Array {
  return Uint8Array.from(cborX.encode(ordered(value)));
}

/** The item under a tag below 24. */
export const encodeTagged = (tag: number, value: CborValue): Uint8Array =>
  concat(tagHeader(tag), encodeCbor(value));

/** One item of at most `maxBytes`, untagged. Throws WireError with the rule that was broken. */
export function decodeCbor(bytes: Uint8Array, maxBytes: number): CborValue {
  scanStrict(bytes, maxBytes);
  const value = decodeScanned(bytes);
  requireSame(bytes, encodeCbor(value));
  return value;
}

/** One item of at most `maxBytes` under exactly this tag. */
export function decodeTagged(bytes: Uint8Array, maxBytes: number, tag: number): CborValue {
  scanStrict(bytes, maxBytes, tag);
  const header = tagHeader(tag);
  if (bytes[0] !== header[0]) throw new WireError('UNEXPECTED_TAG', `no tag ${tag}`);
  const inner = bytes.subarray(header.length);
  const value = decodeScanned(inner);
  requireSame(inner, encodeCbor(value));
  return value;
}

/**
 * Written and read here and not by cbor-x, whose table of tags is one for the whole process: another package
 * that registers the tag would change what comes out.
 */
function tagHeader(tag: number): Uint8Array {
  invariant(tag >= 0 && tag < 24, 'a tag of one byte');
  return Uint8Array.of(0xc0 | tag);
}

function decodeScanned(bytes: Uint8Array): CborValue {
  try {
    // A plain copy: cbor-x hangs a DataView on the array it is given, and decoded byte strings are views of it.
    return cborX.decode(Uint8Array.from(bytes)) as CborValue;
  } catch (cause) {
    throw new WireError('UNSUPPORTED_VALUE', 'CBOR that the decoder refuses', { cause });
  }
}

function requireSame(given: Uint8Array, again: Uint8Array): void {
  if (!equalBytes(given, again)) {
    throw new WireError('NOT_DETERMINISTIC', 'the item does not re-encode to the same bytes');
  }
}

function ordered(value: CborValue): CborValue {
  if (Array.isArray(value)) return value.map(ordered);
  if (!(value instanceof Map)) return value;
  const rank = (key: number): number => (key >= 0 ? key : 0x1_0000_0000 - key);
  return new Map(
    [...value].sort(([a], [b]) => rank(a) - rank(b)).map(([key, inner]) => [key, ordered(inner)]),
  );
}
