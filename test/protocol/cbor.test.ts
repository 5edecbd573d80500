// Strict CBOR: what RFC 8949 Appendix A holds of the subset decodes and encodes, everything else is refused with
// its own code, whatever the decoder underneath would make of it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { array, bytes, encodeWith, enumeration, field, struct, text, u32, u8 } from '#protocol/cbor/codec.ts';
import { decodeCbor, decodeTagged, encodeCbor, encodeTagged, type CborValue } from '#protocol/cbor/strict.ts';
import { CBOR_MAX_DEPTH } from '#protocol/limits.ts';
import type { WireErrorCode } from '#protocol/wire-error.ts';
import published from '../vectors/published/rfc8949.json' with { type: 'json' };
import { anInt, someBytes } from '../builders/arbitraries.ts';
import { holds } from '../builders/seeded-property.ts';
import { hex } from './crypto-engines.ts';
import { codeOf } from './refusal.ts';

const MAX_BYTES = 4_096;

interface PublishedCase {
  readonly hex: string;
  readonly value?: CborValue;
  readonly bytes?: string;
  readonly map?: [number, number][];
  readonly refused?: string;
}

const valueOf = (given: PublishedCase): CborValue => {
  if (given.bytes !== undefined) return hex(given.bytes);
  return given.map === undefined ? (given.value ?? null) : new Map(given.map);
};

const cases = published.cases as PublishedCase[];

describe('RFC 8949, Appendix A', () => {
  it.each(cases.filter(({ refused }) => refused === undefined))('$hex decodes and encodes', (given) => {
    const value = valueOf(given);
    expect(decodeCbor(hex(given.hex), MAX_BYTES)).toEqual(value);
    expect(encodeHex(encodeCbor(value))).toBe(given.hex);
  });

  it.each(cases.filter(({ refused }) => refused !== undefined))('$hex is refused: $refused', (given) => {
    expect(codeOf(() => decodeCbor(hex(given.hex), MAX_BYTES))).toBe(given.refused);
  });
});

const REFUSED: readonly (readonly [string, string, WireErrorCode])[] = [
  ['nothing at all', '', 'TRUNCATED'],
  ['an integer without its bytes', '19 03', 'TRUNCATED'],
  ['a byte string that ends early', '44 010203', 'TRUNCATED'],
  ['an array that ends early', '82 01', 'TRUNCATED'],
  ['an array of 2^32-1 members', '9a ffffffff', 'TRUNCATED'],
  ['a byte string of 2^32-1 bytes', '5a ffffffff 00', 'TRUNCATED'],
  ['a map of 2^32-1 entries', 'ba ffffffff', 'TRUNCATED'],
  ['a second item', '01 02', 'TRAILING_BYTES'],
  ['23 in two bytes', '18 17', 'NOT_DETERMINISTIC'],
  ['255 in three bytes', '19 00ff', 'NOT_DETERMINISTIC'],
  ['65535 in five bytes', '1a 0000ffff', 'NOT_DETERMINISTIC'],
  ['0 in nine bytes', '1b 0000000000000000', 'OUT_OF_RANGE'],
  ['a length in two bytes that fits one', '58 01 00', 'NOT_DETERMINISTIC'],
  ['a reserved length', '1c', 'NOT_DETERMINISTIC'],
  ['a break without a beginning', 'ff', 'UNSUPPORTED_VALUE'],
  ['a key that comes twice', 'a2 01 00 01 00', 'DUPLICATE_KEY'],
  ['keys out of order', 'a2 02 00 01 00', 'NOT_DETERMINISTIC'],
  ['a negative key before a positive one', 'a2 20 00 01 00', 'NOT_DETERMINISTIC'],
  ['a text key', 'a1 61 61 00', 'WRONG_TYPE'],
  ['a byte string as key', 'a1 41 61 00', 'WRONG_TYPE'],
  ['text with a byte that is none', '61 ff', 'WRONG_TYPE'],
  ['text with half a surrogate pair', '63 eda080', 'WRONG_TYPE'],
  ['text with an overlong slash', '62 c0af', 'WRONG_TYPE'],
  ['a bignum', 'c2 41 01', 'UNEXPECTED_TAG'],
  ['tag 18 where none is expected', 'd2 80', 'UNEXPECTED_TAG'],
  ['undefined', 'f7', 'UNSUPPORTED_VALUE'],
];

describe('bytes that are not strict CBOR', () => {
  it.each(REFUSED)('%s: %s is refused', (_, input, code) => {
    expect(codeOf(() => decodeCbor(hex(input.replaceAll(' ', '')), MAX_BYTES))).toBe(code);
  });

  it('an input above the limit is refused before a byte of it is read', () => {
    expect(codeOf(() => decodeCbor(new Uint8Array(5).fill(0xff), 4))).toBe('TOO_LARGE');
  });

  it('nesting at the limit is taken, one deeper is refused', () => {
    const nested = (depth: number): Uint8Array => Uint8Array.from([...Array<number>(depth).fill(0x81), 0]);
    expect(codeOf(() => decodeCbor(nested(CBOR_MAX_DEPTH), MAX_BYTES))).toBeUndefined();
    expect(codeOf(() => decodeCbor(nested(CBOR_MAX_DEPTH + 1), MAX_BYTES))).toBe('OUT_OF_RANGE');
    expect(codeOf(() => decodeCbor(nested(4_095), MAX_BYTES))).toBe('OUT_OF_RANGE');
  });

  it('a tag is taken only outermost, only the expected one, and only where one is expected', () => {
    expect(decodeTagged(hex('d280'), MAX_BYTES, 18)).toEqual([]);
    expect(codeOf(() => decodeTagged(hex('80'), MAX_BYTES, 18))).toBe('UNEXPECTED_TAG');
    expect(codeOf(() => decodeTagged(hex('d180'), MAX_BYTES, 18))).toBe('UNEXPECTED_TAG');
    expect(codeOf(() => decodeTagged(hex('81d280'), MAX_BYTES, 18))).toBe('UNEXPECTED_TAG');
    expect(codeOf(() => decodeTagged(hex('d2d280'), MAX_BYTES, 18))).toBe('UNEXPECTED_TAG');
    expect(codeOf(() => decodeTagged(hex('d81280'), MAX_BYTES, 18))).toBe('NOT_DETERMINISTIC');
  });
});

const aValue = fc.letrec<{ value: CborValue; leaf: CborValue }>((tie) => ({
  leaf: fc.oneof(
    anInt(-0x1_0000_0000, 0xffff_ffff),
    fc.boolean(),
    fc.constant(null),
    someBytes(0, 70),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('\ufeff', 'a', '\u0000', '水', '𐅑'), maxLength: 60 }),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(anInt(-0x1_0000_0000, 0xffff_ffff), tie('value')), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  ),
})).value;

const depthOf = (value: CborValue): number => {
  if (!Array.isArray(value) && !(value instanceof Map)) return 0;
  const inner = Array.isArray(value) ? value : [...value.values()];
  return 1 + Math.max(0, ...inner.map(depthOf));
};

describe('any value of the subset', () => {
  it('comes back as it went in, under a tag too', () => {
    const shallow = aValue.filter((value) => depthOf(value) < CBOR_MAX_DEPTH);
    holds(
      fc.property(shallow, (value) => {
        expect(decodeCbor(encodeCbor(value), 0x1_0000)).toEqual(value);
        expect(decodeTagged(encodeTagged(18, value), 0x1_0000, 18)).toEqual(value);
      }),
      1_000,
    );
  });

  it('has one encoding, however its maps were filled', () => {
    holds(
      fc.property(fc.uniqueArray(anInt(-0x1_0000_0000, 0xffff_ffff), { maxLength: 9 }), (keys) => {
        const forwards = new Map(keys.map((key) => [key, 0]));
        const backwards = new Map([...keys].reverse().map((key) => [key, 0]));
        expect(encodeCbor(forwards)).toEqual(encodeCbor(backwards));
        expect([...(decodeCbor(encodeCbor(forwards), MAX_BYTES) as Map<number, number>).keys()]).toHaveLength(
          keys.length,
        );
      }),
      200,
    );
  });

  it('leaves no trace on the bytes it was read from', () => {
    const input = hex('a1014161');
    decodeCbor(input, MAX_BYTES);
    expect(Object.keys(input)).toEqual(Object.keys(hex('a1014161')));
  });
});

describe('an encoder refuses what its decoder would', () => {
  const codec = struct<{ number: number; name: string; key: Uint8Array; list: readonly number[]; kind: 'a' }>(
    {
      number: field(1, u32),
      name: field(2, text(3)),
      key: field(3, bytes(2)),
      list: field(4, array(u8, 2)),
      kind: field(5, enumeration({ a: 1 })),
    },
  );
  const good = { number: 1, name: 'abc', key: new Uint8Array(2), list: [1, 2], kind: 'a' } as const;

  it.each([
    ['a fraction', { number: 1.5 }, 'WRONG_TYPE'],
    ['a number that is none', { number: Number.NaN }, 'WRONG_TYPE'],
    ['a number below its range', { number: -1 }, 'OUT_OF_RANGE'],
    ['a number above its range', { number: 0x1_0000_0000 }, 'OUT_OF_RANGE'],
    ['text too long', { name: 'abcd' }, 'WRONG_LENGTH'],
    ['text with a control character', { name: '\u001b[2' }, 'OUT_OF_RANGE'],
    ['bytes too short', { key: new Uint8Array(1) }, 'WRONG_LENGTH'],
    ['a list too long', { list: [1, 2, 3] }, 'LIMIT_EXCEEDED'],
    ['a member out of range', { list: [256] }, 'OUT_OF_RANGE'],
    ['a name of no number', { kind: 'b' as 'a' }, 'MISSING_FIELD'],
  ] as const)('%s', (_, over, code) => {
    expect(codeOf(() => encodeWith(codec, good))).toBeUndefined();
    expect(codeOf(() => encodeWith(codec, { ...good, ...over }))).toBe(code);
  });

  it('and names the place', () => {
    expect(() => encodeWith(codec, { ...good, list: [1, 2, 3] }, 'head')).toThrow(
      'head.list has more than 2 members',
    );
  });
});
