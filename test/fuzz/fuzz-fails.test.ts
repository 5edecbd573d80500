// The fuzz can fail: a parser with each kind of defect is found out, and the one input that showed it comes again by its
// number. And the worst that 4 KiB of CBOR can be.
import { describe, expect, it } from 'vitest';
import { invariant } from '#protocol/errors.ts';
import { decodeHello } from '#protocol/sync/messages.ts';
import { decodeProgress } from '#protocol/sync/progress.ts';
import { scanStrict } from '#protocol/cbor/scan.ts';
import { fuzz, INPUT_LIMIT_MS, InputMaker, tried, type Target } from './fuzzing.ts';
import { cborSample } from './cbor-tree.ts';
import { samplesOf } from './message-samples.ts';

const INPUTS = 20_000;
const SEED = 3;
const hello = (parse: Target['parse']): Target => ({ name: 'hello', parse, samples: samplesOf('hello') });

/** As a parser that looks at each byte once for each byte before it. */
function slow(input: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < input.length; at++) {
    for (let times = 0; times < 40_000; times++) sum += (input[at] ?? 0) ^ times;
  }
  return sum;
}

const kept: unknown[] = [];

describe('a parser is found out', () => {
  it.each<[string, string, Target['parse']]>([
    ['that reads past the end', 'threw', (input) => new DataView(input.buffer).getUint32(input.length)],
    ['that trusts a length', 'threw', (input) => new Uint8Array(-(input[1] ?? 0) - 1)],
    [
      'that throws what is not typed',
      'threw',
      (input): unknown => JSON.parse(Buffer.from(input).toString('latin1')),
    ],
    ['whose invariant is broken by input', 'threw', (input) => invariant(input[0] !== 0x18, 'never')],
    ['that takes long for a long input', 'slow', slow],
    ['that keeps what it was given', 'heap', (input) => kept.push(Array.from(input))],
  ])('%s', (_, kind, parse) => {
    const { failure } = fuzz(hello(parse), SEED, INPUTS);
    kept.length = 0;
    expect(failure).toMatchObject({ kind });
  });

  it('and its input comes again by its number', () => {
    const target = hello((input) => new Uint8Array(Number(decodeHello(input).boundTo === 'connection') - 1));
    const { failure } = fuzz(target, SEED, INPUTS);
    if (failure?.kind !== 'threw') throw new Error('a defect that is found');
    const input = new InputMaker(target, SEED).input(failure.input);
    expect(Buffer.from(input).toString('hex')).toBe(failure.hex);
    expect(tried(target, input).error).toBe(failure.error);
  });

  it('and a good one is not', () => {
    expect(fuzz(hello(decodeHello), SEED, INPUTS).failure).toBeUndefined();
  });
});

describe('inputs are worth their while', () => {
  it('some of every kind are taken to the end, and most of them are refused', () => {
    const { taken, inputs } = fuzz(hello(decodeHello), SEED, INPUTS);
    expect(taken).toBeGreaterThan(inputs / 100);
    expect(taken).toBeLessThan(inputs / 2);
  });

  it('an item is spoilt deep inside a signed object, with every length around it right', () => {
    const maker = new InputMaker({ name: 'manifest', parse: () => 0, samples: samplesOf('manifest') }, SEED);
    let wellFormed = 0;
    for (let index = 0; index < 2_000; index++) {
      const input = maker.input(index);
      const { error, isTaken } = tried(
        { name: '', parse: () => scanStrict(input, 5_000, 18), samples: [] },
        input,
      );
      expect(error).toBeUndefined();
      if (isTaken) wellFormed++;
    }
    expect(wellFormed).toBeGreaterThan(400);
  });

  it('a message that is no CBOR has no tree', () => {
    expect(cborSample(samplesOf('progress')[0]!)).toBeUndefined();
    expect(decodeProgress(samplesOf('progress')[0]!).chunkCount).toBeGreaterThan(0);
  });
});

describe('the worst that 4 KiB of CBOR can be', () => {
  const nestedArrays = new Uint8Array(4_096).fill(0x81);
  const maps = new Uint8Array(4_096).fill(0xa1);
  const empties = Uint8Array.from([0x99, 0x0f, 0xfd, ...new Uint8Array(4_093).fill(0x80)]);
  const keys = Uint8Array.from([0xb9, 0x07, 0xff, ...new Uint8Array(4_093).fill(0x01)]);
  const bignum = Uint8Array.from([0xc2, 0x59, 0x0f, 0xfc, ...new Uint8Array(4_092).fill(0xff)]);
  const texts = Uint8Array.from([0x99, 0x07, 0xfe, ...Array.from({ length: 4_092 }, (_, i) => (i % 2 === 0 ? 0x61 : 0x41))]); // prettier-ignore

  it.each(Object.entries({ nestedArrays, maps, empties, keys, bignum, texts }))(
    '%s: refused at once',
    (_, input) => {
      const tries = Array.from({ length: 5 }, () => tried(hello(decodeHello), input));
      expect(Math.min(...tries.map(({ tookMs }) => tookMs))).toBeLessThan(INPUT_LIMIT_MS);
      expect(tries.map(({ isTaken, error }) => isTaken || error !== undefined)).not.toContain(true);
    },
  );
});
