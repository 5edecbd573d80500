// The NOR flash part as firmware sees it: a program clears bits within one page, an erase sets a whole sector
// to 0xFF, each operation can be cut. What firmware may never do on a real part is an invariant error here.
import { invariant } from '#protocol/errors.ts';
import type { FlashStore } from './flash-store.ts';
import { type FlashGeometry, flashBytes } from './geometry.ts';
import type { PowerSupply } from './power-supply.ts';
import { applyTear, drawUnstable } from './tears.ts';

export interface FlashTiming {
  readonly eraseMs: number;
  readonly programMs: number;
}

/** Typical of serial NOR parts: a 4 KiB sector erase and a page program. */
export const TYPICAL_TIMING: FlashTiming = { eraseMs: 45, programMs: 0.8 };
export const NO_TIMING: FlashTiming = { eraseMs: 0, programMs: 0 };

export interface NorFlashOptions {
  readonly store: FlashStore;
  readonly power: PowerSupply;
  /** Default TYPICAL_TIMING. The model never waits: it adds up what a part would have taken. */
  readonly timing?: FlashTiming;
}

export interface FlashCounts {
  readonly reads: number;
  readonly programs: number;
  readonly programmedBytes: number;
  readonly erases: number;
  /** What the operations would have taken by the timing. */
  readonly busyMs: number;
}

export class NorFlash {
  readonly geometry: FlashGeometry;
  readonly #store: FlashStore;
  readonly #power: PowerSupply;
  readonly #timing: FlashTiming;
  #reads = 0;
  #programs = 0;
  #programmedBytes = 0;
  #erases = 0;
  #busyMs = 0;

  constructor({ store, power, timing = TYPICAL_TIMING }: NorFlashOptions) {
    this.geometry = store.geometry;
    this.#store = store;
    this.#power = power;
    this.#timing = timing;
  }

  get counts(): FlashCounts {
    return {
      reads: this.#reads,
      programs: this.#programs,
      programmedBytes: this.#programmedBytes,
      erases: this.#erases,
      busyMs: this.#busyMs,
    };
  }

  /** A copy that the caller owns. Throws InvariantError beyond the end, PowerCut without power. */
  read(address: number, length: number): Uint8Array {
    this.#power.assertOn();
    this.#assertRange(address, length);
    const bytes = new Uint8Array(length);
    this.#store.read(address, bytes);
    this.#drawUnstable(address, bytes);
    this.#reads++;
    return bytes;
  }

  /**
   * Clears the bits that are 0 in `bytes`, within one page. Throws InvariantError where a bit would have to be
   * set or a page boundary is crossed, PowerCut as planned.
   */
  program(address: number, bytes: Uint8Array): void {
    const { pageBytes } = this.geometry;
    this.#assertRange(address, bytes.length);
    invariant(bytes.length > 0, 'a program has at least one byte');
    invariant((address % pageBytes) + bytes.length <= pageBytes, 'a program stays within one page');
    const tear = this.#power.begin({ kind: 'program', address, bytes });
    const cells = new Uint8Array(bytes.length);
    this.#store.read(address, cells);
    this.#assertClearsOnly(address, cells, bytes);
    if (tear !== undefined) {
      applyTear(this.#store, { kind: 'program', address, bytes }, tear);
      this.#power.fail();
    }
    for (let i = 0; i < bytes.length; i++) cells[i] = (cells[i] ?? 0) & (bytes[i] ?? 0);
    this.#store.write(address, cells);
    this.#programs++;
    this.#programmedBytes += bytes.length;
    this.#busyMs += this.#timing.programMs;
  }

  /** Sets a sector to 0xFF, its unstable cells included. Throws PowerCut as planned. */
  erase(sector: number): void {
    invariant(sector >= 0 && sector < this.geometry.sectors, `sector ${sector} exists`);
    const tear = this.#power.begin({ kind: 'erase', sector });
    if (tear !== undefined) {
      applyTear(this.#store, { kind: 'erase', sector }, tear);
      this.#power.fail();
    }
    this.#store.clear(sector);
    this.#store.setUnstableSeed(sector, 0);
    this.#store.setEraseCount(sector, this.#store.eraseCount(sector) + 1);
    this.#erases++;
    this.#busyMs += this.#timing.eraseMs;
  }

  eraseCount(sector: number): number {
    return this.#store.eraseCount(sector);
  }

  /** Where a torn erase or a bad sector left cells unknown to firmware the part programs what it can. */
  #assertClearsOnly(address: number, cells: Uint8Array, bytes: Uint8Array): void {
    const sector = Math.floor(address / this.geometry.sectorBytes);
    if (this.#store.unstableSeed(sector) !== 0 || this.#store.isBad?.(sector) === true) return;
    const at = bytes.findIndex((wanted, i) => ((cells[i] ?? 0) & wanted) !== wanted);
    invariant(at < 0, `a program sets no bit (address ${address + at})`);
  }

  #drawUnstable(address: number, bytes: Uint8Array): void {
    const { sectorBytes } = this.geometry;
    for (let at = 0; at < bytes.length;) {
      const offset = (address + at) % sectorBytes;
      const length = Math.min(sectorBytes - offset, bytes.length - at);
      const seed = this.#store.unstableSeed(Math.floor((address + at) / sectorBytes));
      if (seed !== 0) drawUnstable(bytes.subarray(at, at + length), seed, offset, this.#reads);
      at += length;
    }
  }

  #assertRange(address: number, length: number): void {
    invariant(
      Number.isInteger(address) && address >= 0 && address + length <= flashBytes(this.geometry),
      `address ${address} and length ${length} are within the flash`,
    );
  }
}
