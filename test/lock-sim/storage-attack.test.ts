// Who has the flash in hand, with a soldering iron: reads nothing of worth, and what is edited or brought back from
// an earlier day does not pass.
import { describe, expect, it } from 'vitest';
import { decodeHex, utf8 } from '#protocol/bytes.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { flashBytes } from '#lock-sim/flash/geometry.ts';
import { crc32 } from '#lock-sim/storage/crc32.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { type Machine, aMachine, anEvent, copyOf, livedThrough, powerUp, takeSet } from './power-cut-rig.ts';

const SIZE = { capacityChunks: 4, eventBlocks: 3 };
const one = aSignedSet({ tableVersion: 1, rows: 3 });
const two = aSignedSet({ tableVersion: 2, rows: 300 });
const lived = (...sets: BuiltSet[]): Machine => livedThrough(aMachine(one, SIZE), sets);

/** Turns bytes of the image over, as a soldering iron does: past the rules of NOR. */
function overwrite({ image }: Machine, address: number, change: (cells: Uint8Array) => void): void {
  const cells = new Uint8Array(256);
  image.read(address, cells);
  change(cells);
  image.write(address, cells);
}

describe('Who has the flash in hand', () => {
  it('reads no code, key, verifier or plaintext row out of a dump', () => {
    const machine = lived(one, two);
    const running = powerUp(machine);
    running.storage.events.append(anEvent({ data: utf8('a very secret event') }));
    const dump = new Uint8Array(flashBytes(machine.layout.geometry));
    running.machine().image.read(0, dump);
    const hay = Buffer.from(dump);
    const { contents } = machine;
    const needles = [
      ...Object.values({ ...contents.lockSecrets! }),
      ...[contents.identitySeed, contents.sealingSecret, contents.tableSecret, contents.logSecret],
      ...[two, one].flatMap(({ rows }) => rows.map((row) => row.subarray(0, 16))),
      ...two.codes.map(utf8),
      two.headBytes.subarray(0, 24),
      utf8('a very secret event'),
    ];
    expect(needles.filter((needle) => hay.includes(Buffer.from(needle)))).toEqual([]);
    // The search itself works: a manifest is public and is there.
    expect(hay.includes(Buffer.from(two.manifestBytes))).toBe(true);
  });

  it('cannot raise a table by editing its commit record', () => {
    const machine = lived(one, two);
    for (const slot of ['A', 'B'] as const) {
      for (const { address } of machine.layout.slots[slot].commits) {
        overwrite(machine, address, (cells) => {
          cells[19] = 9;
        });
      }
    }
    const { storage, secure } = powerUp(machine);
    expect(storage.tableState).toBe('degraded');
    expect(secure.contents.floor.triple.tableVersion).toBe(2);
  });

  it('cannot bring back an older image: it is noticed, and its table does not count', () => {
    const older = lived(one);
    const running = powerUp(copyOf(older));
    running.storage.settings.write({ lockoutFailures: 5 });
    const restored = powerUp({ ...running.machine(), image: older.image.snapshot() });
    expect([restored.settings, restored.storage.tableState]).toEqual(['older', 'degraded']);
  });

  it('is still degraded at the next boot, until the table is taken again', () => {
    const older = lived(one);
    const running = powerUp(copyOf(older));
    running.storage.settings.write({ lockoutFailures: 5 });
    const restored = powerUp({ ...running.machine(), image: older.image.snapshot() });
    const next = powerUp(restored.machine());
    expect([next.settings, next.storage.tableState]).toEqual(['intact', 'degraded']);
    takeSet(next, one);
    expect(powerUp(next.machine()).storage.tableState).toBe('active');
  });

  it('cannot empty the flash to clear the counters unseen', () => {
    const machine = lived(one);
    const emptied = powerUp({ ...machine, image: new FlashImage(machine.layout.geometry) });
    expect([emptied.settings, emptied.storage.tableState]).toEqual(['lost', 'degraded']);
  });

  it('cannot set a counter back by writing a settings record of its own', () => {
    const machine = lived(one);
    const running = powerUp(machine);
    running.storage.settings.write({ lockoutFailures: 5 });
    const left = running.machine();
    for (const blocks of left.layout.settings) forgeLastRecord(left, blocks[0]!.address);
    const { storage, settings } = powerUp(left);
    expect(settings).not.toBe('intact');
    expect(storage.tableState).toBe('degraded');
  });
});

/** Sets lockoutFailures back to 0 in the last record and mends its CRC, which takes no key. */
function forgeLastRecord({ image, layout }: Machine, address: number): void {
  const block = new Uint8Array(4096);
  image.read(address, block);
  const field = decodeHex('0700040000 0005'.replace(' ', ''))!;
  const at = Buffer.from(block).indexOf(field);
  expect(at).toBeGreaterThan(0);
  const start = at - 8;
  const crcAt = at + field.length + 16;
  block[at + 6] = 0;
  new DataView(block.buffer).setUint32(crcAt, crc32(block.subarray(start, crcAt)));
  const { pageBytes } = layout.geometry;
  for (let page = 0; page < 4096; page += pageBytes) {
    image.write(address + page, block.subarray(page, page + pageBytes));
  }
}
