// What a vector file is: a note, the WIRE section it belongs to, and named cases of inputs and expected bytes.
// Bytes are lower-case hex in JSON, everything else stays as it is in the code.
import { encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';

export interface VectorFile {
  readonly about: string;
  /** Section of docs/WIRE.md. */
  readonly wire: string;
  readonly cases: Readonly<Record<string, object>>;
}

/** Files by name, without ".json". */
export type VectorMaker = (engine: CryptoEngine) => Readonly<Record<string, VectorFile>>;

/** As it stands in the file, with a line break at the end. */
export const spell = (file: VectorFile): string => `${JSON.stringify(plain(file), undefined, 2)}\n`;

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return encodeHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
