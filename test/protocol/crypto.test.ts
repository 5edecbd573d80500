// The contract of CryptoEngine, run on both engines: the published vectors, and what is refused or thrown.
import { describe, expect, test } from 'vitest';
import { encodeHex, utf8 } from '#protocol/bytes.ts';
import { InvariantError } from '#protocol/errors.ts';
import fips180 from '../vectors/published/fips-180-4.json' with { type: 'json' };
import rfc4231 from '../vectors/published/rfc4231.json' with { type: 'json' };
import rfc5869 from '../vectors/published/rfc5869.json' with { type: 'json' };
import rfc7748 from '../vectors/published/rfc7748.json' with { type: 'json' };
import rfc8032 from '../vectors/published/rfc8032.json' with { type: 'json' };
import rfc8439 from '../vectors/published/rfc8439.json' with { type: 'json' };
import { ENGINES, NOTHING, everyBitFlip, hex } from './crypto-engines.ts';

const KEY = hex('404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f');
const NONCE = hex('000000000000000000000007');
const LENGTHS_BUT_32 = [0, 1, 31, 33, 64].map((length) => new Uint8Array(length).fill(9));

describe.each(ENGINES)('the $name engine', (engine) => {
  describe('SHA-256', () => {
    test.each(fips180.vectors)('gives the published digest of $name', ({ text, repeat, digest }) => {
      expect(encodeHex(engine.sha256(utf8(text.repeat(repeat))))).toBe(digest);
    });

    test.each(fips180.vectors)(
      'streams $name in pieces of any size to the same digest',
      ({ text, repeat, digest }) => {
        const data = utf8(text.repeat(repeat));
        const stream = engine.sha256Stream();
        let size = 0;
        for (let at = 0; at < data.length; at += size++) stream.update(data.subarray(at, at + size));
        expect(encodeHex(stream.digest())).toBe(digest);
      },
    );

    test('lets updates be chained', () => {
      const stream = engine.sha256Stream();
      expect(stream.update(utf8('a'))).toBe(stream);
      expect(stream.update(utf8('b')).update(utf8('c')).digest()).toEqual(engine.sha256(utf8('abc')));
    });

    test('ends a stream with its digest', () => {
      const stream = engine.sha256Stream();
      stream.digest();
      expect(() => stream.update(utf8('more'))).toThrow();
      expect(() => stream.digest()).toThrow();
    });
  });

  describe('HMAC-SHA-256', () => {
    test.each(rfc4231.vectors)('gives the published MAC: $name', ({ key, data, mac }) => {
      expect(encodeHex(engine.hmacSha256(hex(key), hex(data))).slice(0, mac.length)).toBe(mac);
      expect(mac.length).toBeGreaterThanOrEqual(32);
    });

    test('takes an empty key and empty data', () => {
      const mac = 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad';
      expect(encodeHex(engine.hmacSha256(NOTHING, NOTHING))).toBe(mac);
    });
  });

  describe('HKDF-SHA-256', () => {
    test.each(rfc5869.vectors)('gives the published keys: $name', ({ ikm, salt, info, lengthBytes, okm }) => {
      expect(encodeHex(engine.hkdfSha256(hex(ikm), hex(salt), hex(info), lengthBytes))).toBe(okm);
    });

    test.each([1, 8160])('gives %i bytes', (lengthBytes) => {
      expect(engine.hkdfSha256(KEY, NOTHING, NOTHING, lengthBytes)).toHaveLength(lengthBytes);
    });

    test.each([0, -1, 1.5, 8161, Number.NaN])('does not give %d bytes', (lengthBytes) => {
      expect(() => engine.hkdfSha256(KEY, NOTHING, NOTHING, lengthBytes)).toThrow(InvariantError);
    });

    test('takes an info of 1024 bytes and no more', () => {
      expect(engine.hkdfSha256(KEY, KEY, new Uint8Array(1024), 32)).toHaveLength(32);
      expect(() => engine.hkdfSha256(KEY, KEY, new Uint8Array(1025), 32)).toThrow(InvariantError);
    });
  });

  describe('Ed25519', () => {
    test.each(rfc8032.vectors)(
      'derives, signs and verifies $name',
      ({ seed, publicKey, message, signature }) => {
        expect(encodeHex(engine.ed25519PublicKey(hex(seed)))).toBe(publicKey);
        expect(encodeHex(engine.ed25519Sign(hex(seed), hex(message)))).toBe(signature);
        expect(engine.ed25519Verify(hex(publicKey), hex(message), hex(signature))).toBe(true);
      },
    );

    test('refuses every published signature under another vector’s key or message', () => {
      for (const one of rfc8032.vectors) {
        for (const other of rfc8032.vectors) {
          if (one === other) continue;
          const signature = hex(one.signature);
          expect(engine.ed25519Verify(hex(other.publicKey), hex(one.message), signature)).toBe(false);
          expect(engine.ed25519Verify(hex(one.publicKey), hex(other.message), signature)).toBe(false);
        }
      }
    });

    test.each(LENGTHS_BUT_32)('does not take a seed of another length', (...bytes) => {
      const seed = Uint8Array.from(bytes);
      expect(() => engine.ed25519PublicKey(seed)).toThrow(InvariantError);
      expect(() => engine.ed25519Sign(seed, NOTHING)).toThrow(InvariantError);
    });
  });

  describe('X25519', () => {
    test.each(rfc7748.products)('gives the published product: $name', ({ scalar, u, product }) => {
      expect(encodeHex(engine.x25519(hex(scalar), hex(u)) ?? NOTHING)).toBe(product);
    });

    test('gives the published products after 1 and 1000 iterations', () => {
      let k = hex(rfc7748.iterated.start);
      let u = k;
      for (let iteration = 1; iteration <= 1000; iteration++) {
        [k, u] = [engine.x25519(k, u) ?? NOTHING, k];
        if (iteration === 1) expect(encodeHex(k)).toBe(rfc7748.iterated.after1);
      }
      expect(encodeHex(k)).toBe(rfc7748.iterated.after1000);
    });

    test('gives the published public keys and the same secret on both sides', () => {
      const { aliceSecret, alicePublic, bobSecret, bobPublic, shared } = rfc7748.exchange;
      expect(encodeHex(engine.x25519PublicKey(hex(aliceSecret)))).toBe(alicePublic);
      expect(encodeHex(engine.x25519PublicKey(hex(bobSecret)))).toBe(bobPublic);
      expect(encodeHex(engine.x25519(hex(aliceSecret), hex(bobPublic)) ?? NOTHING)).toBe(shared);
      expect(encodeHex(engine.x25519(hex(bobSecret), hex(alicePublic)) ?? NOTHING)).toBe(shared);
    });

    // The u of the points of order 1, 2, 4 and 8 on the curve and its twist, with their forms of p and more.
    test.each([
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ])('has no secret to share with the small-order point %s', (u) => {
      const point = hex(u);
      const withTopBit = Uint8Array.from(point);
      withTopBit[31]! |= 0x80;
      expect(engine.x25519(KEY, point)).toBeUndefined();
      expect(engine.x25519(KEY, withTopBit)).toBeUndefined();
    });

    test.each(LENGTHS_BUT_32)('refuses a key of another length', (...bytes) => {
      const wrong = Uint8Array.from(bytes);
      expect(engine.x25519(KEY, wrong)).toBeUndefined();
      expect(engine.x25519(wrong, engine.x25519PublicKey(KEY))).toBeUndefined();
      expect(() => engine.x25519PublicKey(wrong)).toThrow(InvariantError);
    });
  });

  describe('ChaCha20-Poly1305', () => {
    test.each(rfc8439.vectors)('seals and opens the published text $name', (vector) => {
      const [key, nonce, aad] = [hex(vector.key), hex(vector.nonce), hex(vector.aad)];
      expect(encodeHex(engine.aeadSeal(key, nonce, hex(vector.plaintext), aad))).toBe(vector.sealed);
      expect(encodeHex(engine.aeadOpen(key, nonce, hex(vector.sealed), aad) ?? NOTHING)).toBe(
        vector.plaintext,
      );
    });

    test('seals nothing to a tag alone, and opens it', () => {
      const sealed = engine.aeadSeal(KEY, NONCE, NOTHING, NOTHING);
      expect(sealed).toHaveLength(16);
      expect(engine.aeadOpen(KEY, NONCE, sealed, NOTHING)).toEqual(NOTHING);
      expect(engine.aeadOpen(KEY, NONCE, sealed, utf8('other'))).toBeUndefined();
    });

    test('refuses every single bit flipped in the ciphertext, the tag, the additional data, nonce and key', () => {
      const aad = utf8('the header');
      const sealed = engine.aeadSeal(KEY, NONCE, utf8('the chunk'), aad);
      expect(engine.aeadOpen(KEY, NONCE, sealed, aad)).toEqual(utf8('the chunk'));
      for (const flipped of everyBitFlip(sealed))
        expect(engine.aeadOpen(KEY, NONCE, flipped, aad)).toBeUndefined();
      for (const flipped of everyBitFlip(aad))
        expect(engine.aeadOpen(KEY, NONCE, sealed, flipped)).toBeUndefined();
      for (const flipped of everyBitFlip(NONCE))
        expect(engine.aeadOpen(KEY, flipped, sealed, aad)).toBeUndefined();
      for (const flipped of everyBitFlip(KEY))
        expect(engine.aeadOpen(flipped, NONCE, sealed, aad)).toBeUndefined();
    });

    test('refuses every truncation and a byte more', () => {
      const sealed = engine.aeadSeal(KEY, NONCE, utf8('the chunk'), NOTHING);
      for (let length = 0; length < sealed.length; length++) {
        expect(engine.aeadOpen(KEY, NONCE, sealed.subarray(0, length), NOTHING)).toBeUndefined();
      }
      expect(engine.aeadOpen(KEY, NONCE, Uint8Array.of(...sealed, 0), NOTHING)).toBeUndefined();
    });

    test.each([
      ['a short key', KEY.subarray(1), NONCE],
      ['no key', NOTHING, NONCE],
      ['a long key', Uint8Array.of(...KEY, 0), NONCE],
      ['a short nonce', KEY, NONCE.subarray(1)],
      ['no nonce', KEY, NOTHING],
      ['a nonce of 24 bytes', KEY, new Uint8Array(24)],
    ])('neither seals nor opens with %s', (_what, key, nonce) => {
      expect(() => engine.aeadSeal(key, nonce, utf8('text'), NOTHING)).toThrow(InvariantError);
      expect(engine.aeadOpen(key, nonce, new Uint8Array(32), NOTHING)).toBeUndefined();
    });
  });

  test('gives plain bytes of its own and leaves its inputs as they were', () => {
    const [key, nonce, text, aad] = [Uint8Array.from(KEY), Uint8Array.from(NONCE), utf8('text'), utf8('aad')];
    const publicKey = engine.ed25519PublicKey(key);
    const publicX25519 = engine.x25519PublicKey(key);
    const sealed = engine.aeadSeal(key, nonce, text, aad);
    const given = [
      engine.sha256(text),
      engine.sha256Stream().update(text).digest(),
      engine.hmacSha256(key, text),
      engine.hkdfSha256(key, text, aad, 40),
      publicKey,
      engine.ed25519Sign(key, text),
      publicX25519,
      engine.x25519(key, publicX25519),
      sealed,
      engine.aeadOpen(key, nonce, sealed, aad),
    ];
    for (const bytes of given) {
      expect(bytes?.constructor).toBe(Uint8Array);
      expect(bytes?.buffer.byteLength).toBe(bytes?.length);
    }
    expect([key, nonce, text, aad]).toEqual([KEY, NONCE, utf8('text'), utf8('aad')]);
    for (const bytes of given) bytes?.fill(0);
    expect(engine.ed25519PublicKey(KEY)).not.toEqual(publicKey);
    expect(engine.x25519PublicKey(KEY)).not.toEqual(publicX25519);
  });
});
