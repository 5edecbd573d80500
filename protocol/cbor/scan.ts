// One pass over bytes that came from outside: well-formed, deterministic (RFC 8949, 4.2.1), of the few types
// that the wire uses, and not deep. Runs before any decoder, costs O(n), allocates nothing of the input's size.
// WIRE 2.
import { WireError, type WireErrorCode } from '../wire-error.ts';
import { CBOR_MAX_DEPTH } from '../limits.ts';
import { compareBytes } from '../bytes.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Throws WireError unless `bytes` is exactly one item; tags other than `allowedTag` (outermost) are refused. */
export function scanStrict(bytes: Uint8Array, maxBytes: number, allowedTag?: number): void {
  if (bytes.length > maxBytes) refuse('TOO_LARGE', `${bytes.length} bytes where at most ${maxBytes} fit`);
  const end = scanItem(bytes, 0, 0, allowedTag);
  if (end !== bytes.length) refuse('TRAILING_BYTES', `${bytes.length - end} bytes after the item`);
}

function refuse(code: WireErrorCode, message: string): never {
  throw new WireError(code, message);
}

/** Returns the offset behind the item at `at`. */
function scanItem(bytes: Uint8Array, at: number, depth: number, allowedTag?: number): number {
  if (depth > CBOR_MAX_DEPTH) refuse('OUT_OF_RANGE', `nested deeper than ${CBOR_MAX_DEPTH}`);
  const initial = byteAt(bytes, at);
  const major = initial >> 5;
  if (major === 7) return scanSimple(initial, at);
  const { value, next } = scanArgument(bytes, at);
  switch (major) {
    case 0:
    case 1:
      return next;
    case 2:
      return skip(bytes, next, value);
    case 3:
      return scanText(bytes, next, value);
    case 4: {
      let end = next;
      for (let i = 0; i < value; i++) end = scanItem(bytes, end, depth + 1);
      return end;
    }
    case 5:
      return scanMap(bytes, next, value, depth);
    default:
      if (value !== allowedTag) refuse('UNEXPECTED_TAG', `tag ${value}`);
      return scanItem(bytes, next, depth + 1);
  }
}

function scanSimple(initial: number, at: number): number {
  const isFalseTrueOrNull = initial === 0xf4 || initial === 0xf5 || initial === 0xf6;
  if (!isFalseTrueOrNull) refuse('UNSUPPORTED_VALUE', `simple value or float 0x${initial.toString(16)}`);
  return at + 1;
}

function scanArgument(bytes: Uint8Array, at: number): { value: number; next: number } {
  const info = byteAt(bytes, at) & 0x1f;
  if (info < 24) return { value: info, next: at + 1 };
  if (info === 27) refuse('OUT_OF_RANGE', 'an integer or length above 32 bits');
  if (info > 27) refuse('NOT_DETERMINISTIC', 'an indefinite or reserved length');
  const width = 1 << (info - 24);
  let value = 0;
  for (let i = 1; i <= width; i++) value = value * 256 + byteAt(bytes, at + i);
  const shortest = width === 1 ? 24 : width === 2 ? 0x100 : 0x1_0000;
  if (value < shortest) refuse('NOT_DETERMINISTIC', 'an integer or length not in its shortest form');
  return { value, next: at + 1 + width };
}

function scanText(bytes: Uint8Array, at: number, length: number): number {
  const end = skip(bytes, at, length);
  try {
    decoder.decode(bytes.subarray(at, end));
  } catch (cause) {
    throw new WireError('WRONG_TYPE', 'text that is not UTF-8', { cause });
  }
  return end;
}

function scanMap(bytes: Uint8Array, at: number, entries: number, depth: number): number {
  let end = at;
  let previous: Uint8Array | undefined;
  for (let i = 0; i < entries; i++) {
    const major = byteAt(bytes, end) >> 5;
    if (major > 1) refuse('WRONG_TYPE', 'a map key that is not an integer');
    const keyEnd = scanItem(bytes, end, depth + 1);
    const key = bytes.subarray(end, keyEnd);
    const order = previous === undefined ? -1 : compareBytes(previous, key);
    if (order === 0) refuse('DUPLICATE_KEY', 'a map key that comes twice');
    if (order > 0) refuse('NOT_DETERMINISTIC', 'map keys out of order');
    previous = key;
    end = scanItem(bytes, keyEnd, depth + 1);
  }
  return end;
}

function skip(bytes: Uint8Array, at: number, length: number): number {
  if (at + length > bytes.length) refuse('TRUNCATED', `ends ${at + length - bytes.length} bytes early`);
  return at + length;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) refuse('TRUNCATED', 'ends within an item');
  return byte;
}
