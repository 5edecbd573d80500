// The port under the flash model: where the cells are kept. It knows no rules of NOR, it only keeps what the
// model puts there. Implemented in memory (flash-image.ts) and in a file (flash-file.ts).
import type { FlashGeometry } from './geometry.ts';

export interface FlashStore {
  readonly geometry: FlashGeometry;
  /** Fills `into` from `address`; cells never written read 0xFF. */
  read(address: number, into: Uint8Array): void;
  /** Replaces the cells of one page or part of it. */
  write(address: number, bytes: Uint8Array): void;
  /** Sets a sector to 0xFF. */
  clear(sector: number): void;
  /** Erases a sector has seen. */
  eraseCount(sector: number): number;
  setEraseCount(sector: number, count: number): void;
  /** 0, or the seed of the cells that a torn erase left unstable. */
  unstableSeed(sector: number): number;
  setUnstableSeed(sector: number, seed: number): void;
  /** True of a sector whose cells need not be what was put there. Left out where all are sound. */
  isBad?(sector: number): boolean;
  /** Idempotent. */
  close(): void;
}
