// The flash of many locks in one file, for fleets: a lock's cells cost no memory while nothing reads them. As in
// flash-file.ts cells are kept inverted, so that what was never written is a hole. For one process at a time.
import { closeSync, openSync, readSync } from 'node:fs';
import { invariant } from '#protocol/errors.ts';
import { writeFully } from '#protocol/node/durable-file.ts';
import { orStoreFailed } from '../storage/storage-error.ts';
import type { FlashStore } from './flash-store.ts';
import { type FlashGeometry, checkGeometry, flashBytes } from './geometry.ts';

const OWNER_ONLY = 0o600;
const SECTOR_STATE_BYTES = 8;
const UNSTABLE_AT = 4;

/** Of a file made here or before, by the same geometry: it says nothing of itself. */
export class FlashShelf {
  readonly geometry: FlashGeometry;
  /** Cells, then erase count and unstable seed a sector. */
  readonly placeBytes: number;
  readonly #path: string;
  readonly #fd: number;
  #isOpen = true;

  /** Throws what the file system throws. */
  constructor(path: string, geometry: FlashGeometry, mode: 'make' | 'open') {
    checkGeometry(geometry);
    this.geometry = geometry;
    this.placeBytes = flashBytes(geometry) + geometry.sectors * SECTOR_STATE_BYTES;
    this.#path = path;
    this.#fd = openSync(path, mode === 'make' ? 'wx+' : 'r+', OWNER_ONLY);
  }

  /** The flash of one lock, numbered from 0. */
  at(place: number): FlashStore {
    return new ShelfFlash(this, place);
  }

  /** Bytes beyond the end of the file are zeros. */
  read(position: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const count = readSync(this.#fd, into, done, into.length - done, position + done);
      if (count === 0) {
        into.fill(0, done);
        return;
      }
      done += count;
    }
  }

  /** Throws StorageError. */
  write(position: number, bytes: Uint8Array): void {
    orStoreFailed(this.#path, () => writeFully(this.#fd, bytes, position));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#fd);
  }
}

class ShelfFlash implements FlashStore {
  readonly #shelf: FlashShelf;
  readonly #place: number;

  constructor(shelf: FlashShelf, place: number) {
    invariant(Number.isInteger(place) && place >= 0, 'a place on the shelf');
    this.#shelf = shelf;
    this.#place = place;
  }

  get geometry(): FlashGeometry {
    return this.#shelf.geometry;
  }

  read(address: number, into: Uint8Array): void {
    this.#shelf.read(this.#start + address, into);
    invert(into);
  }

  write(address: number, bytes: Uint8Array): void {
    this.#shelf.write(this.#start + address, invert(Uint8Array.from(bytes)));
  }

  clear(sector: number): void {
    const { sectorBytes } = this.geometry;
    const position = this.#start + sector * sectorBytes;
    const cells = new Uint8Array(sectorBytes);
    this.#shelf.read(position, cells);
    // A hole stays one.
    if (cells.some((byte) => byte !== 0)) this.#shelf.write(position, cells.fill(0));
  }

  eraseCount(sector: number): number {
    return this.#readState(sector, 0);
  }

  setEraseCount(sector: number, count: number): void {
    this.#writeState(sector, 0, count);
  }

  unstableSeed(sector: number): number {
    return this.#readState(sector, UNSTABLE_AT);
  }

  setUnstableSeed(sector: number, seed: number): void {
    if (this.unstableSeed(sector) !== seed) this.#writeState(sector, UNSTABLE_AT, seed);
  }

  close(): void {
    // The shelf is closed by who opened it.
  }

  get #start(): number {
    return this.#place * this.#shelf.placeBytes;
  }

  #statePosition(sector: number, offset: number): number {
    return this.#start + flashBytes(this.geometry) + sector * SECTOR_STATE_BYTES + offset;
  }

  #readState(sector: number, offset: number): number {
    const state = new Uint8Array(4);
    this.#shelf.read(this.#statePosition(sector, offset), state);
    return new DataView(state.buffer).getUint32(0);
  }

  #writeState(sector: number, offset: number, value: number): void {
    const state = new Uint8Array(4);
    new DataView(state.buffer).setUint32(0, value >>> 0);
    this.#shelf.write(this.#statePosition(sector, offset), state);
  }
}

function invert(bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = ~(bytes[i] ?? 0);
  return bytes;
}
