// The two places for images in flash. One holds the confirmed image, the other takes the next. What is there of an
// image is told by its signed digests, so an interrupted download goes on whoever brings the rest.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { SEALED_CHUNK_BYTES } from '#protocol/limits.ts';
import { decodeImageHeader, type FirmwareManifest, type ImageHeader } from '#protocol/signed/firmware.ts';
import { chunkDigest, sealedChunkBytes } from '#protocol/signed/manifest.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import { ChunkRegion, ChunkWriter } from '../storage/chunk-region.ts';
import type { ImageSlot, StorageLayout } from '../storage/layout.ts';
import type { ImageRecord } from './image-record.ts';

export class ImageStore {
  readonly #engine: CryptoEngine;
  readonly #flash: NorFlash;
  readonly #layout: StorageLayout;
  readonly capacityChunks: number;

  constructor(engine: CryptoEngine, flash: NorFlash, layout: StorageLayout) {
    this.#engine = engine;
    this.#flash = flash;
    this.#layout = layout;
    this.capacityChunks = layout.imageChunks;
  }

  isWhole({ slot, imageBytes, imageHash }: ImageRecord): boolean {
    if (imageBytes > this.capacityChunks * SEALED_CHUNK_BYTES) return false;
    const stream = this.#engine.sha256Stream();
    for (let index = 0, left = imageBytes; left > 0; index++, left -= SEALED_CHUNK_BYTES) {
      stream.update(this.#region(slot).read(index, Math.min(left, SEALED_CHUNK_BYTES)));
    }
    return equalBytes(stream.digest(), imageHash);
  }

  /** Undefined where there is none that can be read. */
  header({ slot, imageBytes }: ImageRecord): ImageHeader | undefined {
    try {
      return decodeImageHeader(this.#region(slot).read(0, Math.min(imageBytes, SEALED_CHUNK_BYTES)));
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  }

  hasChunk(slot: ImageSlot, manifest: FirmwareManifest, index: number): boolean {
    const chunk = this.#region(slot).read(index, sealedChunkBytes(manifest, index));
    return equalBytes(this.#engine.sha256(chunk), chunkDigest(manifest, index));
  }

  /** Writes nothing; chunks of that image that are there already are kept. */
  writer(slot: ImageSlot, manifest: FirmwareManifest): ChunkWriter {
    const present = Array.from({ length: manifest.chunkCount }, (_, i) => this.hasChunk(slot, manifest, i));
    return new ChunkWriter(this.#region(slot), present);
  }

  /** Made for who asks: most locks never get an image. */
  #region(slot: ImageSlot): ChunkRegion {
    return new ChunkRegion(this.#flash, this.#layout.images[slot]);
  }
}
