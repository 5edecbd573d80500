// Chance that can be had again: one seed gives one tree of streams. A stream's forks depend on its seed and the
// labels on the way alone, never on what was drawn. For worlds and tests; anyone can guess its keys.
import { sha256 } from '@noble/hashes/sha2.js';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { concat, utf8 } from '../bytes.ts';
import type { Random } from './random.ts';

/** A number and its decimal text are the same seed, so that a printed seed can be typed in again. */
export const seededRandom = (seed: number | string): Random =>
  streamOf(sha256(utf8(`doorlab/seed/${String(seed)}`)));

/** `name` is 32 bytes and stands for the seed and the labels so far. */
function streamOf(name: Uint8Array): Random {
  const state = sha256(concat(name, utf8('state')));
  const view = new DataView(state.buffer, state.byteOffset);
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => view.getInt32(at)));
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      let word = 0;
      for (let at = 0; at < length; at++) {
        word = at % 4 === 0 ? generator.next() : word >>> 8;
        bytes[at] = word;
      }
      return bytes;
    },
    fork: (label) => streamOf(sha256(concat(name, utf8(`fork/${label}`)))),
  };
}
