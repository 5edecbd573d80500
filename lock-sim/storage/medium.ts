// What the records above do to flash: write across pages, read back what was written, look for blank. Each
// program is checked by reading, because a part that lost power in an erase may look blank and not be.
import { equalBytes } from '#protocol/bytes.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import type { Region } from './layout.ts';

/** Programs `bytes` page by page. True where they read back the same. */
export function programSpan(flash: NorFlash, address: number, bytes: Uint8Array): boolean {
  const { pageBytes } = flash.geometry;
  for (let done = 0; done < bytes.length;) {
    const room = pageBytes - ((address + done) % pageBytes);
    const part = bytes.subarray(done, done + room);
    flash.program(address + done, part);
    done += part.length;
  }
  return equalBytes(flash.read(address, bytes.length), bytes);
}

export function eraseRegion(flash: NorFlash, region: Region): void {
  for (let i = 0; i < region.sectors; i++) flash.erase(region.sector + i);
}

/** True where it reads blank then: a bad sector may keep what was there. For regions that are filled bit by bit. */
export function eraseToBlank(flash: NorFlash, region: Region): boolean {
  eraseRegion(flash, region);
  return isBlankAt(flash, region.address, region.bytes);
}

/** Word by word where the bytes are aligned: boot looks at whole blocks. */
export function isBlank(bytes: Uint8Array): boolean {
  const { buffer, byteOffset, length } = bytes;
  const head = Math.min(length, (4 - (byteOffset % 4)) % 4);
  const words = new Uint32Array(buffer, byteOffset + head, (length - head) >>> 2);
  const tail = head + words.length * 4;
  for (let i = 0; i < head; i++) if (bytes[i] !== 0xff) return false;
  for (let i = tail; i < length; i++) if (bytes[i] !== 0xff) return false;
  for (const word of words) if (word !== 0xffff_ffff) return false;
  return true;
}

export const isBlankAt = (flash: NorFlash, address: number, length: number): boolean =>
  isBlank(flash.read(address, length));
