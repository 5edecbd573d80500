// Flash in a file: a lock survives the end of its process, and no damaged, foreign or busy file is taken for one.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { FlashFileError, openFlashFile } from '#lock-sim/flash/flash-file.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { FlashStore } from '#lock-sim/flash/flash-store.ts';
import { NorFlash } from '#lock-sim/flash/nor-flash.ts';
import { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { manufacture } from '#lock-sim/secure-element/secure-contents.ts';
import { SecureElement } from '#lock-sim/secure-element/secure-element.ts';
import { SecureFileError, openSecureFile } from '#lock-sim/secure-element/secure-file.ts';
import { StorageError } from '#lock-sim/storage/storage-error.ts';

const GEOMETRY = { sectorBytes: 4096, pageBytes: 256, sectors: 16 };
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-flash-'));
  path = join(folder, 'flash.bin');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => openFlashFile({ path, geometry: GEOMETRY });
const partOn = (store: FlashStore): NorFlash => new NorFlash({ store, power: new PowerSupply() });

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(FlashFileError);
    expect((error as FlashFileError).next).toMatch(/\.$/);
    return (error as FlashFileError).code;
  }
  return 'none';
}

describe.each([
  ['in memory', (): FlashStore => new FlashImage(GEOMETRY)],
  ['in a file', (): FlashStore => open()],
])('A flash store %s', (_name, make) => {
  it('keeps cells, wear and unstable sectors alike', () => {
    const store = make();
    const part = partOn(store);
    part.program(256, Uint8Array.of(1, 2, 3));
    part.erase(2);
    store.setUnstableSeed(3, 99);
    expect(part.read(254, 6)).toEqual(Uint8Array.of(255, 255, 1, 2, 3, 255));
    expect([store.eraseCount(2), store.eraseCount(3)]).toEqual([1, 0]);
    expect([store.unstableSeed(2), store.unstableSeed(3)]).toEqual([0, 99]);
    part.erase(0);
    expect(part.read(0, 4096)).toEqual(new Uint8Array(4096).fill(0xff));
    store.close();
  });
});

describe('A flash file', () => {
  it('has the same cells, wear and unstable sectors after it was closed', () => {
    const first = open();
    partOn(first).program(4096, Uint8Array.of(9));
    partOn(first).erase(5);
    first.setUnstableSeed(6, 12);
    first.close();
    const second = open();
    expect(partOn(second).read(4096, 1)).toEqual(Uint8Array.of(9));
    expect(second.eraseCount(5)).toBe(1);
    expect(second.unstableSeed(6)).toBe(12);
    second.close();
  });

  it('costs disk only where it was written', () => {
    openFlashFile({ path, geometry: { ...GEOMETRY, sectors: 4096 } }).close();
    const { size, blocks } = statSync(path);
    expect(size).toBeGreaterThan(16 * 1024 * 1024);
    expect(blocks * 512).toBeLessThan(256 * 1024);
  });

  it.each([
    ['empty', () => writeFileSync(path, '')],
    ['foreign', () => writeFileSync(path, 'x'.repeat(100_000))],
    ['truncated', () => truncateSync(path, statSync(path).size - 1)],
    ['cut within its header', () => truncateSync(path, 20)],
    ['of a longer making', () => truncateSync(path, statSync(path).size + 1)],
    [
      'damaged in its header',
      () => {
        const all = readFileSync(path);
        all[20] = ~all[20]! & 0xff;
        writeFileSync(path, all);
      },
    ],
  ])('that is %s is refused and left as it is', (_what, damage) => {
    open().close();
    damage();
    const before = readFileSync(path);
    expect(refusal(open)).toBe('FLASH_FILE_INVALID');
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('of another geometry is refused', () => {
    open().close();
    expect(refusal(() => openFlashFile({ path, geometry: { ...GEOMETRY, sectors: 17 } }))).toBe(
      'FLASH_FILE_INVALID',
    );
  });

  it('in a folder that does not exist is refused', () => {
    const nowhere = join(folder, 'no', 'flash.bin');
    expect(refusal(() => openFlashFile({ path: nowhere, geometry: GEOMETRY }))).toBe('FLASH_FILE_IO');
  });

  it('opens once at a time', () => {
    const first = open();
    expect(refusal(open)).toBe('FLASH_FILE_BUSY');
    first.close();
    open().close();
  });

  it('is busy while another living process holds it, and free once that is dead', () => {
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: process.ppid, began: '' }));
    expect(refusal(open)).toBe('FLASH_FILE_BUSY');
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(`${path}.lock`, JSON.stringify({ pid, began: '1' }));
    open().close();
  });

  it('is free where the lock names this process from before its number came round', () => {
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: process.pid, began: '1' }));
    open().close();
    writeFileSync(`${path}.lock`, 'torn');
    open().close();
  });
});

describe('A secure element in a file', () => {
  const securePath = (): string => join(folder, 'secure.bin');
  const make = () => openSecureFile(securePath(), () => manufacture(seededRandom(1)));

  it('is made once and keeps what was written', () => {
    const store = make();
    const { identitySeed } = store.load();
    new SecureElement(store, new PowerSupply()).raiseSettingsCount(7);
    const again = openSecureFile(securePath(), () => manufacture(seededRandom(2)));
    expect(again.load().identitySeed).toEqual(identitySeed);
    expect(again.load().settingsCount).toBe(7);
  });

  it('is readable for its owner alone', () => {
    make();
    expect(statSync(securePath()).mode & 0o077).toBe(0);
  });

  it('that can not be written is told by a typed error, and stays what it was', () => {
    const store = make();
    // Where its draft should go there is a folder.
    mkdirSync(`${securePath()}.draft`);
    const write = (): void => new SecureElement(store, new PowerSupply()).raiseSettingsCount(7);
    expect(write).toThrow(StorageError);
    expect(write).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }) as Error);
    expect(store.load().settingsCount).toBe(0);
    expect(make().load().settingsCount).toBe(0);
    rmSync(`${securePath()}.draft`, { recursive: true });
    write();
    expect(make().load().settingsCount).toBe(7);
  });

  it('that is damaged anywhere is refused', () => {
    make();
    const whole = readFileSync(securePath());
    for (const at of [0, 15, Math.floor(whole.length / 2), whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at] = damaged[at]! ^ 1;
      writeFileSync(securePath(), damaged);
      expect(make).toThrow(SecureFileError);
    }
    writeFileSync(securePath(), whole.subarray(0, 50));
    expect(make).toThrow(SecureFileError);
  });

  it('takes no step back', () => {
    const secure = new SecureElement(make(), new PowerSupply());
    secure.raiseSettingsCount(5);
    expect(() => secure.raiseSettingsCount(4)).toThrow('never falls');
  });
});
