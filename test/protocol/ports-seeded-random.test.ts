// Randomness from a seed: the same seed gives the same draws, and a fork disturbs no other.
import { describe, expect, test } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { uniform, type Random } from '#protocol/ports/random.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';

const draw = (random: Random, length = 32): string => encodeHex(random.bytes(length));

describe('a seeded stream', () => {
  test('stays the same from release to release, so that a printed seed replays', () => {
    expect(draw(seededRandom(7))).toBe('1277381a1dc4b767dfec49ff1cfc5d02283e566cd74b6283fd05600e2f13f079');
    expect(draw(seededRandom(7).fork('flash').fork('tears'))).toBe(
      '9ab348b78a0a6abc79433fc42835e66a3e0b2fd0de6db4e43627a2dcc86b916f',
    );
  });

  test('comes again from its seed, draw after draw', () => {
    const [one, other] = [seededRandom('seed'), seededRandom('seed')];
    for (const length of [1, 2, 3, 4, 5, 64, 1000, 7]) expect(draw(one, length)).toBe(draw(other, length));
  });

  test('takes a number for its decimal text', () => {
    expect(draw(seededRandom(42))).toBe(draw(seededRandom('42')));
  });

  test('differs by seed', () => {
    const seeds = [0, 1, 2, -1, 1.5, 2 ** 40, '', 'a', 'A', 'a '];
    expect(new Set(seeds.map((seed) => draw(seededRandom(seed)))).size).toBe(seeds.length);
  });

  test.each([0, 1, 3, 4, 5, 4096])('gives %i bytes of the caller’s own', (length) => {
    const random = seededRandom(1);
    const bytes = random.bytes(length);
    expect(bytes.constructor).toBe(Uint8Array);
    expect(bytes.buffer.byteLength).toBe(length);
  });

  test('goes on, and does not repeat itself', () => {
    const random = seededRandom(3);
    const drawn = Array.from({ length: 10_000 }, () => draw(random, 8));
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  test('spreads its bits, bytes and small integers evenly', () => {
    const random = seededRandom('spread');
    const bytes = random.bytes(256_000);
    const count = new Array<number>(256).fill(0);
    for (const byte of bytes) count[byte]!++;
    // 1,000 of each are due with a deviation of 32: six of those either way.
    expect(Math.min(...count)).toBeGreaterThan(1000 - 192);
    expect(Math.max(...count)).toBeLessThan(1000 + 192);
    const rolls = new Array<number>(6).fill(0);
    for (let roll = 0; roll < 60_000; roll++) rolls[uniform(random, 6)]!++;
    // 10,000 of each are due with a deviation of 91.
    expect(Math.min(...rolls)).toBeGreaterThan(10_000 - 548);
    expect(Math.max(...rolls)).toBeLessThan(10_000 + 548);
  });
});

describe('a fork', () => {
  test('does not depend on what was drawn before or on other forks', () => {
    const fresh = seededRandom(9);
    const used = seededRandom(9);
    used.bytes(1000);
    used.fork('other').bytes(10);
    expect(draw(used.fork('radio'))).toBe(draw(fresh.fork('radio')));
  });

  test('leaves the stream it came from as it was', () => {
    const [forked, plain] = [seededRandom(9), seededRandom(9)];
    forked.fork('radio').bytes(100);
    expect(draw(forked)).toBe(draw(plain));
  });

  test('starts anew each time it is made', () => {
    const random = seededRandom(9);
    expect(draw(random.fork('radio'))).toBe(draw(random.fork('radio')));
  });

  test('differs by label, by depth and from its parent', () => {
    const random = seededRandom(9);
    const streams = [
      random,
      random.fork(''),
      random.fork('a'),
      random.fork('b'),
      random.fork('ab'),
      random.fork('a').fork('b'),
      random.fork('b').fork('a'),
      random.fork('a/fork/b'),
      random.fork('state'),
      seededRandom(10).fork('a'),
    ];
    expect(new Set(streams.map((stream) => draw(stream))).size).toBe(streams.length);
  });
});
