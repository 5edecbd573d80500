// What both engines refuse before they look at a curve: RFC 8032 read strictly, by comparing bytes alone, so
// that a signature has one form and a weak key none, and so that both engines accept exactly the same.
import { decodeHex, equalBytes } from '../bytes.ts';
import { invariant } from '../errors.ts';
import { ED25519_PUBLIC_BYTES, ED25519_SIGNATURE_BYTES } from './engine.ts';

/**
 * False for a wrong length, S >= L (RFC 8032 section 5.1.7: S + L would verify too), a public key or R whose y is
 * not below p (section 5.1.3), or one of the 8 points of small order: under such a key one signature fits many
 * messages. Whether the key is on the curve is left to the engine.
 */
export function isStrictEd25519(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== ED25519_PUBLIC_BYTES || signature.length !== ED25519_SIGNATURE_BYTES) return false;
  const r = signature.subarray(0, 32);
  const s = signature.subarray(32);
  return isBelow(s, GROUP_ORDER) && isStrictPoint(publicKey) && isStrictPoint(r);
}

/**
 * The other encodings that are not canonical, x = 0 with the sign bit set, belong to points of small order, and
 * need no rule of their own.
 */
export function isStrictPoint(encoded: Uint8Array): boolean {
  if (encoded.length !== ED25519_PUBLIC_BYTES) return false;
  const y = Uint8Array.from(encoded);
  y[31] = (y[31] ?? 0) & 0x7f;
  return isBelow(y, FIELD_PRIME) && !SMALL_ORDER_Y.some((small) => equalBytes(y, small));
}

/** Both little-endian and of 32 bytes. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 31; at >= 0; at--) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** L = 2^252 + 27742317777372353535851937790883648493. */
const GROUP_ORDER = bytes32('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/** p = 2^255 - 19. */
const FIELD_PRIME = bytes32('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

/** The y of the 8 points: two of order 4, the identity, one of order 2, and twice two of order 8. */
const SMALL_ORDER_Y = [
  bytes32('0000000000000000000000000000000000000000000000000000000000000000'),
  bytes32('0100000000000000000000000000000000000000000000000000000000000000'),
  bytes32('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
  bytes32('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  bytes32('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
];

function bytes32(hex: string): Uint8Array {
  const bytes = decodeHex(hex);
  invariant(bytes?.length === 32, 'a constant of 32 bytes');
  return bytes;
}
