// One to four edits of a message as plain bytes: bits, bytes, cuts, parts doubled, left out, put in or taken from
// another message.
import type { FuzzRandom } from './fuzz-random.ts';

const VALUES = [0x00, 0x01, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x40, 0x58, 0x5f, 0x7f, 0x80, 0x81, 0x9f, 0xbf, 0xd2, 0xf6, 0xfe, 0xff]; // prettier-ignore
const EDITS_MAX = 4;

export function editBytes(random: FuzzRandom, sample: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let bytes: Uint8Array = sample.slice();
  for (let edits = 1 + random.below(EDITS_MAX); edits > 0; edits--) bytes = edit(random, bytes, others);
  return bytes;
}

/** Now and then above every limit. */
export const noise = (random: FuzzRandom): Uint8Array =>
  random.bytes(random.below(random.below(20) === 0 ? 5_000 : 64));

function edit(random: FuzzRandom, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(random.below(4) === 0 ? 64 : 8));
  switch (random.below(9)) {
    case 0:
    case 1:
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 2:
      if (at < bytes.length) bytes[at] = random.one(VALUES);
      return bytes;
    case 3:
      bytes.fill(random.one(VALUES), at, end);
      return bytes;
    case 4:
      return bytes.slice(0, at);
    case 5:
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    case 6:
      return joined(bytes.subarray(0, end), bytes.subarray(at));
    case 7:
      return joined(bytes.subarray(0, at), random.bytes(1 + random.below(16)), bytes.subarray(at));
    default: {
      const other = random.one(others);
      return joined(bytes.subarray(0, at), other.subarray(random.below(other.length + 1)));
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
