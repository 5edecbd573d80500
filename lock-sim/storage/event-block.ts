// A block of the event ring: a header page, then rows in places that fix their numbers. A block in which a tear
// shows takes no more rows, so each block sees at most one torn program.
import { concat, readU16, readU32, u16, u32 } from '#protocol/bytes.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import { crc32 } from './crc32.ts';
import { EVENT_ROW_BYTES, peekRow } from './event-row.ts';
import type { Region } from './layout.ts';
import { eraseToBlank, isBlank, programSpan } from './medium.ts';

const MAGIC = 0x0e7e;
const HEADER_BYTES = 16;
const MAGIC_BLANK = 0xffff;

export interface EventBlock {
  /** Position in the ring. */
  readonly index: number;
  readonly region: Region;
  readonly generation: number;
  /** Number that the row in the first place has or would have. */
  readonly firstSequence: number;
}

/** What the places of a block hold. */
export interface BlockScan {
  /** Places up to the last one that is not blank: their numbers are used up. */
  readonly used: number;
  /** Used places without a whole row, lowest and highest. */
  readonly damaged: { readonly from: number; readonly to: number } | undefined;
  readonly lastWhole: number | undefined;
}

/** Undefined where nothing was ever written or nothing can be told: an erase was cut short. */
export function findBlock(flash: NorFlash, region: Region, index: number): EventBlock | undefined {
  const header = flash.read(region.address, HEADER_BYTES);
  const magic = readU16(header, 0);
  if (magic === MAGIC && readU32(header, 12) === crc32(header.subarray(0, 12))) {
    return { index, region, generation: readU32(header, 4), firstSequence: readU32(header, 8) };
  }
  if (magic === MAGIC_BLANK) return undefined;
  // The header was disturbed: any whole row tells as much.
  const bytes = flash.read(region.address, region.bytes);
  for (let place = 0; place < placesOf(flash, region); place++) {
    const peeked = peekRow(bytes, placeAt(flash, place));
    if (peeked === undefined) continue;
    return { index, region, generation: peeked.generation, firstSequence: peeked.sequence - place };
  }
  return undefined;
}

/** False where the flash does not keep it. */
export function formatBlock(flash: NorFlash, block: EventBlock): boolean {
  if (!eraseToBlank(flash, block.region)) return false;
  const body = concat(u16(MAGIC), u16(0), u32(block.generation), u32(block.firstSequence));
  return programSpan(flash, block.region.address, concat(body, u32(crc32(body))));
}

export function scanBlock(flash: NorFlash, block: EventBlock): BlockScan {
  const bytes = flash.read(block.region.address, block.region.bytes);
  const at = (place: number): number => placeAt(flash, place);
  let used = placesOf(flash, block.region);
  while (used > 0 && isBlank(bytes.subarray(at(used - 1), at(used)))) used--;
  let damaged: { from: number; to: number } | undefined;
  let lastWhole: number | undefined;
  for (let place = 0; place < used; place++) {
    const peeked = peekRow(bytes, at(place));
    if (peeked?.generation === block.generation && peeked.sequence === block.firstSequence + place) {
      lastWhole = place;
    } else damaged = { from: damaged?.from ?? place, to: place };
  }
  return { used, damaged, lastWhole };
}

export const readPlace = (flash: NorFlash, block: EventBlock, place: number): Uint8Array =>
  flash.read(block.region.address + placeAt(flash, place), EVENT_ROW_BYTES);

/** False where the flash does not keep it. */
export const programPlace = (flash: NorFlash, block: EventBlock, place: number, row: Uint8Array): boolean =>
  programSpan(flash, block.region.address + placeAt(flash, place), row);

export const placesOf = (flash: NorFlash, region: Region): number =>
  Math.floor((region.bytes - placeAt(flash, 0)) / EVENT_ROW_BYTES);

/** Rows begin on the page after the header's. */
const placeAt = (flash: NorFlash, place: number): number =>
  Math.max(flash.geometry.pageBytes, EVENT_ROW_BYTES) + place * EVENT_ROW_BYTES;
