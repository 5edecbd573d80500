// A row of bits, lowest bit of the first byte first. WIRE 1.4.

export const bitmapBytes = (bits: number): number => Math.ceil(bits / 8);

/** The first `bits` are set; those behind are zero, as WIRE 1.4 wants them. */
export function fullBitmap(bits: number): Uint8Array {
  const bitmap = new Uint8Array(bitmapBytes(bits));
  for (let i = 0; i < bits; i++) setBit(bitmap, i);
  return bitmap;
}

export const getBit = (bitmap: Uint8Array, index: number): boolean =>
  (((bitmap[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;

/** In place; `index` must lie in the bitmap. */
export function setBit(bitmap: Uint8Array, index: number): void {
  bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7));
}

/** In place; `index` must lie in the bitmap. */
export function clearBit(bitmap: Uint8Array, index: number): void {
  bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) & ~(1 << (index & 7));
}

export function countBits(bitmap: Uint8Array): number {
  let count = 0;
  for (let byte of bitmap) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}
