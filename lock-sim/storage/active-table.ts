// The table in force: its identity and, in memory, the first verifier of each chunk, so that a decision opens
// exactly one chunk. Built by opening each chunk once: what is in the index was whole.
import { compareBytes } from '#protocol/bytes.ts';
import { firstVerifier } from '#protocol/table/chunks.ts';
import type { Slot } from './layout.ts';
import type { SlotRecord } from './slot-records.ts';
import type { SlotStore } from './slot-store.ts';

const VERIFIER_BYTES = 16;

/** First verifiers of the chunks from 1 on, 16 bytes each, in order. */
export class TableIndex {
  readonly #verifiers: Uint8Array;

  constructor(firstVerifiers: readonly Uint8Array[]) {
    this.#verifiers = new Uint8Array(firstVerifiers.length * VERIFIER_BYTES);
    firstVerifiers.forEach((verifier, i) => this.#verifiers.set(verifier, i * VERIFIER_BYTES));
  }

  /** The one chunk that can hold rows of that verifier: the last that begins at or below it. */
  findChunk(verifier: Uint8Array): number | undefined {
    let low = 0;
    let high = this.#verifiers.length / VERIFIER_BYTES;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle * VERIFIER_BYTES;
      const first = this.#verifiers.subarray(at, at + VERIFIER_BYTES);
      if (compareBytes(first, verifier) <= 0) low = middle + 1;
      else high = middle;
    }
    // Chunk 0 is the head's.
    return low === 0 ? undefined : low;
  }
}

export class ActiveTable {
  readonly record: SlotRecord;
  readonly #store: SlotStore;
  readonly #key: Uint8Array;
  readonly #index: TableIndex;
  #chunksOpened = 0;

  constructor(store: SlotStore, record: SlotRecord, key: Uint8Array, index: TableIndex) {
    this.record = record;
    this.#store = store;
    this.#key = key;
    this.#index = index;
  }

  get slot(): Slot {
    return this.#store.layout.slot;
  }

  /** Chunks opened through this object: a decision adds exactly one. */
  get chunksOpened(): number {
    return this.#chunksOpened;
  }

  /** Undefined where no row can have that verifier. 16 bytes. */
  findChunk(verifier: Uint8Array): number | undefined {
    return this.#index.findChunk(verifier);
  }

  /** Plaintext of 4,080 bytes; chunk 0 is the head's. Undefined where the flash has lost it. */
  openChunk(index: number): Uint8Array | undefined {
    this.#chunksOpened++;
    return this.#store.openChunk(this.#key, index);
  }

  /** The manifest as it was taken. Undefined where the flash has lost it. */
  readManifest(): Uint8Array | undefined {
    return this.#store.readManifest(this.record);
  }
}

/** Opens every chunk once. Undefined where one is not whole. */
export function openTable(store: SlotStore, record: SlotRecord): ActiveTable | undefined {
  const key = store.chunkKey(record);
  const verifiers: Uint8Array[] = [];
  for (let i = 0; i < record.chunkCount; i++) {
    const plaintext = store.openChunk(key, i);
    if (plaintext === undefined) return undefined;
    if (i > 0) verifiers.push(firstVerifier(plaintext));
  }
  return new ActiveTable(store, record, key, new TableIndex(verifiers));
}
