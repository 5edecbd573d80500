// A set on its way into the other slot. Nothing is written before the first whole chunk; a chunk's sector is
// erased only when that chunk is whole in memory. Which chunks are there is told by opening them.
import { invariant } from '#protocol/errors.ts';
import { CHUNK_PLAINTEXT_BYTES } from '#protocol/limits.ts';
import type { SlotRecord } from './slot-records.ts';
import type { SlotStore } from './slot-store.ts';
import { programWithRetry } from './storage-error.ts';

export class Stage {
  readonly record: SlotRecord;
  readonly store: SlotStore;
  readonly key: Uint8Array;
  readonly #manifestBytes: Uint8Array;
  readonly #present: boolean[];
  /** First chunk of sectors known to have been erased whole for this stage. */
  readonly #erased = new Set<number>();
  #isBegun: boolean;

  /** `isBegun`: the slot holds this manifest already; its whole chunks are kept. */
  constructor(store: SlotStore, record: SlotRecord, manifestBytes: Uint8Array, isBegun: boolean) {
    this.store = store;
    this.record = record;
    this.key = store.chunkKey(record);
    this.#manifestBytes = Uint8Array.from(manifestBytes);
    this.#isBegun = isBegun;
    this.#present = Array.from({ length: record.chunkCount }, (_, i) => isBegun && this.#isWhole(i));
    // A whole chunk was programmed after its sector's erase was done.
    this.#present.forEach((isThere, i) => {
      if (isThere) this.#erased.add(store.chunksErasedWith(i).first);
    });
  }

  has(index: number): boolean {
    return this.#present[index] ?? false;
  }

  get missing(): number {
    return this.#present.filter((isThere) => !isThere).length;
  }

  /**
   * Seals and programs a chunk whose digest was checked; one that is there already is left alone. Returns the
   * chunks lost with it where sectors are larger than a chunk and a tear had spoiled the place. Throws StorageError.
   */
  writeChunk(index: number, plaintext: Uint8Array): readonly number[] {
    invariant(index >= 0 && index < this.record.chunkCount, 'a chunk of this stage');
    invariant(plaintext.length === CHUNK_PLAINTEXT_BYTES, 'a whole chunk');
    if (this.has(index)) return [];
    if (!this.#isBegun) {
      this.store.begin(this.record, this.#manifestBytes);
      this.#isBegun = true;
    }
    const sealed = this.store.sealChunk(this.key, index, plaintext);
    const lost: number[] = [];
    programWithRetry('a chunk', () => {
      if (!this.#isReady(index)) lost.push(...this.#erase(index));
      return this.store.programChunk(index, sealed);
    });
    this.#present[index] = true;
    return lost;
  }

  /** Marks a chunk as missing: it was there and no longer opens. */
  lose(index: number): void {
    this.#present[index] = false;
  }

  #isReady(index: number): boolean {
    const { first, end } = this.store.chunksErasedWith(index);
    const isShared = end - first > 1;
    return isShared && this.#erased.has(first) && this.store.isChunkBlank(index);
  }

  #erase(index: number): number[] {
    const { first, end } = this.store.chunksErasedWith(index);
    const lost: number[] = [];
    for (let i = first; i < end; i++) {
      if (i !== index && this.has(i)) lost.push(i);
      if (i < this.#present.length) this.#present[i] = false;
    }
    this.store.eraseChunk(index);
    this.#erased.add(first);
    return lost;
  }

  #isWhole(index: number): boolean {
    return this.store.openChunk(this.key, index) !== undefined;
  }
}
