// Bytes: joining, comparing, integers, hex, base32 and base64url, each held against what a standard or plain arithmetic says.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareBytes,
  concat,
  decodeBase32,
  decodeHex,
  encodeBase32,
  encodeBase64Url,
  encodeHex,
  equalBytes,
  equalSecret,
  readU16,
  readU32,
  readU64,
  u16,
  u32,
  u64,
  utf8,
  writeU16,
  writeU32,
  writeU64,
} from '#protocol/bytes.ts';
import { InvariantError } from '#protocol/errors.ts';

describe('joining and comparing', () => {
  test('concat copies its parts in order', () => {
    const first = Uint8Array.of(1, 2);
    const joined = concat(first, new Uint8Array(0), Uint8Array.of(3));
    first[0] = 9;
    expect(joined).toEqual(Uint8Array.of(1, 2, 3));
    expect(concat()).toEqual(new Uint8Array(0));
  });

  test('both equals tell every difference', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const same = encodeHex(a) === encodeHex(b);
        expect([equalBytes(a, b), equalSecret(a, b)]).toEqual([same, same]);
        expect([equalBytes(a, Uint8Array.from(a)), equalSecret(a, Uint8Array.from(a))]).toEqual([true, true]);
      }),
    );
    for (let at = 0; at < 32; at++) {
      const changed = new Uint8Array(32);
      changed[at] = 0x80;
      expect(equalBytes(new Uint8Array(32), changed)).toBe(false);
      expect(equalSecret(new Uint8Array(32), changed)).toBe(false);
    }
    expect(equalSecret(new Uint8Array(2), new Uint8Array(3))).toBe(false);
    expect(equalBytes(new Uint8Array(2), new Uint8Array(3))).toBe(false);
  });

  test('compareBytes orders as Buffer.compare does', () => {
    const few = fc.uint8Array({ max: 2, maxLength: 4 });
    fc.assert(
      fc.property(few, few, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      }),
    );
  });
});

describe('big-endian integers', () => {
  test('are written as DataView writes them, and read back', () => {
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.nat(0xffff),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.bigInt(0n, 2n ** 64n - 1n),
        (at, small, middle, large) => {
          const [ours, theirs] = [new Uint8Array(20).fill(0xaa), new Uint8Array(20).fill(0xaa)];
          const view = new DataView(theirs.buffer);
          writeU16(ours, at, small);
          writeU32(ours, at + 2, middle);
          writeU64(ours, at + 6, large);
          view.setUint16(at, small);
          view.setUint32(at + 2, middle);
          view.setBigUint64(at + 6, large);
          expect(ours).toEqual(theirs);
          expect([readU16(ours, at), readU32(ours, at + 2), readU64(ours, at + 6)]).toEqual([
            small,
            middle,
            large,
          ]);
          expect(concat(u16(small), u32(middle), u64(large))).toEqual(ours.slice(at, at + 14));
        },
      ),
    );
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 16])('u16 does not take %d', (value) => {
    expect(() => u16(value)).toThrow(InvariantError);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 32])('u32 does not take %d', (value) => {
    expect(() => u32(value)).toThrow(InvariantError);
  });

  test.each([-1n, 2n ** 64n])('u64 does not take %d', (value) => {
    expect(() => u64(value)).toThrow(InvariantError);
  });

  test('neither read nor write beyond the bytes, and write nothing then', () => {
    for (const at of [-1, 1, 8]) {
      for (const [read, write] of [
        [readU16, (bytes: Uint8Array) => writeU16(bytes, at, 0xffff)],
        [readU32, (bytes: Uint8Array) => writeU32(bytes, at, 0xffff_ffff)],
        [readU64, (bytes: Uint8Array) => writeU64(bytes, at, 2n ** 64n - 1n)],
      ] as const) {
        const width = read === readU16 ? 2 : read === readU32 ? 4 : 8;
        const bytes = new Uint8Array(width);
        expect(() => read(bytes, at)).toThrow(InvariantError);
        expect(() => write(bytes)).toThrow(InvariantError);
        expect(bytes).toEqual(new Uint8Array(width));
      }
    }
  });
});

describe('hex', () => {
  test('is what Buffer makes of any bytes, and decodes back from either case', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = encodeHex(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('hex'));
        expect(decodeHex(text)).toEqual(bytes);
        expect(decodeHex(text.toUpperCase())).toEqual(bytes);
      }),
    );
  });

  test.each(['0', '0g', ' 00', '00\n', '0x00', '+1', '１２', '0-'])('does not take %j', (text) => {
    expect(decodeHex(text)).toBeUndefined();
  });
});

describe('base64url', () => {
  test('is what Node writes, without padding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      }),
    );
  });
});

describe('base32', () => {
  // RFC 4648 section 10, without the padding.
  test.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j is %j', (text, encoded) => {
    expect(encodeBase32(utf8(text))).toBe(encoded);
    expect(decodeBase32(encoded)).toEqual(utf8(text));
    expect(decodeBase32(encoded.toLowerCase())).toEqual(utf8(text));
  });

  test('decodes what it encodes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase32(encodeBase32(bytes))).toEqual(bytes);
      }),
    );
  });

  test('has one spelling for each value, but for the case', () => {
    const letters = fc.constantFrom(...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'));
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 17 }), (text) => {
        const bytes = decodeBase32(text);
        if (bytes !== undefined) expect(encodeBase32(bytes)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    'M',
    'MZX',
    'MZXW6Y',
    'MZ',
    'MZXR',
    'MY======',
    'MY=',
    'M0',
    'M1',
    'M8',
    'M Y',
    'MY\n',
    'ſſ',
    'ıı',
    '😀',
  ])('does not take %j', (text) => {
    expect(decodeBase32(text)).toBeUndefined();
  });
});
