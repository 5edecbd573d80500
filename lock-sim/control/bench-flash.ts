// The flash of a lock at the bench: it ages, sectors go bad by a hand, written cells rot, and it can be slow. Faults
// last as long as the process; what they did to the cells stays.
import { invariant } from '#protocol/errors.ts';
import { AgingFlash, type SectorFault } from '../flash/aging-flash.ts';
import type { FlashStore } from '../flash/flash-store.ts';
import type { FlashGeometry } from '../flash/geometry.ts';
import { TYPICAL_TIMING, type FlashTiming } from '../flash/nor-flash.ts';
import { seededBits } from '../flash/seeded-bits.ts';

export interface Rotted {
  readonly bits: number;
  /** Those that were hit, in ascending order. */
  readonly sectors: readonly number[];
}

export class BenchFlash implements FlashStore {
  readonly geometry: FlashGeometry;
  readonly #aging: AgingFlash;
  /** A cell that rotted may want a bit back that no program sets: firmware is not blamed for it. */
  readonly #rotten = new Set<number>();

  constructor(store: FlashStore) {
    this.geometry = store.geometry;
    this.#aging = new AgingFlash(store);
  }

  setBad(sector: number, fault: SectorFault | undefined): void {
    invariant(sector < this.geometry.sectors, 'the flash has that sector');
    this.#aging.setBad(sector, fault);
  }

  /** Flips so many bits of what is written in those sectors; the same ones for the same seed and cells. */
  rot(sectors: readonly number[], bits: number, seed: number): Rotted {
    const written = sectors.flatMap((sector) => this.#writtenCells(sector));
    const hit = new Set<number>();
    const drawn = seededBits(seed);
    if (written.length === 0) return { bits: 0, sectors: [] };
    for (let i = 0; i < bits; i++) {
      const address = written[drawn.below(written.length)] ?? 0;
      const cell = new Uint8Array(1);
      this.#aging.read(address, cell);
      this.#aging.write(address, Uint8Array.of((cell[0] ?? 0) ^ (1 << drawn.below(8))));
      const sector = Math.floor(address / this.geometry.sectorBytes);
      hit.add(sector);
      this.#rotten.add(sector);
    }
    return { bits, sectors: [...hit].sort((a, b) => a - b) };
  }

  isBad(sector: number): boolean {
    return this.#rotten.has(sector) || this.#aging.isBad(sector);
  }

  /** Of a sector that a hand or its age made bad. */
  faultOf(sector: number): SectorFault | undefined {
    return this.#aging.faultOf(sector);
  }

  read(address: number, into: Uint8Array): void {
    this.#aging.read(address, into);
  }

  write(address: number, bytes: Uint8Array): void {
    this.#aging.write(address, bytes);
  }

  clear(sector: number): void {
    this.#aging.clear(sector);
    this.#rotten.delete(sector);
  }

  eraseCount(sector: number): number {
    return this.#aging.eraseCount(sector);
  }

  setEraseCount(sector: number, count: number): void {
    this.#aging.setEraseCount(sector, count);
  }

  unstableSeed(sector: number): number {
    return this.#aging.unstableSeed(sector);
  }

  setUnstableSeed(sector: number, seed: number): void {
    this.#aging.setUnstableSeed(sector, seed);
  }

  close(): void {
    this.#aging.close();
  }

  #writtenCells(sector: number): number[] {
    const { sectorBytes } = this.geometry;
    const cells = new Uint8Array(sectorBytes);
    this.#aging.read(sector * sectorBytes, cells);
    const addresses: number[] = [];
    cells.forEach((cell, at) => {
      if (cell !== 0xff) addresses.push(sector * sectorBytes + at);
    });
    return addresses;
  }
}

/** What the part's operations take; a hand may make it slow while it works. */
export class BenchTiming implements FlashTiming {
  readonly #usual: FlashTiming;
  /** 1: as usual; otherwise so many times what is typical. */
  slowness = 1;

  constructor(usual: FlashTiming) {
    this.#usual = usual;
  }

  get eraseMs(): number {
    return this.#now.eraseMs;
  }

  get programMs(): number {
    return this.#now.programMs;
  }

  get #now(): FlashTiming {
    if (this.slowness === 1) return this.#usual;
    const { eraseMs, programMs } = TYPICAL_TIMING;
    return { eraseMs: eraseMs * this.slowness, programMs: programMs * this.slowness };
  }
}
