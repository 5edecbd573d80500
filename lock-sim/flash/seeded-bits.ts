// A tiny generator for faults: a tear is plain data with a 32-bit seed, and the same seed tears the same bits
// on every machine. Not for secrets.

export interface SeededBits {
  /** The next 32 bits, unsigned. */
  next(): number;
  /** 0..bound-1; the slight bias does not matter to faults. */
  below(bound: number): number;
}

/** The splitmix32 construction (a Weyl sequence through a mixer of two multiplications). */
export function seededBits(seed: number): SeededBits {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e37_79b9) >>> 0;
    return mix32(state);
  };
  return { next, below: (bound) => Math.floor((next() / 0x1_0000_0000) * bound) };
}

export function mix32(value: number): number {
  let z = value >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
