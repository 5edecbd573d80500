// An image on its way into the place that the confirmed one does not use. Marked for its trial only once all of it was
// read back as it was signed. WIRE 17.3.
import type { Hash } from '#protocol/ids.ts';
import type { FirmwareManifest, VerifiedFirmware } from '#protocol/signed/firmware.ts';
import type { Connection } from '../connection.ts';
import type { ChunkWriter } from '../storage/chunk-region.ts';
import type { ImageSlot } from '../storage/layout.ts';
import type { Rank } from '../sync/begin-budget.ts';
import { refused, type Destination, type Finished, type Placed } from '../sync/destination.ts';
import type { ImageRecord } from './image-record.ts';
import type { ImageStore } from './image-store.ts';

export interface ImageDestinationParts {
  readonly store: ImageStore;
  readonly slot: ImageSlot;
  /** It is whole: from here on the next boot tries it. Durable when it returns. */
  readonly onStaged: (image: ImageRecord) => void;
  readonly onDone: () => void;
  readonly answer: (connection: Connection) => void;
}

export class ImageDestination implements Destination {
  readonly hash: Hash;
  readonly list: FirmwareManifest;
  readonly triple = undefined;
  readonly rank: Rank;
  readonly #parts: ImageDestinationParts;
  readonly #writer: ChunkWriter;

  constructor(parts: ImageDestinationParts, { manifest, hash }: VerifiedFirmware) {
    this.hash = hash;
    this.list = manifest;
    this.rank = [manifest.firmware];
    this.#parts = parts;
    this.#writer = parts.store.writer(parts.slot, manifest);
  }

  has(index: number): boolean {
    return this.#writer.has(index);
  }

  place(index: number, chunk: Uint8Array): Placed {
    return { outcome: 'placed', lost: this.#writer.write('a firmware chunk', index, () => chunk) };
  }

  finish(): Finished {
    const { store, slot, onStaged } = this.#parts;
    const { firmware, imageBytes, imageHash, chunkCount } = this.list;
    for (let index = 0; index < chunkCount; index++) {
      if (store.hasChunk(slot, this.list, index)) continue;
      this.#writer.lose(index);
      return { outcome: 'chunk-lost', index };
    }
    const image: ImageRecord = { firmware, slot, imageBytes, imageHash };
    if (!store.isWhole(image)) return refused('IMAGE_MISMATCH', 'the image is not the one that was signed');
    if (store.header(image)?.firmware !== firmware)
      return refused('IMAGE_MISMATCH', 'the image has another number than the one that was signed');
    onStaged(image);
    return { outcome: 'done' };
  }

  onDone(): void {
    this.#parts.onDone();
  }

  answer(connection: Connection): void {
    this.#parts.answer(connection);
  }
}
