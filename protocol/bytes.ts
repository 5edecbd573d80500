// Bytes and their spellings: joining, comparing, big-endian integers, hex, base32 and base64url. Nothing here aliases its
// input, and every decoder is total: what is not exactly an encoding is `undefined`.
import { invariant } from './errors.ts';

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** For public bytes: stops at the first difference. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** For MACs, keys and verifiers: the time depends on the lengths alone, not on where the bytes differ. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= byteAt(a, at) ^ byteAt(b, at);
  return difference === 0;
}

/** Negative, zero or positive, as the first differing byte decides; a prefix comes before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const difference = byteAt(a, at) - byteAt(b, at);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const encoder = new TextEncoder();

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

// Big-endian integers. Reading or writing outside the bytes, or a value out of range, is a defect of the caller.

export const readU16 = (bytes: Uint8Array, at: number): number =>
  (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);

export const readU32 = (bytes: Uint8Array, at: number): number =>
  readU16(bytes, at) * 0x1_0000 + readU16(bytes, at + 2);

export const readU64 = (bytes: Uint8Array, at: number): bigint =>
  (BigInt(readU32(bytes, at)) << 32n) | BigInt(readU32(bytes, at + 4));

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  writeNumber(bytes, at, value, 2);
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  writeNumber(bytes, at, value, 4);
}

export function writeU64(bytes: Uint8Array, at: number, value: bigint): void {
  invariant(value >= 0n && value <= 0xffff_ffff_ffff_ffffn, 'a u64 in range');
  invariant(at >= 0 && at + 8 <= bytes.length, 'a write within the bytes');
  writeU32(bytes, at, Number(value >> 32n));
  writeU32(bytes, at + 4, Number(value & 0xffff_ffffn));
}

/** The integer alone, for joining. */
export function u16(value: number): Uint8Array {
  const bytes = new Uint8Array(2);
  writeU16(bytes, 0, value);
  return bytes;
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return bytes;
}

export function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  writeU64(bytes, 0, value);
  return bytes;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** RFC 4648 section 8, in lower case. */
export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] ?? '';
  return text;
}

/** Either case; undefined for an odd length or any other character. */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 section 6, upper case, without padding. */
export const encodeBase32 = (bytes: Uint8Array): string => spell(bytes, BASE32, 5);

const BASE64_URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 section 5, without padding. */
export const encodeBase64Url = (bytes: Uint8Array): string => spell(bytes, BASE64_URL, 6);

function spell(bytes: Uint8Array, alphabet: string, bitsEach: number): string {
  const mask = (1 << bitsEach) - 1;
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= bitsEach) {
      bits -= bitsEach;
      text += alphabet.charAt((held >> bits) & mask);
    }
  }
  return bits === 0 ? text : text + alphabet.charAt((held << (bitsEach - bits)) & mask);
}

/**
 * Either case, without padding. Undefined for another character, for a length no encoding has, and for bits left
 * over that are not zero: each value has one spelling but for its case.
 */
export function decodeBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  if (Math.ceil((bytes.length * 8) / 5) !== text.length) return undefined;
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const character of text) {
    const value = base32Value(character.codePointAt(0) ?? -1);
    if (value < 0) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** By code point, not by changing case: 'ı' and 'ſ' have upper cases within the alphabet. */
function base32Value(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  return code >= 0x32 && code <= 0x37 ? code - 0x32 + 26 : -1;
}

function writeNumber(bytes: Uint8Array, at: number, value: number, width: number): void {
  invariant(
    Number.isInteger(value) && value >= 0 && value < 2 ** (8 * width),
    'an unsigned integer in range',
  );
  invariant(at >= 0 && at + width <= bytes.length, 'a write within the bytes');
  for (let byte = width - 1, rest = value; byte >= 0; byte--, rest = Math.floor(rest / 256)) {
    bytes[at + byte] = rest % 256;
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  invariant(byte, 'a read within the bytes');
  return byte;
}
