// Chunks of 4,096 bytes in a region of flash, whatever the size of its sectors: chunks that share a sector are erased
// together, and the writer says which of them were lost by it.
import { invariant } from '#protocol/errors.ts';
import { SEALED_CHUNK_BYTES } from '#protocol/limits.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import type { Region } from './layout.ts';
import { eraseRegion, isBlankAt, programSpan } from './medium.ts';
import { programWithRetry } from './storage-error.ts';

export class ChunkRegion {
  readonly #flash: NorFlash;
  readonly #region: Region;

  constructor(flash: NorFlash, region: Region) {
    this.#flash = flash;
    this.#region = region;
  }

  read(index: number, bytes = SEALED_CHUNK_BYTES): Uint8Array {
    return this.#flash.read(this.#address(index), bytes);
  }

  /** Into blank flash. False where it does not read back. */
  program(index: number, bytes: Uint8Array): boolean {
    return programSpan(this.#flash, this.#address(index), bytes);
  }

  isBlank(index: number): boolean {
    return isBlankAt(this.#flash, this.#address(index), SEALED_CHUNK_BYTES);
  }

  /** Erases the sectors of a chunk, with every chunk that shares them. */
  erase(index: number): void {
    const { sectorBytes } = this.#flash.geometry;
    const sectors = Math.max(1, SEALED_CHUNK_BYTES / sectorBytes);
    const sector = Math.floor(this.#address(index) / sectorBytes);
    const address = sector * sectorBytes;
    eraseRegion(this.#flash, { sector, sectors, address, bytes: sectors * sectorBytes });
  }

  /** Chunks in the sectors of this one, itself included. */
  erasedWith(index: number): { readonly first: number; readonly end: number } {
    const perSector = Math.max(1, Math.floor(this.#flash.geometry.sectorBytes / SEALED_CHUNK_BYTES));
    const first = index - (index % perSector);
    return { first, end: first + perSector };
  }

  #address(index: number): number {
    return this.#region.address + index * SEALED_CHUNK_BYTES;
  }
}

/** Which chunks of one content are there, and writing those that are not. */
export class ChunkWriter {
  readonly #region: ChunkRegion;
  readonly #present: boolean[];
  /** First chunk of sectors known to have been erased whole for this content. */
  readonly #erased = new Set<number>();

  /** `present`: what flash holds of it already. */
  constructor(region: ChunkRegion, present: readonly boolean[]) {
    this.#region = region;
    this.#present = [...present];
    // A whole chunk was programmed after its sector's erase was done.
    present.forEach((isThere, i) => {
      if (isThere) this.#erased.add(region.erasedWith(i).first);
    });
  }

  has(index: number): boolean {
    return this.#present[index] ?? false;
  }

  get missing(): number {
    return this.#present.filter((isThere) => !isThere).length;
  }

  /** Marks a chunk as missing: it was there and no longer reads as it should. */
  lose(index: number): void {
    this.#present[index] = false;
  }

  /**
   * Erases where it must and programs; a chunk that is there already is left alone. Returns the chunks lost with it
   * where sectors are larger than a chunk and a tear had spoiled the place. Throws StorageError.
   */
  write(what: string, index: number, bytes: () => Uint8Array): readonly number[] {
    invariant(index >= 0 && index < this.#present.length, 'a chunk of this content');
    if (this.has(index)) return [];
    const content = bytes();
    const lost: number[] = [];
    programWithRetry(what, () => {
      if (!this.#isReady(index)) lost.push(...this.#erase(index));
      return this.#region.program(index, content);
    });
    this.#present[index] = true;
    return lost;
  }

  #isReady(index: number): boolean {
    const { first, end } = this.#region.erasedWith(index);
    const isShared = end - first > 1;
    return isShared && this.#erased.has(first) && this.#region.isBlank(index);
  }

  #erase(index: number): number[] {
    const { first, end } = this.#region.erasedWith(index);
    const lost: number[] = [];
    for (let i = first; i < end; i++) {
      if (i !== index && this.has(i)) lost.push(i);
      if (i < this.#present.length) this.#present[i] = false;
    }
    this.#region.erase(index);
    this.#erased.add(first);
    return lost;
  }
}
