// One slot as bytes: its manifest, its chunks sealed at rest, its records. Chunks are sealed under a key of this
// slot and this manifest, so what is left of another table never opens.
import { concat, utf8 } from '#protocol/bytes.ts';
import { AEAD_KEY_BYTES, type CryptoEngine } from '#protocol/crypto/engine.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { hashOf } from '#protocol/ids.ts';
import { MANIFEST_MAX_BYTES, SEALED_CHUNK_BYTES } from '#protocol/limits.ts';
import { openChunk, sealChunk } from '#protocol/table/seal.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import type { WorkingMemory } from '../working-memory.ts';
import { ChunkRegion } from './chunk-region.ts';
import { type SlotLayout, STAGE_HEADER_BYTES } from './layout.ts';
import { eraseRegion, isBlankAt, programSpan } from './medium.ts';
import {
  COMMIT_RECORD_BYTES,
  type CommitRecord,
  type SlotRecord,
  STAGE_RECORD_BYTES,
  decodeCommitRecord,
  decodeStageRecord,
  encodeCommitRecord,
  encodeStageRecord,
} from './slot-records.ts';
import { isKeptWithRetry, programWithRetry } from './storage-error.ts';

export interface SlotParts {
  readonly flash: NorFlash;
  readonly secure: SecureElement;
  readonly engine: CryptoEngine;
  /** Where the buffers in use are counted, if anywhere. */
  readonly memory?: WorkingMemory;
}

export type CommitCopy = 0 | 1;

export class SlotStore {
  readonly layout: SlotLayout;
  readonly chunks: ChunkRegion;
  readonly #parts: SlotParts;

  constructor(layout: SlotLayout, parts: SlotParts) {
    this.layout = layout;
    this.chunks = new ChunkRegion(parts.flash, layout.chunks);
    this.#parts = parts;
  }

  /** Undefined where no stage was begun, or its manifest is not whole. */
  readStage(): { readonly record: SlotRecord; readonly manifestBytes: Uint8Array } | undefined {
    const { slot, manifest } = this.layout;
    const record = decodeStageRecord(slot, this.#parts.flash.read(manifest.address, STAGE_RECORD_BYTES));
    const manifestBytes = record && this.readManifest(record);
    return record && manifestBytes && { record, manifestBytes };
  }

  /** The stored manifest, if it is the one that the record names. */
  readManifest(record: SlotRecord): Uint8Array | undefined {
    if (record.manifestBytes > MANIFEST_MAX_BYTES) return undefined;
    const address = this.layout.manifest.address + STAGE_HEADER_BYTES;
    const bytes = this.#parts.flash.read(address, record.manifestBytes);
    return equalBytes(hashOf(this.#parts.engine, bytes), record.manifestDigest) ? bytes : undefined;
  }

  readCommit(copy: CommitCopy): CommitRecord | undefined {
    const { flash, engine, secure } = this.#parts;
    const bytes = flash.read(this.layout.commits[copy].address, COMMIT_RECORD_BYTES);
    return decodeCommitRecord(engine, secure.contents.tableSecret, this.layout.slot, bytes);
  }

  /**
   * Makes the slot the stage of another manifest; the stage record comes last, so from a whole one the rest
   * follows. A commit record left from before names another manifest and is void: its sectors are erased now, while
   * frames still come, and not before the receipt. Throws StorageError.
   */
  begin(record: SlotRecord, manifestBytes: Uint8Array): void {
    const { flash } = this.#parts;
    const { slot, manifest, commits } = this.layout;
    const { sectorBytes } = flash.geometry;
    const sectors = Math.ceil((STAGE_HEADER_BYTES + manifestBytes.length) / sectorBytes);
    programWithRetry('a manifest', () => {
      eraseRegion(flash, { ...manifest, sectors });
      return (
        programSpan(flash, manifest.address + STAGE_HEADER_BYTES, manifestBytes) &&
        programSpan(flash, manifest.address, encodeStageRecord(slot, record))
      );
    });
    for (const commit of commits) eraseRegion(flash, commit);
  }

  /**
   * Erases the sector first, unless `begin` did within this boot (`isErased`): one that looks blank may be what a cut
   * left of an erase. False where that sector does not keep it: one whole copy counts.
   */
  writeCommit(copy: CommitCopy, record: CommitRecord, isErased: boolean): boolean {
    const { flash, engine, secure } = this.#parts;
    const region = this.layout.commits[copy];
    const bytes = encodeCommitRecord(engine, secure.contents.tableSecret, this.layout.slot, record);
    let isReady = isErased && isBlankAt(flash, region.address, bytes.length);
    return isKeptWithRetry(() => {
      if (!isReady) eraseRegion(flash, region);
      isReady = false;
      return programSpan(flash, region.address, bytes);
    });
  }

  /** HKDF (RFC 5869) over the table secret, the slot and SHA-256 of the manifest. */
  chunkKey(record: SlotRecord): Uint8Array {
    const { engine, secure } = this.#parts;
    const info = concat(utf8(`doorlab/slot/1/${this.layout.slot}`), record.manifestDigest);
    return engine.hkdfSha256(secure.contents.tableSecret, new Uint8Array(0), info, AEAD_KEY_BYTES);
  }

  /** 4,080 bytes, or undefined where the chunk is not there or not whole. */
  openChunk(key: Uint8Array, index: number): Uint8Array | undefined {
    const { engine, memory } = this.#parts;
    memory?.peak('chunk read', SEALED_CHUNK_BYTES);
    return openChunk(engine, key, index, this.chunks.read(index));
  }

  sealChunk(key: Uint8Array, index: number, plaintext: Uint8Array): Uint8Array {
    return sealChunk(this.#parts.engine, key, index, plaintext);
  }
}
