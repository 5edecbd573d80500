// The NOR model: what a part does, what it never does, and what a cut leaves.
import { describe, expect, it } from 'vitest';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { NorFlash, NO_TIMING, TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import type { DurableOperation } from '#lock-sim/flash/durable-operation.ts';
import { PowerCut, PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { type Tear, enumerateTears } from '#lock-sim/flash/tears.ts';

const GEOMETRY = { sectorBytes: 4096, pageBytes: 256, sectors: 8 };
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const blank = (length: number): Uint8Array => filled(length, 0xff);

function aPart(timing = TYPICAL_TIMING) {
  const image = new FlashImage(GEOMETRY);
  const power = new PowerSupply();
  return { image, power, flash: new NorFlash({ store: image, power, timing }) };
}

/** A part after a cut: the image it leaves, powered again. */
function torn(prepare: (flash: NorFlash) => void, operate: (flash: NorFlash) => void, tear: Tear): NorFlash {
  const { image, power, flash } = aPart();
  prepare(flash);
  power.cutAt(power.operations, tear);
  expect(() => operate(flash)).toThrow(PowerCut);
  return new NorFlash({ store: image, power: new PowerSupply() });
}

describe('A NOR flash part', () => {
  it('reads 0xFF where nothing was ever written', () => {
    expect(aPart().flash.read(4000, 200)).toEqual(blank(200));
  });

  it('clears bits by a program and sets them only by an erase of the whole sector', () => {
    const { flash } = aPart();
    flash.program(10, bytes(0xf0));
    flash.program(10, bytes(0x30));
    expect(flash.read(10, 1)).toEqual(bytes(0x30));
    expect(() => flash.program(10, bytes(0x31))).toThrow('sets no bit');
    flash.erase(0);
    expect(flash.read(10, 1)).toEqual(bytes(0xff));
  });

  it('refuses a program that crosses a page, is empty, or lies beyond the end', () => {
    const { flash } = aPart();
    expect(() => flash.program(250, blank(7))).toThrow('within one page');
    expect(() => flash.program(0, blank(0))).toThrow('at least one byte');
    expect(() => flash.program(8 * 4096, blank(1))).toThrow('within the flash');
    expect(() => flash.read(8 * 4096 - 1, 2)).toThrow('within the flash');
    expect(() => flash.erase(8)).toThrow('exists');
  });

  it('erases one sector and no other', () => {
    const { flash } = aPart();
    flash.program(4096, bytes(1));
    flash.program(8192, bytes(2));
    flash.erase(1);
    expect([flash.read(4096, 1)[0], flash.read(8192, 1)[0]]).toEqual([0xff, 2]);
  });

  it('counts operations, bytes, wear and the time a part would have taken', () => {
    const { flash, power } = aPart();
    flash.erase(3);
    flash.erase(3);
    flash.program(0, bytes(1, 2, 3));
    expect(flash.eraseCount(3)).toBe(2);
    expect(flash.counts).toMatchObject({ erases: 2, programs: 1, programmedBytes: 3 });
    expect(flash.counts.busyMs).toBeCloseTo(90.8);
    expect(power.operations).toBe(3);
    const quick = aPart(NO_TIMING).flash;
    quick.erase(0);
    expect(quick.counts.busyMs).toBe(0);
  });
});

describe('A cut', () => {
  const nothing = (): void => undefined;
  const page = Uint8Array.from({ length: 256 }, (_, i) => i);
  const programPage = (flash: NorFlash): void => flash.program(0, page);

  it('before a program leaves nothing of it, after it all', () => {
    expect(torn(nothing, programPage, { kind: 'before' }).read(0, 256)).toEqual(blank(256));
    expect(torn(nothing, programPage, { kind: 'after' }).read(0, 256)).toEqual(page);
  });

  it('within a program leaves a byte prefix', () => {
    const read = torn(nothing, programPage, { kind: 'prefix', bytes: 5 }).read(0, 256);
    expect(read.subarray(0, 5)).toEqual(page.subarray(0, 5));
    expect(read.subarray(5)).toEqual(blank(251));
  });

  it('within a program leaves some of its bits, never one it did not ask for', () => {
    const read = torn(nothing, programPage, { kind: 'bits', seed: 7 }).read(0, 256);
    expect(read.every((cell, i) => (cell & page[i]!) === page[i]!)).toBe(true);
    expect(read).not.toEqual(page);
    expect(read).not.toEqual(blank(256));
  });

  it('within a program can disturb any page of the sector, its own one too, and no other sector', () => {
    // In the last quarter of a page in the middle: what is cleared elsewhere was not asked for.
    const address = 2 * 256 + 192;
    const part = page.subarray(192);
    const pages = new Set<number>();
    for (let seed = 1; seed <= 200; seed++) {
      const read = torn(nothing, (flash) => flash.program(address, part), { kind: 'disturb', seed }).read(
        0,
        8 * 4096,
      );
      const changed = [...read.keys()].filter((i) => read[i] !== 0xff && (i < address || i >= address + 64));
      expect(changed.every((i) => i < 4096)).toBe(true);
      for (const i of changed) pages.add(Math.floor(i / 256));
    }
    expect(pages.size).toBe(16);
  });

  it('within an erase leaves a prefix or some bits set', () => {
    const fill = (flash: NorFlash): void => {
      for (let at = 0; at < 4096; at += 256) flash.program(at, filled(256, 0));
    };
    const erase = (flash: NorFlash): void => flash.erase(0);
    const prefix = torn(fill, erase, { kind: 'prefix', bytes: 1000 }).read(0, 4096);
    expect(prefix.findIndex((cell) => cell === 0)).toBe(1000);
    const bits = torn(fill, erase, { kind: 'bits', seed: 5 });
    expect(bits.read(0, 4096)).toEqual(bits.read(0, 4096));
    expect(new Set(bits.read(0, 4096)).size).toBeGreaterThan(2);
  });

  it('within an erase can leave bits that read differently until the sector is erased again', () => {
    const flash = torn(nothing, (part) => part.erase(0), { kind: 'unstable', seed: 8 });
    expect(flash.read(0, 4096)).not.toEqual(flash.read(0, 4096));
    expect(flash.read(4096, 4096)).toEqual(blank(4096));
    flash.erase(0);
    expect(flash.read(0, 4096)).toEqual(blank(4096));
  });

  it('leaves a part that neither reads nor writes', () => {
    const { flash, power } = aPart();
    power.cutAt(0, { kind: 'after' });
    expect(() => flash.erase(0)).toThrow(PowerCut);
    expect(() => flash.read(0, 1)).toThrow(PowerCut);
    expect(() => flash.program(0, bytes(0))).toThrow(PowerCut);
  });
});

describe('The list of tears', () => {
  const program: DurableOperation = { kind: 'program', address: 0, bytes: blank(256) };

  it('holds before, after, every byte prefix, bits and disturbances of a page where there is room', () => {
    const tears = enumerateTears(program, 4096, { seed: 1, limit: 310 });
    const prefixes = tears.filter((tear) => tear.kind === 'prefix').map(({ bytes: length }) => length);
    expect(prefixes).toEqual(Array.from({ length: 255 }, (_, i) => i + 1));
    expect(tears.length).toBeGreaterThanOrEqual(300);
    expect(new Set(tears.map(({ kind }) => kind))).toEqual(
      new Set(['before', 'after', 'prefix', 'bits', 'disturb']),
    );
  });

  it('keeps some of each kind where there is little room, and the same for the same seed', () => {
    const tears = enumerateTears({ kind: 'erase', sector: 0 }, 4096, { seed: 1, limit: 8 });
    expect(tears).toHaveLength(8);
    expect(new Set(tears.map(({ kind }) => kind))).toEqual(
      new Set(['before', 'after', 'prefix', 'bits', 'unstable']),
    );
    expect(tears).toEqual(enumerateTears({ kind: 'erase', sector: 0 }, 4096, { seed: 1, limit: 8 }));
  });

  it('never tears what a secure element writes', () => {
    const tears = enumerateTears({ kind: 'secure', name: 'x' }, 4096, { seed: 1, limit: 300 });
    expect(tears).toEqual([{ kind: 'before' }, { kind: 'after' }]);
  });
});

describe('A snapshot of an image', () => {
  it('shares nothing that either of the two writes later', () => {
    const { image, flash } = aPart();
    flash.program(0, bytes(1));
    const copy = image.snapshot();
    flash.program(0, bytes(0));
    new NorFlash({ store: copy, power: new PowerSupply() }).program(1, bytes(7));
    expect(flash.read(0, 2)).toEqual(bytes(0, 0xff));
    expect(new NorFlash({ store: copy, power: new PowerSupply() }).read(0, 2)).toEqual(bytes(1, 7));
  });

  it('has the hash of its cells, however they came to be', () => {
    const { image, flash } = aPart();
    const empty = image.hash();
    flash.program(5000, bytes(1, 2));
    const written = image.hash();
    expect(written).not.toBe(empty);
    const other = aPart();
    other.flash.program(5001, bytes(2));
    other.flash.program(5000, bytes(1));
    expect(other.image.hash()).toBe(written);
    flash.erase(1);
    expect(image.hash()).toBe(empty);
  });
});
