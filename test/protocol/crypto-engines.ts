// The engines that the contract suites run on, and what those suites share.
import { decodeHex } from '#protocol/bytes.ts';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';

export const ENGINES = [portableEngine, nodeEngine];

/** The bytes of a constant. */
export function hex(text: string): Uint8Array {
  const bytes = decodeHex(text);
  if (bytes === undefined) throw new Error(`not hex: ${text}`);
  return bytes;
}

/** One copy for each bit, with that bit flipped. */
export function* everyBitFlip(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    yield flipped;
  }
}

export const NOTHING = new Uint8Array(0);
