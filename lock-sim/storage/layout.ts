// Where everything lies in flash: settings in two copies, the event ring, slot A, slot B, two firmware images. All
// regions are whole sectors; nothing else assumes a sector size. The sealed chunk is one sector of the default geometry.
import { invariant } from '#protocol/errors.ts';
import { CHUNKS_MAX, FIRMWARE_CHUNKS_MAX, MANIFEST_MAX_BYTES, SEALED_CHUNK_BYTES } from '#protocol/limits.ts';
import { DEFAULT_PAGE_BYTES, DEFAULT_SECTOR_BYTES, type FlashGeometry } from '../flash/geometry.ts';

/** Logs are kept in blocks: one sector, or as many as make 4 KiB. */
export const BLOCK_MIN_BYTES = 4_096;
/** Of each copy: one in use, one to compact into, one for a block that goes bad. */
export const SETTINGS_BLOCKS = 3;
export const DEFAULT_EVENT_BLOCKS = 32;
const EVENT_BLOCKS_MIN = 3;
/** What stands before the manifest in its region. A multiple of every page size. */
export const STAGE_HEADER_BYTES = 512;

export interface Region {
  readonly sector: number;
  readonly sectors: number;
  readonly address: number;
  readonly bytes: number;
}

export interface SlotLayout {
  readonly slot: Slot;
  /** Stage header and manifest. */
  readonly manifest: Region;
  /** A sector each, so that no torn write of one can disturb the other. */
  readonly commits: readonly [Region, Region];
  readonly chunks: Region;
}

export type Slot = 'A' | 'B';
/** One place holds the confirmed image, the other takes the next. */
export type ImageSlot = 1 | 2;

export interface StorageLayout {
  readonly geometry: FlashGeometry;
  readonly capacityChunks: number;
  /** Two copies of SETTINGS_BLOCKS blocks. */
  readonly settings: readonly [readonly Region[], readonly Region[]];
  readonly events: readonly Region[];
  readonly slots: Readonly<Record<Slot, SlotLayout>>;
  readonly images: Readonly<Record<ImageSlot, Region>>;
  /** Chunks that a firmware image may have. */
  readonly imageChunks: number;
  readonly sectors: number;
}

export interface StorageSize {
  /** Chunks that a table may have, the head's included. At most CHUNKS_MAX. */
  readonly capacityChunks: number;
  readonly sectorBytes?: number;
  readonly pageBytes?: number;
  readonly eventBlocks?: number;
  /** 1 to FIRMWARE_CHUNKS_MAX. */
  readonly imageChunks?: number;
}

/** The layout, and in `geometry` the flash part that it asks for. */
export function layOut({
  capacityChunks,
  sectorBytes = DEFAULT_SECTOR_BYTES,
  pageBytes = DEFAULT_PAGE_BYTES,
  eventBlocks = DEFAULT_EVENT_BLOCKS,
  imageChunks = FIRMWARE_CHUNKS_MAX,
}: StorageSize): StorageLayout {
  invariant(capacityChunks >= 1 && capacityChunks <= CHUNKS_MAX, `a capacity in 1..${CHUNKS_MAX} chunks`);
  invariant(eventBlocks >= EVENT_BLOCKS_MIN, `an event ring of at least ${EVENT_BLOCKS_MIN} blocks`);
  invariant(
    imageChunks >= 1 && imageChunks <= FIRMWARE_CHUNKS_MAX,
    'room for firmware images within its limit',
  );
  let next = 0;
  const region = (bytes: number): Region => {
    const sectors = Math.ceil(bytes / sectorBytes);
    const made = { sector: next, sectors, address: next * sectorBytes, bytes: sectors * sectorBytes };
    next += sectors;
    return made;
  };
  const blocks = (count: number): Region[] => Array.from({ length: count }, () => region(BLOCK_MIN_BYTES));
  const slot = (name: Slot): SlotLayout => ({
    slot: name,
    manifest: region(STAGE_HEADER_BYTES + MANIFEST_MAX_BYTES),
    commits: [region(1), region(1)],
    chunks: region(capacityChunks * SEALED_CHUNK_BYTES),
  });
  const settings = [blocks(SETTINGS_BLOCKS), blocks(SETTINGS_BLOCKS)] as const;
  const events = blocks(eventBlocks);
  const slots = { A: slot('A'), B: slot('B') };
  const images = {
    1: region(imageChunks * SEALED_CHUNK_BYTES),
    2: region(imageChunks * SEALED_CHUNK_BYTES),
  };
  const geometry = { sectorBytes, pageBytes, sectors: next };
  return { geometry, capacityChunks, settings, events, slots, images, imageChunks, sectors: next };
}

export const otherSlot = (slot: Slot): Slot => (slot === 'A' ? 'B' : 'A');
