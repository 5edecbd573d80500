// Chance as a port: secure bytes from a main, a seeded stream in a world or a test. Each subsystem forks its
// own stream, so that one more draw in one part does not change what another part sees.

export interface Random {
  /** `length` fresh bytes, owned by the caller. */
  bytes(length: number): Uint8Array;
  /** An independent stream; the same label on the same seeded stream gives the same stream. */
  fork(label: string): Random;
}

/** A uniform integer in 0..bound-1, by rejection. `bound` at most 2^32. */
export function uniform(random: Random, bound: number): number {
  const limit = Math.floor(0x1_0000_0000 / bound) * bound;
  for (;;) {
    const b = random.bytes(4);
    const value = new DataView(b.buffer, b.byteOffset, 4).getUint32(0);
    if (value < limit) return value % bound;
  }
}
