// Flash that goes bad: sectors from the factory or by a hand, and those that have been erased more often than they
// endure. A layer over any store; every bad cell follows from seed, sector and place, so a run can be had again.
import type { FlashStore } from './flash-store.ts';
import type { FlashGeometry } from './geometry.ts';
import { mix32 } from './seeded-bits.ts';

export const SECTOR_FAULTS = [
  /** An erase leaves part of what was there. */
  'erase-fails',
  /** A program leaves part of its bits set. */
  'program-fails',
  /** Some bits read the same whatever is written. */
  'stuck-bits',
  /** Being read clears bits, now and then. */
  'read-disturb',
  /** Cells lose what was programmed: cleared bits come back, with the reading. */
  'retention',
] as const;
export type SectorFault = (typeof SECTOR_FAULTS)[number];

/** What makers of serial NOR parts promise for a sector. */
export const ENDURANCE_CYCLES = 100_000;
/** Of the endurance: no two sectors last equally long. */
const ENDURANCE_SPREAD = 0.1;
/** One stuck bit in so many bytes. */
const STUCK_EVERY_BYTES = 64;
/** Reads of a bad sector until the next bit goes. */
const READS_PER_LOST_BIT = 8;

export interface AgingFlashOptions {
  readonly seed?: number;
  readonly enduranceCycles?: number;
}

export class AgingFlash implements FlashStore {
  readonly geometry: FlashGeometry;
  readonly #inner: FlashStore;
  readonly #seed: number;
  readonly #enduranceCycles: number;
  readonly #faults = new Map<number, SectorFault>();
  readonly #reads = new Map<number, number>();

  constructor(inner: FlashStore, { seed = 1, enduranceCycles = ENDURANCE_CYCLES }: AgingFlashOptions = {}) {
    this.geometry = inner.geometry;
    this.#inner = inner;
    this.#seed = seed;
    this.#enduranceCycles = enduranceCycles;
  }

  /** From now on; `undefined` makes it sound again, as no real part does. */
  setBad(sector: number, fault: SectorFault | undefined): void {
    if (fault === undefined) this.#faults.delete(sector);
    else this.#faults.set(sector, fault);
  }

  /** Of a bad sector. */
  faultOf(sector: number): SectorFault | undefined {
    return this.#faults.get(sector);
  }

  /** Firmware may find anything in it: the model does not take that for its mistake. */
  isBad(sector: number): boolean {
    return this.#faults.has(sector);
  }

  read(address: number, into: Uint8Array): void {
    this.#eachSector(address, into.length, (sector, at, length) => {
      this.#fade(sector);
      const part = into.subarray(at, at + length);
      this.#inner.read(address + at, part);
      if (this.#faults.get(sector) === 'stuck-bits') this.#stick(part, address + at);
    });
  }

  write(address: number, bytes: Uint8Array): void {
    const sector = Math.floor(address / this.geometry.sectorBytes);
    if (this.#faults.get(sector) !== 'program-fails') {
      this.#inner.write(address, bytes);
      return;
    }
    const cells = new Uint8Array(bytes.length);
    this.#inner.read(address, cells);
    for (let i = 0; i < bytes.length; i++) {
      const weak = this.#draw(address + i) & 0xff;
      // Some bits that should go stay; what should stay or come stays or comes.
      cells[i] = (bytes[i] ?? 0) | ((cells[i] ?? 0) & weak);
    }
    this.#inner.write(address, cells);
  }

  clear(sector: number): void {
    if (this.#isWornOut(sector)) this.#grow(sector);
    if (this.#faults.get(sector) !== 'erase-fails') {
      this.#inner.clear(sector);
      return;
    }
    const { sectorBytes, pageBytes } = this.geometry;
    const page = new Uint8Array(pageBytes);
    for (let at = sector * sectorBytes; at < (sector + 1) * sectorBytes; at += pageBytes) {
      this.#inner.read(at, page);
      for (let i = 0; i < pageBytes; i++) page[i] = (page[i] ?? 0) | (this.#draw(at + i) & 0xff);
      this.#inner.write(at, page);
    }
  }

  eraseCount(sector: number): number {
    return this.#inner.eraseCount(sector);
  }

  setEraseCount(sector: number, count: number): void {
    this.#inner.setEraseCount(sector, count);
  }

  unstableSeed(sector: number): number {
    return this.#inner.unstableSeed(sector);
  }

  setUnstableSeed(sector: number, seed: number): void {
    this.#inner.setUnstableSeed(sector, seed);
  }

  close(): void {
    this.#inner.close();
  }

  #isWornOut(sector: number): boolean {
    if (this.#faults.has(sector)) return false;
    const spread =
      (mix32(this.#seed ^ Math.imul(sector + 1, 0x9e37_79b1)) / 0x1_0000_0000) * ENDURANCE_SPREAD;
    return this.#inner.eraseCount(sector) >= this.#enduranceCycles * (1 + spread);
  }

  #grow(sector: number): void {
    const drawn = mix32(this.#seed ^ Math.imul(sector + 1, 0x85eb_ca6b)) % SECTOR_FAULTS.length;
    this.#faults.set(sector, SECTOR_FAULTS[drawn] ?? 'erase-fails');
  }

  /** One read of a sector that loses bits by being read. */
  #fade(sector: number): void {
    const fault = this.#faults.get(sector);
    if (fault !== 'read-disturb' && fault !== 'retention') return;
    const reads = (this.#reads.get(sector) ?? 0) + 1;
    this.#reads.set(sector, reads);
    if (reads % READS_PER_LOST_BIT !== 0) return;
    const { sectorBytes } = this.geometry;
    // A place that still can lose one, from a drawn one on.
    const start = this.#draw(sector * sectorBytes + reads) % sectorBytes;
    const cell = new Uint8Array(1);
    for (let i = 0; i < sectorBytes; i++) {
      const address = sector * sectorBytes + ((start + i) % sectorBytes);
      this.#inner.read(address, cell);
      const value = cell[0] ?? 0;
      const changed = fault === 'read-disturb' ? value & (value - 1) : value | (value + 1);
      if ((changed & 0xff) === value) continue;
      this.#inner.write(address, Uint8Array.of(changed));
      return;
    }
  }

  #stick(cells: Uint8Array, address: number): void {
    for (let i = 0; i < cells.length; i++) {
      const place = address + i;
      if (this.#draw(Math.floor(place / STUCK_EVERY_BYTES)) % STUCK_EVERY_BYTES !== place % STUCK_EVERY_BYTES)
        continue;
      const drawn = this.#draw(place ^ 0x5bd1_e995);
      const bit = 1 << (drawn & 7);
      const isHigh = (drawn & 8) !== 0;
      cells[i] = isHigh ? (cells[i] ?? 0) | bit : (cells[i] ?? 0) & ~bit;
    }
  }

  #draw(place: number): number {
    return mix32(this.#seed ^ Math.imul(place + 1, 0xc2b2_ae35));
  }

  #eachSector(
    address: number,
    length: number,
    visit: (sector: number, at: number, length: number) => void,
  ): void {
    const { sectorBytes } = this.geometry;
    for (let at = 0; at < length;) {
      const sector = Math.floor((address + at) / sectorBytes);
      const part = Math.min(length - at, (sector + 1) * sectorBytes - (address + at));
      visit(sector, at, part);
      at += part;
    }
  }
}
