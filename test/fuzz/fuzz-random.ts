// Chance of one input: its name and number alone say what it is, so that any single one comes again by itself. Fast, and
// good for nothing but this (sfc32).

export class FuzzRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream: number, index: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = index | 0;
    for (let turn = 0; turn < 12; turn++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** 0..bound-1. */
  below(bound: number): number {
    return this.next() % bound;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0, word = 0; at < length; at++, word >>>= 8) {
      if (at % 4 === 0) word = this.next();
      bytes[at] = word;
    }
    return bytes;
  }
}

/** FNV-1a of a name. */
export function streamOf(name: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x0100_0193);
  return hash;
}
