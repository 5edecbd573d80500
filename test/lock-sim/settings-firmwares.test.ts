// One flash under firmwares that know different settings: what the other one wrote is believed, and kept for it.
import { describe, expect, it } from 'vitest';
import { concat, u32, utf8 } from '#protocol/bytes.ts';
import { NorFlash } from '#lock-sim/flash/nor-flash.ts';
import { PowerCut, PowerSupply } from '#lock-sim/flash/power-supply.ts';
import type { Tear } from '#lock-sim/flash/tears.ts';
import { MemorySecureStore, SecureElement } from '#lock-sim/secure-element/secure-element.ts';
import { SettingsCopy } from '#lock-sim/storage/settings-copy.ts';
import { decodeEntries, encodeEntries, type SettingsEntries } from '#lock-sim/storage/settings-values.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { crc32 } from '#lock-sim/storage/crc32.ts';
import { type Machine, aMachine, copyOf, livedThrough, powerUp } from './power-cut-rig.ts';

const set = aSignedSet();
/** Numbers that no firmware has given yet. */
const LATER = 200;
const LATER_BYTES = 201;
const later: SettingsEntries = new Map([
  [LATER, u32(77)],
  [LATER_BYTES, Uint8Array.of(1, 2, 3)],
]);

/** What a firmware writes that knows those too: the record of this one, with their keys and bytes in it. */
function writtenByLater(machine: Machine, change: SettingsEntries): Machine {
  const { layout, engine, image, contents } = copyOf(machine);
  const power = new PowerSupply();
  const store = new MemorySecureStore(contents);
  const flash = new NorFlash({ store: image, power });
  const copies = layout.settings.map((blocks) => new SettingsCopy(flash, blocks));
  const before = copies[0]!.opened!;
  const encoded = encodeEntries(new Map([...decodeEntries(before.encoded)!, ...change]));
  const count = before.count + 1;
  const covered = concat(utf8('doorlab/settings/1'), u32(count), encoded);
  const tag = engine.hmacSha256(contents.logSecret, covered).slice(0, 16);
  for (const copy of copies) expect(copy.append(encodeEntries(change), { count, encoded, tag })).toBe(true);
  new SecureElement(store, power).raiseSettingsCount(count);
  return { layout, engine, image, contents: store.load() };
}

/** What such a firmware finds, in each copy. */
const foundByLater = ({ layout, image }: Machine): SettingsEntries[] => {
  const flash = new NorFlash({ store: image.snapshot(), power: new PowerSupply() });
  return layout.settings.map((blocks) => decodeEntries(new SettingsCopy(flash, blocks).opened!.encoded)!);
};

const aLockOfToday = (): Machine => {
  const running = powerUp(livedThrough(aMachine(set, { capacityChunks: 2, eventBlocks: 3 }), [set]));
  running.storage.settings.write({ bootCount: 41, lockoutFailures: 3, burnedSlots: Uint8Array.of(9) });
  return running.machine();
};

describe('A flash under another firmware', () => {
  it('of before a setting was made is intact: the setting has its default, and all others what they had', () => {
    // Nobody ever wrote the others: to the firmware that did, they may not have been there.
    const machine = aLockOfToday();
    const recorded = foundByLater(machine)[0]!;
    expect(recorded.has(42)).toBe(false);
    const { settings, storage } = powerUp(machine);
    expect([settings, storage.tableState]).toEqual(['intact', 'active']);
    expect(storage.settings.values).toMatchObject({ bootCount: 41, lockoutFailures: 3, lastTrustedS: 0 });
    expect(storage.settings.values.firmwareFailed).toEqual(new Uint8Array(0));
  });

  it('of a later firmware is intact under this one, which keeps what it has no name for through every compaction', () => {
    let machine = writtenByLater(aLockOfToday(), later);
    const first = powerUp(machine);
    expect([first.settings, first.storage.tableState]).toEqual(['intact', 'active']);
    expect(first.storage.settings.values).toMatchObject({ bootCount: 41, lockoutFailures: 3 });
    for (let n = 1; n <= 300; n++) first.storage.settings.write({ lockoutFailures: n });
    machine = first.machine();
    for (const found of foundByLater(machine)) {
      for (const [key, value] of later) expect(found.get(key)).toEqual(value);
      expect(found.get(7)).toEqual(u32(300));
    }
    machine = writtenByLater(machine, new Map([[LATER, u32(78)]]));
    const back = powerUp(machine);
    expect([back.settings, back.storage.settings.values.lockoutFailures]).toEqual(['intact', 300]);
    expect(foundByLater(machine)[1]!.get(LATER)).toEqual(u32(78));
  });

  it('of an earlier day keeps what this one has no name for, behind its barrier', () => {
    const older = writtenByLater(aLockOfToday(), later);
    const running = powerUp(copyOf(older));
    running.storage.settings.write({ lockoutFailures: 5 });
    const restored = powerUp({ ...running.machine(), image: older.image.snapshot() });
    expect([restored.settings, restored.storage.tableState]).toEqual(['older', 'degraded']);
    for (const found of foundByLater(restored.machine())) expect(found.get(LATER)).toEqual(u32(77));
  });

  it('with a setting of a later firmware edited in place is not believed', () => {
    const machine = writtenByLater(aLockOfToday(), later);
    expect(powerUp(copyOf(machine)).settings).toBe('intact');
    const forged = copyOf(machine);
    for (const blocks of forged.layout.settings) {
      // The value 77 becomes 76, and the CRC, which takes no key, is mended.
      forge(forged, blocks[0]!.address, Uint8Array.of(LATER, 0, 4, 0, 0, 0, 77), 6);
    }
    const { settings, storage } = powerUp(forged);
    expect([settings, storage.tableState]).toEqual(['lost', 'degraded']);
  });

  it('with a setting left out of its record is not believed, as if it were of a firmware that never had it', () => {
    const machine = writtenByLater(aLockOfToday(), later);
    const forged = copyOf(machine);
    for (const blocks of forged.layout.settings) {
      // Another number for the key: the one that was recorded is missing then.
      forge(forged, blocks[0]!.address, Uint8Array.of(LATER, 0, 4, 0, 0, 0, 77), 0);
    }
    expect(powerUp(forged).settings).toBe('lost');
  });

  it('loses nothing of a later firmware to a cut anywhere within a compaction by this one', () => {
    const running = powerUp(writtenByLater(aLockOfToday(), later));
    const erases = (): number =>
      running.layout.settings.flat().reduce((sum, { sector }) => sum + running.flash.eraseCount(sector), 0);
    let machine = running.machine();
    const before = erases();
    for (let n = 1; erases() === before; n++) {
      machine = running.machine();
      running.storage.settings.write({ lockoutFailures: n });
    }
    const tears: readonly Tear[] = [
      { kind: 'before' },
      { kind: 'after' },
      { kind: 'prefix', bytes: 9 },
      { kind: 'bits', seed: 5 },
    ];
    let cuts = 0;
    for (const tear of tears) {
      for (let index = 0; ; index++) {
        const again = powerUp(copyOf(machine));
        again.power.cutAt(again.power.operations + index, tear);
        const isCut = cutBy(() => again.storage.settings.write({ lockoutFailures: 999 }));
        const after = powerUp(again.machine());
        expect(after.settings, `${tear.kind} at ${index}`).toBe('intact');
        for (const found of foundByLater(after.machine())) {
          for (const [key, value] of later) expect(found.get(key), `${tear.kind} at ${index}`).toEqual(value);
        }
        if (!isCut) break;
        cuts++;
      }
    }
    expect(cuts).toBeGreaterThan(20);
  });
});

function cutBy(work: () => void): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
}

/** Takes one from the byte `place` behind the start of `field`, in the last record that has it, and mends its CRC. */
function forge({ image, layout }: Machine, address: number, field: Uint8Array, place: number): void {
  const block = new Uint8Array(4096);
  image.read(address, block);
  const at = Buffer.from(block).lastIndexOf(field);
  expect(at).toBeGreaterThan(0);
  const start = at - 8;
  const length = 8 + new DataView(block.buffer).getUint16(start) + 16;
  block[at + place] = block[at + place]! - 1;
  new DataView(block.buffer).setUint32(start + length, crc32(block.subarray(start, start + length)));
  const { pageBytes } = layout.geometry;
  for (let page = 0; page < 4096; page += pageBytes)
    image.write(address + page, block.subarray(page, page + pageBytes));
}
