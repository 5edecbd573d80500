// Boot and the slots: which table is in force, when a lock is degraded, what a stage writes and what it does not.
import { describe, expect, it } from 'vitest';
import { CHUNKS_MAX } from '#protocol/limits.ts';
import { rowsOfChunk } from '#protocol/table/chunks.ts';
import { sameVerifier, verifierOf } from '#protocol/table/rows.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import {
  type Machine,
  aMachine,
  chunksOf,
  copyOf,
  isTable,
  livedThrough,
  powerUp,
  takeSet,
} from './power-cut-rig.ts';

const SIZE = { capacityChunks: 4, eventBlocks: 3 };
const one = aSignedSet({ tableVersion: 1, rows: 3 });
const two = aSignedSet({ tableVersion: 2, rows: 300 });
const three = aSignedSet({ tableVersion: 3, rows: 5 });
const lived = (...sets: BuiltSet[]): Machine => livedThrough(aMachine(one, SIZE), sets);

describe('Boot', () => {
  it('finds no table on a new lock, and the table once one was committed', () => {
    const fresh = powerUp(aMachine(one, SIZE));
    expect([fresh.storage.tableState, fresh.storage.table]).toEqual(['none', undefined]);
    const { storage } = powerUp(lived(one));
    expect(storage.tableState).toBe('active');
    expect(isTable(one, storage.table!.record.manifestHash)).toBe(true);
  });

  it('takes the newest of many tables, whichever slot it is in', () => {
    for (const sets of [
      [one, two],
      [one, two, three],
      [two, three],
    ]) {
      const { storage } = powerUp(lived(...sets));
      expect(isTable(sets.at(-1)!, storage.table!.record.manifestHash)).toBe(true);
    }
  });

  it('writes nothing on a lock that was shut down well', () => {
    const { power, repairs } = powerUp(lived(one, two));
    expect(power.operations).toBe(0);
    expect(repairs).toEqual({ settingsCopies: 0, commitCopies: 0, floorRaised: false, failedCopies: 0 });
  });

  it('never goes back to the old table, even where the new one is lost', () => {
    const machine = lived(one, two);
    const { slot } = powerUp(copyOf(machine)).storage.table!;
    machine.image.clear(machine.layout.slots[slot].chunks.sector + 1);
    const { storage } = powerUp(machine);
    expect([storage.tableState, storage.table]).toEqual(['degraded', undefined]);
  });

  it('mends a commit record that is left in one copy only', () => {
    const machine = lived(one, two);
    const { slot } = powerUp(copyOf(machine)).storage.table!;
    machine.image.clear(machine.layout.slots[slot].commits[0].sector);
    const first = powerUp(machine);
    expect([first.storage.tableState, first.repairs.commitCopies]).toEqual(['active', 1]);
    machine.image.clear(machine.layout.slots[slot].commits[1].sector);
    expect(powerUp(machine).storage.tableState).toBe('active');
  });

  it('names the stage that a courier may go on with, and never commits it', () => {
    const running = powerUp(lived(one));
    const stage = running.storage.openStage(
      { ...two.manifest, manifestHash: two.manifestHash },
      two.manifestBytes,
    );
    chunksOf(two).forEach((plaintext, i) => stage.writeChunk(i, plaintext));
    const report = powerUp(running.machine());
    expect(report.stage?.triple).toEqual(two.triple);
    expect(isTable(one, report.storage.table!.record.manifestHash)).toBe(true);
    const resumed = report.storage.openStage(
      { ...two.manifest, manifestHash: two.manifestHash },
      two.manifestBytes,
    );
    expect(resumed.missing).toBe(0);
    expect(report.storage.commit(resumed, two.manifest).outcome).toBe('committed');
  });
});

describe('A stage', () => {
  const content = { ...two.manifest, manifestHash: two.manifestHash };

  it('erases nothing before its first whole chunk', () => {
    const { storage, power } = powerUp(lived(one));
    storage.openStage(content, two.manifestBytes);
    expect(power.operations).toBe(0);
  });

  it('erases each sector once in a whole sync', () => {
    const running = powerUp(lived(one, three));
    const wear = (): number[] => {
      const { sectors } = running.flash.geometry;
      return Array.from({ length: sectors }, (_, sector) => running.flash.eraseCount(sector));
    };
    const before = wear();
    takeSet(running, aSignedSet({ tableVersion: 4, rows: 300 }));
    const added = wear().map((count, sector) => count - before[sector]!);
    expect(Math.max(...added)).toBe(1);
    expect(added.reduce((a, b) => a + b)).toBe(1 + 2 + 4);
  });

  it('has its commit records erased as it begins, and again before the commit where power went between', () => {
    const running = powerUp(lived(one));
    const erasesOfCommit = ({ storage, flash }: typeof running): number => {
      const stage = storage.openStage(content, two.manifestBytes);
      chunksOf(two).forEach((plaintext, i) => stage.writeChunk(i, plaintext));
      const before = flash.counts.erases;
      expect(storage.commit(stage, two.manifest).outcome).toBe('committed');
      return flash.counts.erases - before;
    };
    const begun = running.storage.openStage(content, two.manifestBytes);
    begun.writeChunk(0, chunksOf(two)[0]!);
    const rebooted = powerUp(running.machine());
    expect([erasesOfCommit(powerUp(lived(one))), erasesOfCommit(rebooted)]).toEqual([0, 2]);
  });

  it('erases a large sector before the first chunk in it, however blank it looks, and once for all of them', () => {
    const running = powerUp(aMachine(one, { capacityChunks: 8, eventBlocks: 3, sectorBytes: 16_384 }));
    takeSet(running, aSignedSet({ tableVersion: 1, rows: 5 * 127 }));
    const { slot } = running.storage.table!;
    const { sector } = running.machine().layout.slots[slot].chunks;
    expect([running.flash.eraseCount(sector), running.flash.eraseCount(sector + 1)]).toEqual([1, 1]);
  });

  it('takes each chunk once', () => {
    const { storage, power } = powerUp(lived(one));
    const stage = storage.openStage(content, two.manifestBytes);
    stage.writeChunk(1, chunksOf(two)[1]!);
    const { operations } = power;
    expect(stage.writeChunk(1, chunksOf(two)[1]!)).toEqual([]);
    expect(power.operations).toBe(operations);
  });

  it('of another manifest for the same version keeps nothing of the first', () => {
    const running = powerUp(lived(one));
    running.storage.openStage(content, two.manifestBytes).writeChunk(0, chunksOf(two)[0]!);
    const other = aSignedSet({ tableVersion: 2, rows: 299 });
    const { storage } = powerUp(running.machine());
    const stage = storage.openStage(
      { ...other.manifest, manifestHash: other.manifestHash },
      other.manifestBytes,
    );
    expect(stage.missing).toBe(other.manifest.chunkCount);
  });

  const swapped = [0, 2, 1].map((i) => chunksOf(two)[i]!);
  const another = chunksOf(aSignedSet({ tableVersion: 2, rows: 300, seed: 'another' }));
  it.each([
    ['has its chunks in another order', swapped],
    ['is another table of that size', another.slice(0, 3)],
  ])('that is whole and %s is refused, and the old table stays', (_what, chunks) => {
    const { storage } = powerUp(lived(one));
    const stage = storage.openStage(content, two.manifestBytes);
    [...chunks, ...chunksOf(two).slice(3)].forEach((plaintext, i) => stage.writeChunk(i, plaintext));
    const result = storage.commit(stage, two.manifest);
    expect(result.outcome).toBe('refused');
    expect(isTable(one, storage.table!.record.manifestHash)).toBe(true);
  });

  it('whose chunk the flash has lost says which', () => {
    const running = powerUp(lived(one));
    const stage = running.storage.openStage(content, two.manifestBytes);
    chunksOf(two).forEach((plaintext, i) => stage.writeChunk(i, plaintext));
    const { image, layout } = running.machine();
    expect(image.hash()).toBeDefined();
    running.flash.erase(layout.slots[stage.store.layout.slot].chunks.sector + 2);
    expect(running.storage.commit(stage, two.manifest)).toEqual({ outcome: 'chunk-lost', index: 2 });
    expect([stage.missing, stage.has(2)]).toEqual([1, false]);
  });
});

describe('A degraded lock', () => {
  function degraded(): Machine {
    const machine = lived(one, two);
    for (const slot of ['A', 'B'] as const) machine.image.clear(machine.layout.slots[slot].manifest.sector);
    return machine;
  }

  it('takes the table of its floor again', () => {
    const running = powerUp(degraded());
    expect(running.storage.tableState).toBe('degraded');
    takeSet(running, two);
    expect(powerUp(running.machine()).storage.tableState).toBe('active');
  });

  it('takes no other table in the name of the same version', () => {
    const running = powerUp(degraded());
    expect(() => takeSet(running, aSignedSet({ tableVersion: 2, rows: 9 }))).toThrow(
      'one triple has one table',
    );
  });
});

describe('The index of the table in force', () => {
  it('finds for every row the one chunk that holds it, and opens no other', () => {
    const { table } = powerUp(lived(two)).storage;
    for (const row of two.rows) {
      const before = table!.chunksOpened;
      const index = table!.findChunk(verifierOf(row))!;
      const rows = rowsOfChunk(table!.openChunk(index)!);
      const found = Array.from({ length: rows.length / 32 }, (_, i) => rows.subarray(32 * i, 32 * i + 32));
      expect(found.some((other) => sameVerifier(other, row))).toBe(true);
      expect(table!.chunksOpened - before).toBe(1);
    }
    expect(table!.findChunk(new Uint8Array(16))).toBeUndefined();
  });
});

describe('The layout', () => {
  it.each([1024, 4096, 16_384, 65_536])(
    'puts every region on sectors of its own at %i bytes',
    (sectorBytes) => {
      const layout = layOut({ capacityChunks: CHUNKS_MAX, sectorBytes });
      const slots = Object.values(layout.slots).flatMap((slot) => [
        slot.manifest,
        ...slot.commits,
        slot.chunks,
      ]);
      const images = Object.values(layout.images);
      const regions = [...layout.settings.flat(), ...layout.events, ...slots, ...images];
      const sectors = regions.flatMap(({ sector, sectors: count }) =>
        Array.from({ length: count }, (_, i) => sector + i),
      );
      expect(new Set(sectors).size).toBe(sectors.length);
      expect(Math.max(...sectors)).toBe(layout.geometry.sectors - 1);
    },
  );
});
