// What is kept twice is enough once: a worn copy of a commit record, a secure element that fails after a commit. A
// commit that the next boot would see is a commit, and is answered as one.
import { describe, expect, it } from 'vitest';
import { orStoreFailed } from '#lock-sim/storage/storage-error.ts';
import { AgingFlash } from '#lock-sim/flash/aging-flash.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';
import { aMachine, chunksOf, copyOf, livedThrough, powerUp, takeSet } from './power-cut-rig.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
const two = aSignedSet({ tableVersion: 2, rows: 300 });
const three = aSignedSet({ tableVersion: 3, rows: 4 });

interface Aging extends Bench {
  readonly aging: AgingFlash;
}

async function aged(): Promise<Aging> {
  const aging = new AgingFlash(new FlashImage(layOut({ capacityChunks: 9 }).geometry));
  const bench = { ...(await aBench({ flash: aging })), aging };
  HandCourier.greeted(bench).deliver(one);
  expect(bench.lock.report()).toMatchObject({ version: '1.1.1', activeSlot: 'A' });
  return bench;
}

const rebooted = ({ lock }: Bench): boolean => {
  lock.cutPower();
  return lock.restorePower();
};

describe('a commit record in two copies', () => {
  it.each([0, 1] as const)(
    'of which copy %i is rotten in a sector that keeps nothing still counts',
    async (copy) => {
      const bench = await aged();
      const { sector, address } = bench.layout.slots.A.commits[copy];
      bench.flash.write(address, Uint8Array.of(0));
      bench.aging.setBad(sector, 'program-fails');
      for (let boots = 0; boots < 2; boots++) {
        expect(rebooted(bench)).toBe(true);
        expect(bench.lock.firmware?.bootReport.repairs).toMatchObject({ failedCopies: 1, commitCopies: 0 });
        expect(bench.lock.report()).toMatchObject({ version: '1.1.1', tableState: 'active' });
      }
      expect(HandCourier.greeted(bench).deliver(two)?.triple).toEqual(two.triple);
    },
  );

  it.each([0, 1] as const)(
    'of which copy %i can not be written is a commit, with its receipt',
    async (copy) => {
      const bench = await aged();
      bench.aging.setBad(bench.layout.slots.B.commits[copy].sector, 'program-fails');
      const courier = HandCourier.greeted(bench);
      expect(courier.deliver(two)?.triple).toEqual(two.triple);
      expect(courier.refusals).toEqual([]);
      expect(bench.lock.press(two.codes[0]!)?.outcome).toBe('open');
      expect(rebooted(bench)).toBe(true);
      expect(bench.lock.report()).toMatchObject({ version: '1.1.2', tableState: 'active' });
    },
  );

  it('of which neither can be written leaves the old table, now and at the next boot', async () => {
    const bench = await aged();
    for (const { sector } of bench.layout.slots.B.commits) bench.aging.setBad(sector, 'program-fails');
    const courier = HandCourier.greeted(bench);
    expect(courier.deliver(two)).toBeUndefined();
    expect(courier.refusals).toEqual(['FLASH_FAILED']);
    expect(rebooted(bench)).toBe(true);
    expect(bench.lock.report()).toMatchObject({ version: '1.1.1', tableState: 'active' });
  });
});

describe('a commit whose row the log does not keep', () => {
  it('has no receipt: the log that a receipt vouches for would lack it', async () => {
    const size = { eventBlocks: 4 };
    const aging = new AgingFlash(new FlashImage(layOut({ ...size, capacityChunks: 9 }).geometry));
    const bench = await aBench({ flash: aging, size });
    HandCourier.greeted(bench).deliver(one);
    for (const { sector, sectors } of bench.layout.events)
      for (let i = 0; i < sectors; i++) aging.setBad(sector + i, 'program-fails');
    const courier = HandCourier.greeted(bench);
    expect(courier.deliver(two)).toBeUndefined();
    expect(bench.lock.takeFailure()?.code).toBe('FLASH_WORN');
    expect(bench.lock.report().version).toBe('1.1.2');
  });
});

describe('a secure element that fails once the commit record is whole', () => {
  it('has the new table in force at once and at the next boot, and lets none below it in', async () => {
    const bench = await aged();
    const replace = bench.secure.replace.bind(bench.secure);
    bench.secure.replace = (contents) => {
      // The floor alone: the count of the settings goes before the commit.
      if (contents.floor.triple.tableVersion === 3) orStoreFailed('secure.bin', fails);
      replace(contents);
    };
    const courier = HandCourier.greeted(bench);
    expect(courier.deliver(three)?.triple).toEqual(three.triple);
    expect(courier.refusals).toEqual([]);
    expect(bench.secure.load().floor.triple.tableVersion).toBe(1);
    expect(bench.lock.report().version).toBe('1.1.3');
    courier.offer(two, { offerId: 2 });
    expect(courier.refusals).toEqual(['STALE']);
    bench.secure.replace = replace;
    expect(rebooted(bench)).toBe(true);
    expect(bench.lock.firmware?.bootReport.repairs.floorRaised).toBe(true);
    expect(bench.lock.report()).toMatchObject({ version: '1.1.3', tableState: 'active' });
  });
});

const fails = (): never => {
  throw Object.assign(new Error('full'), { code: 'ENOSPC' });
};

describe('settings whose secure element failed', () => {
  it('use each number once: the write that follows is the one that the next boot finds', () => {
    const running = powerUp(aMachine(one, { capacityChunks: 4, eventBlocks: 3 }));
    const { settings } = running.storage;
    settings.write({ lockoutFailures: 1 });
    const raise = running.secure.raiseSettingsCount.bind(running.secure);
    running.secure.raiseSettingsCount = () => orStoreFailed('secure.bin', fails);
    expect(() => settings.write({ lockoutFailures: 2 })).toThrow('secure.bin');
    running.secure.raiseSettingsCount = raise;
    settings.write({ lockoutFailures: 3 });
    const again = powerUp(running.machine());
    expect([again.settings, again.storage.settings.values.lockoutFailures]).toEqual(['intact', 3]);
  });
});

describe('a slot that was used before', () => {
  const SIZE = { capacityChunks: 4, eventBlocks: 3 };
  const next = aSignedSet({ tableVersion: 3, rows: 300, seed: 1 });
  const content = { ...next.manifest, manifestHash: next.manifestHash };

  it('gives nothing of its old table to the stage of the next, even after a cut', () => {
    const first = aSignedSet({ tableVersion: 1, rows: 300 });
    const running = powerUp(livedThrough(aMachine(first, SIZE), [first, two]));
    const stage = running.storage.openStage(content, next.manifestBytes);
    stage.writeChunk(0, chunksOf(next)[0]!);
    const again = powerUp(running.machine()).storage.openStage(content, next.manifestBytes);
    expect([again.has(0), again.missing]).toEqual([true, next.manifest.chunkCount - 1]);
  });

  it.each([16_384, 65_536])(
    'has each of its sectors of %i bytes erased once, in whatever order chunks come',
    (sectorBytes) => {
      const size = { capacityChunks: 8, eventBlocks: 3, sectorBytes };
      // Short tables leave the end of a sector blank, which was never erased for the next.
      const short = aSignedSet({ tableVersion: 1, rows: 100 });
      const long = aSignedSet({ tableVersion: 3, rows: 700 });
      const order = (count: number) => Array.from({ length: count }, (_, i) => i);
      for (const turn of [(all: number[]) => all, (all: number[]) => all.toReversed()]) {
        const running = powerUp(copyOf(livedThrough(aMachine(short, size), [short, two])));
        const { slot } = running.storage.table!;
        const { chunks } = running.layout.slots[slot === 'A' ? 'B' : 'A'];
        const before = order(chunks.sectors).map((i) => running.flash.eraseCount(chunks.sector + i));
        const stage = running.storage.openStage(
          { ...long.manifest, manifestHash: long.manifestHash },
          long.manifestBytes,
        );
        for (const i of turn(order(long.manifest.chunkCount)))
          expect(stage.writeChunk(i, chunksOf(long)[i]!)).toEqual([]);
        expect(running.storage.commit(stage, long.manifest).outcome).toBe('committed');
        const used = Math.ceil((long.manifest.chunkCount * 4096) / sectorBytes);
        const after = order(chunks.sectors).map((i) => running.flash.eraseCount(chunks.sector + i));
        expect(after.map((count, i) => count - before[i]!)).toEqual(after.map((_, i) => (i < used ? 1 : 0)));
        takeSet(running, aSignedSet({ tableVersion: 4, rows: 3 }));
      }
    },
  );
});
