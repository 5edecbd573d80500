// Feeds one parser: noise, good messages with bytes edited, good messages with one item spoilt. Nothing but typed errors
// may come of it, each input must be done soon, and nothing may be kept.
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { DoorlabError, InvariantError } from '#protocol/errors.ts';
import { editBytes, noise } from './byte-edits.ts';
import { CborSpoiler } from './cbor-spoiler.ts';
import { cborSample } from './cbor-tree.ts';
import { FuzzRandom, streamOf } from './fuzz-random.ts';

export const INPUT_LIMIT_MS = 50;
export const HEAP_GROWTH_LIMIT_BYTES = 1024 * 1024;
/** A machine at its limit stretches an input: what took longer than this is tried again, and the fastest try counts. */
const SUSPECT_MS = 5;
const TRIES = 3;
/** Code is compiled and caches are filled before the heap is measured. */
const WARM_UP_INPUTS = 20_000;

export interface Target {
  readonly name: string;
  /** Throws DoorlabError, InvariantError excepted. What it gives is of no interest. */
  readonly parse: (input: Uint8Array) => unknown;
  /** Good messages; at least one. */
  readonly samples: readonly Uint8Array[];
  /** One in so many inputs of the others is worth its time: the parser hashes kilobytes. */
  readonly every?: number;
  /** Its heap is not ours to judge: what the parser stands on keeps something of each input. */
  readonly keepsByItself?: boolean;
}

export type FuzzFailure =
  | { readonly kind: 'threw'; readonly input: number; readonly error: string; readonly hex: string }
  | { readonly kind: 'slow'; readonly input: number; readonly tookMs: number; readonly hex: string }
  | { readonly kind: 'heap'; readonly grownBytes: number };

export interface FuzzReport {
  readonly name: string;
  readonly seed: number;
  readonly inputs: number;
  /** Parsed to the end; the others were refused. */
  readonly taken: number;
  readonly slowestMs: number;
  readonly grownBytes: number;
  readonly failure: FuzzFailure | undefined;
}

export class InputMaker {
  readonly #samples: readonly Uint8Array[];
  readonly #trees;
  readonly #donors;
  readonly #seed: number;
  readonly #stream: number;
  readonly #spoiler = new CborSpoiler();

  constructor({ name, samples }: Target, seed: number) {
    this.#samples = samples;
    this.#seed = seed;
    this.#stream = streamOf(name);
    this.#trees = samples.map(cborSample).filter((tree) => tree !== undefined);
    this.#donors = this.#trees.flatMap(({ root }) => [root, ...root.children]);
  }

  input(index: number): Uint8Array {
    const random = new FuzzRandom(this.#seed, this.#stream, index);
    const choice = random.below(10);
    if (choice === 0) return noise(random);
    if (choice < 6 && this.#trees.length > 0) {
      return this.#spoiler.spoil(random, random.one(this.#trees), this.#donors);
    }
    return editBytes(random, random.one(this.#samples), this.#samples);
  }
}

export function fuzz(target: Target, seed: number, inputs: number): FuzzReport {
  const maker = new InputMaker(target, seed);
  const before = Error.stackTraceLimit;
  // Each refusal would pay for a trace that nobody reads.
  Error.stackTraceLimit = 0;
  let [taken, slowestMs, heapBytes, grownBytes] = [0, 0, 0, 0];
  const warmUp = Math.min(WARM_UP_INPUTS, Math.floor(inputs / 2));
  const report = (failure: FuzzFailure | undefined, done: number): FuzzReport => ({
    ...{ name: target.name, seed, inputs: done, taken, slowestMs, grownBytes, failure },
  });
  try {
    for (let index = 0; index < inputs; index++) {
      if (index === warmUp) heapBytes = usedBytes();
      const input = maker.input(index);
      const outcome = tried(target, input);
      const hex = (): string => Buffer.from(input).toString('hex');
      if (outcome.error !== undefined) {
        return report({ kind: 'threw', input: index, error: outcome.error, hex: hex() }, index + 1);
      }
      let { tookMs } = outcome;
      for (let again = 0; again < TRIES && tookMs > SUSPECT_MS; again++) {
        tookMs = Math.min(tookMs, tried(target, input).tookMs);
      }
      if (tookMs > INPUT_LIMIT_MS)
        return report({ kind: 'slow', input: index, tookMs, hex: hex() }, index + 1);
      if (tookMs > slowestMs) slowestMs = tookMs;
      if (outcome.isTaken) taken++;
    }
    grownBytes = usedBytes() - heapBytes;
    const grew = grownBytes > HEAP_GROWTH_LIMIT_BYTES && target.keepsByItself !== true;
    return report(grew ? { kind: 'heap', grownBytes } : undefined, inputs);
  } finally {
    Error.stackTraceLimit = before;
  }
}

interface Tried {
  readonly tookMs: number;
  readonly isTaken: boolean;
  /** What was thrown and is not typed. */
  readonly error: string | undefined;
}

export function tried({ parse }: Target, input: Uint8Array): Tried {
  const startedMs = performance.now();
  try {
    parse(input);
    return { tookMs: performance.now() - startedMs, isTaken: true, error: undefined };
  } catch (error) {
    const tookMs = performance.now() - startedMs;
    const isTyped = error instanceof DoorlabError && !(error instanceof InvariantError);
    return { tookMs, isTaken: false, error: isTyped ? undefined : String(error) };
  }
}

export const replayCommand = (name: string, seed: number, input: number): string =>
  `npm run fuzz -- --target '${name}' --seed ${seed} --input ${input}`;

/** Live objects and buffers, after all garbage is gone. */
function usedBytes(): number {
  let least = Infinity;
  for (let turn = 0; turn < 3; turn++) {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

let collector: (() => void) | undefined;

/** What `--expose-gc` gives, in processes that were started without it too. */
function collectGarbage(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as () => void;
  }
  collector();
}
