// The two engines are one to whoever calls them: what one makes the other takes, and both refuse the same.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { NOTHING } from './crypto-engines.ts';

const bytes = (minLength: number, maxLength = minLength): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength, size: 'max' });
const KEY = bytes(32);
const DATA = bytes(0, 300);

/** The portable engine takes some 5 ms to verify. */
const SLOW = { numRuns: 40 };
const FAST = { numRuns: 150 };

const PAIRS = [
  { by: portableEngine, to: nodeEngine },
  { by: nodeEngine, to: portableEngine },
];

describe('the engines agree', () => {
  test('on digests, MACs and derived keys', () => {
    fc.assert(
      fc.property(DATA, DATA, DATA, fc.integer({ min: 1, max: 400 }), (a, b, c, lengthBytes) => {
        expect(portableEngine.sha256(a)).toEqual(nodeEngine.sha256(a));
        expect(portableEngine.sha256Stream().update(a).update(b).digest()).toEqual(
          nodeEngine.sha256Stream().update(a).update(b).digest(),
        );
        expect(portableEngine.hmacSha256(a, b)).toEqual(nodeEngine.hmacSha256(a, b));
        expect(portableEngine.hkdfSha256(a, b, c, lengthBytes)).toEqual(
          nodeEngine.hkdfSha256(a, b, c, lengthBytes),
        );
      }),
      FAST,
    );
  });

  test.each(PAIRS)('on what $by.name seals and $to.name opens', ({ by, to }) => {
    fc.assert(
      fc.property(KEY, bytes(12), DATA, DATA, (key, nonce, plaintext, aad) => {
        const sealed = by.aeadSeal(key, nonce, plaintext, aad);
        expect(sealed).toEqual(to.aeadSeal(key, nonce, plaintext, aad));
        expect(to.aeadOpen(key, nonce, sealed, aad)).toEqual(plaintext);
      }),
      FAST,
    );
  });

  test.each(PAIRS)('on a whole chunk, sealed by $by.name and opened by $to.name', ({ by, to }) => {
    const [key, nonce] = [new Uint8Array(32).fill(7), new Uint8Array(12).fill(9)];
    const chunk = Uint8Array.from({ length: 4080 }, (_, at) => at % 251);
    const sealed = by.aeadSeal(key, nonce, chunk, NOTHING);
    expect(sealed).toHaveLength(4096);
    expect(sealed).toEqual(to.aeadSeal(key, nonce, chunk, NOTHING));
    expect(to.aeadOpen(key, nonce, sealed, NOTHING)).toEqual(chunk);
  });

  test('on a sealed text of any bytes', () => {
    fc.assert(
      fc.property(bytes(0, 40), bytes(0, 16), DATA, DATA, (key, nonce, sealed, aad) => {
        expect(portableEngine.aeadOpen(key, nonce, sealed, aad)).toBeUndefined();
        expect(nodeEngine.aeadOpen(key, nonce, sealed, aad)).toBeUndefined();
      }),
      FAST,
    );
  });

  test.each(PAIRS)('on what $by.name signs and $to.name verifies', ({ by, to }) => {
    fc.assert(
      fc.property(KEY, DATA, (seed, message) => {
        const publicKey = by.ed25519PublicKey(seed);
        const signature = by.ed25519Sign(seed, message);
        expect(publicKey).toEqual(to.ed25519PublicKey(seed));
        expect(signature).toEqual(to.ed25519Sign(seed, message));
        expect(to.ed25519Verify(publicKey, message, signature)).toBe(true);
      }),
      SLOW,
    );
  });

  test('on a signature, key or message of which any bytes were changed: refused', () => {
    const where = fc.nat({ max: 32 + 64 + 20 - 1 });
    fc.assert(
      fc.property(
        KEY,
        bytes(20),
        fc.array(fc.tuple(where, fc.nat(255)), { minLength: 1 }),
        (seed, message, changes) => {
          const publicKey = nodeEngine.ed25519PublicKey(seed);
          const signature = nodeEngine.ed25519Sign(seed, message);
          const sent = Uint8Array.of(...publicKey, ...signature, ...message);
          const came = Uint8Array.from(sent);
          for (const [at, byte] of changes) came[at] = byte;
          const parts = [came.subarray(0, 32), came.subarray(96), came.subarray(32, 96)] as const;
          const unchanged = sent.every((byte, at) => byte === came[at]);
          expect(portableEngine.ed25519Verify(...parts)).toBe(unchanged);
          expect(nodeEngine.ed25519Verify(...parts)).toBe(unchanged);
        },
      ),
      SLOW,
    );
  });

  test('on any bytes for a key and a signature: no throw, the same answer', () => {
    // Weighted to the edges: near p and L, small numbers, both signs.
    const edge = fc
      .tuple(
        fc.constantFrom(0, 1, 0xec, 0xed, 0xee, 0xff),
        fc.constantFrom(0, 0xff),
        fc.constantFrom(0, 0x10, 0x7f, 0x80, 0xff),
      )
      .map(([low, middle, high]) => Uint8Array.of(low, ...new Uint8Array(30).fill(middle), high));
    const point = fc.oneof(edge, KEY);
    const lengths = fc.oneof(
      bytes(0, 70),
      fc.tuple(point, point).map(([r, s]) => Uint8Array.of(...r, ...s)),
    );
    fc.assert(
      fc.property(fc.oneof(point, bytes(0, 40)), DATA, lengths, (publicKey, message, signature) => {
        const portable = portableEngine.ed25519Verify(publicKey, message, signature);
        expect(nodeEngine.ed25519Verify(publicKey, message, signature)).toBe(portable);
      }),
      FAST,
    );
  });

  test('on shared secrets, with any bytes for a public key', () => {
    fc.assert(
      fc.property(KEY, KEY, bytes(0, 40), (secret, other, any) => {
        const publicKey = portableEngine.x25519PublicKey(other);
        expect(publicKey).toEqual(nodeEngine.x25519PublicKey(other));
        const shared = portableEngine.x25519(secret, publicKey);
        expect(shared).toHaveLength(32);
        expect(shared).toEqual(nodeEngine.x25519(secret, publicKey));
        expect(shared).toEqual(nodeEngine.x25519(other, nodeEngine.x25519PublicKey(secret)));
        expect(portableEngine.x25519(secret, other)).toEqual(nodeEngine.x25519(secret, other));
        expect(portableEngine.x25519(secret, any)).toEqual(nodeEngine.x25519(secret, any));
      }),
      SLOW,
    );
  });

  test('when a key changes in place after use', () => {
    const seed = new Uint8Array(32).fill(5);
    for (const engine of [portableEngine, nodeEngine]) {
      const before = engine.ed25519Sign(seed, NOTHING);
      const publicBefore = engine.ed25519PublicKey(seed);
      const changed = Uint8Array.from(seed);
      engine.ed25519Sign(changed, NOTHING);
      changed[0] = 6;
      expect(engine.ed25519Sign(changed, NOTHING)).not.toEqual(before);
      expect(engine.ed25519Sign(seed, NOTHING)).toEqual(before);
      expect(engine.ed25519PublicKey(seed)).toEqual(publicBefore);
    }
  });
});
