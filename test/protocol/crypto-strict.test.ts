// Ed25519 read strictly, on both engines. Each forgery here is one that a bare library takes, where any does: the
// refusal is shown to be ours.
import { createHash, createPublicKey, verify } from 'node:crypto';
import nacl from 'tweetnacl';
import { describe, expect, test } from 'vitest';
import { concat, utf8 } from '#protocol/bytes.ts';
import { isStrictEd25519 } from '#protocol/crypto/strict-ed25519.ts';
import { ENGINES, NOTHING, everyBitFlip, hex } from './crypto-engines.ts';

const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const SEED = new Uint8Array(32).fill(1);
const MESSAGE = utf8('open');

/** The portable engine takes 2 to 5 ms a flip, and several times that beside other suites. */
const FLIPS_TIMEOUT_MS = 60_000;

/** The base point, as R, goes with S = 1: R = S B. */
const BASE_POINT = hex('5866666666666666666666666666666666666666666666666666666666666666');
const IDENTITY = hex('0100000000000000000000000000000000000000000000000000000000000000');

const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];
/** The same points by y + p, and by the sign of an x that is zero. */
const SMALL_ORDER_NOT_CANONICAL = [
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];
/** y = p + 2 to p + 18: forms of y = 2 to 18, of points of any order. */
const NOT_CANONICAL = Array.from({ length: 17 }, (_, above) => {
  const encoded = new Uint8Array(32).fill(0xff);
  encoded[0] = 0xef + above;
  encoded[31] = 0x7f;
  return encoded;
});

describe.each(ENGINES)('the $name engine', (engine) => {
  const publicKey = engine.ed25519PublicKey(SEED);
  const signature = engine.ed25519Sign(SEED, MESSAGE);
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];

  test('verifies a signature, of an empty message too', () => {
    expect(engine.ed25519Verify(publicKey, MESSAGE, signature)).toBe(true);
    expect(engine.ed25519Verify(publicKey, NOTHING, engine.ed25519Sign(SEED, NOTHING))).toBe(true);
    expect(engine.ed25519Verify(publicKey, NOTHING, signature)).toBe(false);
  });

  test('refuses the malleable twin S + L, which tweetnacl takes', () => {
    const twin = concat(r, scalar(integer(s) + L));
    expect(nacl.sign.detached.verify(MESSAGE, twin, publicKey)).toBe(true);
    expect(engine.ed25519Verify(publicKey, MESSAGE, twin)).toBe(false);
  });

  test('refuses S + kL for every k that fits', () => {
    for (let value = integer(s) + L; value < 2n ** 256n; value += L) {
      expect(engine.ed25519Verify(publicKey, MESSAGE, concat(r, scalar(value)))).toBe(false);
    }
  });

  test('draws the line between S = L - 1 and S = L', () => {
    expect(isStrictEd25519(publicKey, concat(r, scalar(0n)))).toBe(true);
    expect(isStrictEd25519(publicKey, concat(r, scalar(L - 1n)))).toBe(true);
    for (const value of [L, L + 1n, 2n ** 253n, 2n ** 255n, 2n ** 256n - 1n]) {
      expect(isStrictEd25519(publicKey, concat(r, scalar(value)))).toBe(false);
      expect(engine.ed25519Verify(publicKey, MESSAGE, concat(r, scalar(value)))).toBe(false);
    }
  });

  test.each(SMALL_ORDER)('refuses the small-order key %s, under which OpenSSL takes a forgery', (encoded) => {
    const key = hex(encoded);
    const forgery = concat(BASE_POINT, scalar(1n));
    const messages = Array.from({ length: 64 }, (_, index) => Uint8Array.of(index));
    expect(messages.some((message) => bareVerify(key, message, forgery))).toBe(true);
    for (const message of messages) expect(engine.ed25519Verify(key, message, forgery)).toBe(false);
  });

  test.each(SMALL_ORDER_NOT_CANONICAL)('refuses the small-order key in the other form %s', (encoded) => {
    const forgery = concat(BASE_POINT, scalar(1n));
    for (let index = 0; index < 64; index++) {
      expect(engine.ed25519Verify(hex(encoded), Uint8Array.of(index), forgery)).toBe(false);
    }
  });

  test('refuses the identity as R, which OpenSSL and tweetnacl take', () => {
    const forgery = concat(IDENTITY, bestScalar(IDENTITY, publicKey));
    expect(bareVerify(publicKey, MESSAGE, forgery)).toBe(true);
    expect(nacl.sign.detached.verify(MESSAGE, forgery, publicKey)).toBe(true);
    expect(engine.ed25519Verify(publicKey, MESSAGE, forgery)).toBe(false);
  });

  test.each([...SMALL_ORDER, ...SMALL_ORDER_NOT_CANONICAL])('refuses the small-order R %s', (encoded) => {
    const small = hex(encoded);
    expect(engine.ed25519Verify(publicKey, MESSAGE, concat(small, bestScalar(small, publicKey)))).toBe(false);
    expect(engine.ed25519Verify(publicKey, MESSAGE, concat(small, s))).toBe(false);
    expect(engine.ed25519Verify(publicKey, MESSAGE, concat(small, scalar(0n)))).toBe(false);
  });

  test('refuses a key and an R whose y is not below p', () => {
    for (const encoded of NOT_CANONICAL) {
      for (const sign of [0, 0x80]) {
        encoded[31] = 0x7f | sign;
        expect(engine.ed25519Verify(encoded, MESSAGE, signature)).toBe(false);
        expect(engine.ed25519Verify(publicKey, MESSAGE, concat(encoded, s))).toBe(false);
      }
    }
  });

  test('refuses a key that is not on the curve', () => {
    const offCurve = hex('0200000000000000000000000000000000000000000000000000000000000000');
    expect(engine.ed25519Verify(offCurve, MESSAGE, signature)).toBe(false);
  });

  test('refuses a key and a signature of any other length', () => {
    for (let length = 0; length <= 130; length++) {
      const zeros = new Uint8Array(length);
      const key = concat(publicKey, zeros).subarray(0, length);
      const cut = concat(signature, zeros).subarray(0, length);
      expect(engine.ed25519Verify(key, MESSAGE, signature)).toBe(length === 32);
      expect(engine.ed25519Verify(publicKey, MESSAGE, cut)).toBe(length === 64);
    }
  });

  test('refuses every single bit flipped in a signature', { timeout: FLIPS_TIMEOUT_MS }, () => {
    for (const flip of everyBitFlip(signature))
      expect(engine.ed25519Verify(publicKey, MESSAGE, flip)).toBe(false);
  });

  test('refuses every single bit flipped in a key or a message', { timeout: FLIPS_TIMEOUT_MS }, () => {
    for (const flip of everyBitFlip(publicKey))
      expect(engine.ed25519Verify(flip, MESSAGE, signature)).toBe(false);
    for (const flip of everyBitFlip(MESSAGE))
      expect(engine.ed25519Verify(publicKey, flip, signature)).toBe(false);
  });

  // The key of SEED plus a point of order 8. A firmware that multiplies by the cofactor takes both of these
  // signatures; both engines check without it, take the one whose hash is divisible by 8, and so agree.
  test('checks a key of mixed order without the cofactor', () => {
    const mixed = hex('9ea3f11f5bd34f0cd7147fd0a436c088f624c6100c1df6a53c0a29e05d60cea0');
    const nonce = '778cda0634c021fae8b1a9fa655ba13230f6fcfc5c5d519afb0872ec9bf1d642';
    const divisible = hex(`${nonce}de8268f8b1cf4d60e5c531388472ebe45451e7ddc96ff2b43f9a2790af355f02`);
    const other = hex(`${nonce}b5b30fb28985e0dd6614d8685f00cc2ef462978666aeb4802ec2839c0bfe4309`);
    expect(engine.ed25519Verify(mixed, hex('05'), divisible)).toBe(true);
    expect(engine.ed25519Verify(mixed, hex('00'), other)).toBe(false);
  });
});

/** OpenSSL without our rules. */
function bareVerify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const spki = Buffer.concat([hex('302a300506032b6570032100'), key]);
  return verify(null, message, createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature);
}

// Scalars of RFC 8032 section 5.1.5 to 5.1.7, to forge with: no curve is needed for that.

const sha512 = (...parts: Uint8Array[]): Uint8Array =>
  createHash('sha512')
    .update(concat(...parts))
    .digest();

/** The S that fits MESSAGE under SEED's key, were R the identity. */
function bestScalar(r: Uint8Array, key: Uint8Array): Uint8Array {
  return scalar((integer(sha512(r, key, MESSAGE)) * secretScalar(SEED)) % L);
}

function secretScalar(seed: Uint8Array): bigint {
  const half = sha512(seed).slice(0, 32);
  half[0]! &= 248;
  half[31] = (half[31]! & 127) | 64;
  return integer(half);
}

function integer(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** 32 bytes, little-endian, not reduced. */
function scalar(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}
