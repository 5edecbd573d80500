// Every parser is total: whatever bytes come in, noise or a good message with a few bytes changed, cut, doubled or
// put in, it answers its type or throws a WireError, soon.
import { describe, expect, it } from 'vitest';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { parseLabel } from '#protocol/label.ts';
import { uniform, type Random } from '#protocol/ports/random.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { FragmentReader } from '#protocol/sync/fragments.ts';
import { makeAdvert, advertOfManufacturerData, recogniseAdvert } from '#protocol/sync/advert.ts';
import { packTable, TableCheck } from '#protocol/table/chunks.ts';
import { WireError } from '#protocol/wire-error.ts';
import fc from 'fast-check';
import { aLock } from '../builders/lock.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import { SEED } from '../builders/seeded-property.ts';
import { MESSAGES } from './message-cases.ts';

const INPUTS = 10_000;
/** Of the slowest single input. A machine at its limit stretches it, so the second try counts. */
const SLOWEST_MS = 50;
const SAMPLES = 20;

interface Target {
  readonly name: string;
  readonly decode: (input: Uint8Array) => unknown;
  readonly samples: readonly Uint8Array[];
}

const lock = aLock();
const { advertisingKey } = lock.secrets;
const state = { tableVersion: 7, logPending: true, batteryLow: false, notActivated: false };
const advert = makeAdvert(engine, advertisingKey, new Uint8Array(4), state);
const set = aSignedSet({ lock, rows: 3 });

const targets: readonly Target[] = [
  ...MESSAGES.map(({ name, decode, encode, values, runs }) => ({
    name,
    decode,
    samples: fc.sample(values, { seed: SEED, numRuns: Math.min(runs, SAMPLES) }).map(encode),
  })),
  { name: 'advert', decode: (input) => recogniseAdvert(engine, advertisingKey, input), samples: [advert] },
  { name: 'manufacturer data', decode: advertOfManufacturerData, samples: [advert] },
  {
    name: 'fragment',
    decode: (input) => new FragmentReader().read(input),
    samples: [Uint8Array.of(0x81, 0, 1, 2, 3)],
  },
  {
    name: 'label',
    decode: (input) => parseLabel(engine, Buffer.from(input).toString('latin1')),
    samples: [Buffer.from('DL1-AAAAAAA-AAAAAAA-AAAAAAA')],
  },
  {
    name: 'chunk of a table',
    decode: (input) => {
      const check = new TableCheck(engine);
      check.addChunk(input);
      check.addChunk(input);
    },
    samples: packTable(set.headBytes, set.rows),
  },
];

/** One to four edits: a bit, a byte, a cut, a doubled part, bytes put in. */
function mutate(random: Random, sample: Uint8Array): Uint8Array {
  let bytes = Array.from(sample);
  for (let edits = 1 + uniform(random, 4); edits > 0; edits--) {
    const at = uniform(random, bytes.length + 1);
    const length = 1 + uniform(random, 8);
    switch (uniform(random, 6)) {
      case 0:
        if (at < bytes.length) bytes[at]! ^= 1 << uniform(random, 8);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = uniform(random, 256);
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes.splice(at, length);
        break;
      case 4:
        bytes.splice(at, 0, ...bytes.slice(at, at + length));
        break;
      default:
        bytes.splice(at, 0, ...random.bytes(length));
    }
  }
  return Uint8Array.from(bytes);
}

/** Noise, now and then above every limit. */
const noise = (random: Random): Uint8Array =>
  random.bytes(uniform(random, uniform(random, 20) === 0 ? 5_000 : 64));

function timed(decode: Target['decode'], input: Uint8Array): number {
  const startMs = performance.now();
  try {
    decode(input);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return performance.now() - startMs;
}

describe('a parser throws nothing but a WireError, and soon', () => {
  it.each(targets)('$name', ({ name, decode, samples }) => {
    const random = seededRandom(SEED).fork(name);
    for (let i = 0; i < INPUTS; i++) {
      const input = i % 4 === 0 ? noise(random) : mutate(random, samples[i % samples.length]!);
      const where = `seed ${SEED}, input ${i}: ${Buffer.from(input).toString('hex').slice(0, 400)}`;
      try {
        if (timed(decode, input) > SLOWEST_MS) expect(timed(decode, input), where).toBeLessThan(SLOWEST_MS);
      } catch (error) {
        throw new Error(where, { cause: error });
      }
    }
  });
});

describe('the worst that 4 KiB of CBOR can be', () => {
  const hello = MESSAGES.find(({ name }) => name === 'hello')!;
  const nested = new Uint8Array(4_096).fill(0x81);
  const maps = new Uint8Array(4_096).fill(0xa1);
  const empties = Uint8Array.from([0x99, 0x0f, 0xfd, ...new Uint8Array(4_093).fill(0x80)]);
  const keys = Uint8Array.from([0xb9, 0x07, 0xff, ...new Uint8Array(4_093).fill(0x01)]);
  const bignum = Uint8Array.from([0xc2, 0x59, 0x0f, 0xfc, ...new Uint8Array(4_092).fill(0xff)]);
  const texts = Uint8Array.from([0x99, 0x07, 0xfe, ...Array.from({ length: 4_092 }, (_, i) => (i % 2 === 0 ? 0x61 : 0x41))]); // prettier-ignore

  it.each(Object.entries({ nested, maps, empties, keys, bignum, texts }))(
    '%s: refused at once',
    (_, input) => {
      const fastest = Math.min(...Array.from({ length: 5 }, () => timed(hello.decode, input)));
      expect(fastest).toBeLessThan(SLOWEST_MS);
    },
  );
});
