// Flash cells in memory, sparse and copy-on-write: cells never written cost nothing, a snapshot shares every
// block with its origin until one of the two writes it. Power-cut proofs boot thousands of them a second.
import type { FlashStore } from './flash-store.ts';
import { type FlashGeometry, checkGeometry } from './geometry.ts';
import { mix32 } from './seeded-bits.ts';

/** Shared and copied in pieces of this size; no smaller than a page, no larger than a sector. */
const BLOCK_BYTES = 1024;

interface Block {
  readonly bytes: Uint8Array;
  readonly owner: object;
  /** Cached digest of `bytes`, dropped on a write. */
  digest: BlockDigest | undefined;
}

interface BlockDigest {
  readonly high: number;
  readonly low: number;
}

/** Of a block that holds nothing but erased cells: it counts as never written. */
const BLANK: BlockDigest = { high: 0, low: 0 };

export class FlashImage implements FlashStore {
  readonly geometry: FlashGeometry;
  #blocks = new Map<number, Block>();
  #erases = new Map<number, number>();
  #unstable = new Map<number, number>();
  /** Blocks of another owner are shared and are copied before a write. */
  #owner: object = {};

  constructor(geometry: FlashGeometry) {
    checkGeometry(geometry);
    this.geometry = geometry;
  }

  /** An independent image of the same cells, wear and unstable sectors. Costs one map entry a written block. */
  snapshot(): FlashImage {
    const copy = new FlashImage(this.geometry);
    copy.#blocks = new Map(this.#blocks);
    copy.#erases = new Map(this.#erases);
    copy.#unstable = new Map(this.#unstable);
    this.#owner = {};
    return copy;
  }

  /**
   * 16 hexadecimal digits over cells and unstable sectors, wear left out: equal images have equal hashes. For
   * counting distinct images, not for security. `within`: of these whole sectors alone.
   */
  hash(within = { address: 0, bytes: Infinity }): string {
    const end = within.address + within.bytes;
    const isWithin = (address: number): boolean => address >= within.address && address < end;
    let high = 0;
    let low = 0;
    for (const [index, block] of this.#blocks) {
      if (!isWithin(index * BLOCK_BYTES)) continue;
      block.digest ??= digestBlock(block.bytes);
      if (block.digest === BLANK) continue;
      high = (high + mix32(block.digest.high ^ Math.imul(index + 1, 0x85eb_ca6b))) >>> 0;
      low = (low + mix32(block.digest.low ^ Math.imul(index + 1, 0xc2b2_ae35))) >>> 0;
    }
    for (const [sector, seed] of this.#unstable) {
      if (!isWithin(sector * this.geometry.sectorBytes)) continue;
      high = (high + mix32(seed ^ Math.imul(sector + 7, 0x27d4_eb2f))) >>> 0;
    }
    return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
  }

  read(address: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const index = Math.floor((address + done) / BLOCK_BYTES);
      const offset = (address + done) % BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES - offset, into.length - done);
      const block = this.#blocks.get(index);
      if (block === undefined) into.fill(0xff, done, done + length);
      else into.set(block.bytes.subarray(offset, offset + length), done);
      done += length;
    }
  }

  write(address: number, bytes: Uint8Array): void {
    const index = Math.floor(address / BLOCK_BYTES);
    const block = this.#ownedBlock(index);
    block.bytes.set(bytes, address % BLOCK_BYTES);
    block.digest = undefined;
  }

  clear(sector: number): void {
    const perSector = this.geometry.sectorBytes / BLOCK_BYTES;
    for (let i = 0; i < perSector; i++) this.#blocks.delete(sector * perSector + i);
  }

  eraseCount(sector: number): number {
    return this.#erases.get(sector) ?? 0;
  }

  setEraseCount(sector: number, count: number): void {
    this.#erases.set(sector, count);
  }

  unstableSeed(sector: number): number {
    return this.#unstable.get(sector) ?? 0;
  }

  setUnstableSeed(sector: number, seed: number): void {
    if (seed === 0) this.#unstable.delete(sector);
    else this.#unstable.set(sector, seed);
  }

  close(): void {
    // Nothing is held outside memory.
  }

  #ownedBlock(index: number): Block {
    const block = this.#blocks.get(index);
    if (block?.owner === this.#owner) return block;
    const bytes = block === undefined ? new Uint8Array(BLOCK_BYTES).fill(0xff) : block.bytes.slice();
    const owned: Block = { bytes, owner: this.#owner, digest: undefined };
    this.#blocks.set(index, owned);
    return owned;
  }
}

const isErased = (byte: number): boolean => byte === 0xff;

/** Two 32-bit lanes over little-endian words. */
function digestBlock(bytes: Uint8Array): BlockDigest {
  if (bytes.every(isErased)) return BLANK;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, BLOCK_BYTES / 4);
  let high = 0x811c_9dc5;
  let low = 0x1000_193;
  for (const word of words) {
    high = Math.imul(high ^ word, 0x0100_0193);
    high ^= high >>> 15;
    low = Math.imul(low, 31) + (word ^ (low >>> 13));
  }
  return { high: high >>> 0, low: low >>> 0 };
}
