// A set on its way into the other slot. Nothing is written before the first whole chunk; a chunk's sector is
// erased only when that chunk is whole in memory. Which chunks are there is told by opening them.
import { invariant } from '#protocol/errors.ts';
import { CHUNK_PLAINTEXT_BYTES } from '#protocol/limits.ts';
import { ChunkWriter } from './chunk-region.ts';
import type { SlotRecord } from './slot-records.ts';
import type { SlotStore } from './slot-store.ts';

export class Stage {
  readonly record: SlotRecord;
  readonly store: SlotStore;
  readonly key: Uint8Array;
  readonly #writer: ChunkWriter;
  /** Undefined once it is in flash. */
  #manifestBytes: Uint8Array | undefined;
  #isBegunHere = false;

  /** `isBegun`: the slot holds this manifest already; its whole chunks are kept. `manifestBytes` are not copied. */
  constructor(store: SlotStore, record: SlotRecord, manifestBytes: Uint8Array, isBegun: boolean) {
    this.store = store;
    this.record = record;
    this.key = store.chunkKey(record);
    this.#manifestBytes = isBegun ? undefined : manifestBytes;
    const isWhole = (index: number): boolean => store.openChunk(this.key, index) !== undefined;
    const present = Array.from({ length: record.chunkCount }, (_, i) => isBegun && isWhole(i));
    this.#writer = new ChunkWriter(store.chunks, present);
  }

  has(index: number): boolean {
    return this.#writer.has(index);
  }

  get missing(): number {
    return this.#writer.missing;
  }

  /**
   * Seals and programs a chunk whose digest was checked; one that is there already is left alone. Returns the
   * chunks lost with it where sectors are larger than a chunk and a tear had spoiled the place. Throws StorageError.
   */
  writeChunk(index: number, plaintext: Uint8Array): readonly number[] {
    invariant(plaintext.length === CHUNK_PLAINTEXT_BYTES, 'a whole chunk');
    if (this.has(index)) return [];
    if (this.#manifestBytes !== undefined) {
      this.store.begin(this.record, this.#manifestBytes);
      this.#isBegunHere = true;
    }
    this.#manifestBytes = undefined;
    return this.#writer.write('a chunk', index, () => this.store.sealChunk(this.key, index, plaintext));
  }

  /** The slot was begun for it since power came: its commit records were erased then, whole. */
  get isBegunHere(): boolean {
    return this.#isBegunHere;
  }

  /** Marks a chunk as missing: it was there and no longer opens. */
  lose(index: number): void {
    this.#writer.lose(index);
  }
}
