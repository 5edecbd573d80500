// Bad sectors in every region of the flash, of every kind: a lock may lose what it has, but opens for nobody whom its
// table does not let in, counts its rows, and never crashes.
import { describe, expect, it } from 'vitest';
import type { Log } from '#protocol/ports/log.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { AgingFlash, SECTOR_FAULTS, type SectorFault } from '#lock-sim/flash/aging-flash.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { NorFlash } from '#lock-sim/flash/nor-flash.ts';
import { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { readGap, type EventRow } from '#lock-sim/storage/event-row.ts';
import { type Region, type StorageLayout, layOut } from '#lock-sim/storage/layout.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { StorageError } from '#lock-sim/storage/storage-error.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';
import { anEvent } from './power-cut-rig.ts';

const SIZE = { capacityChunks: 4, eventBlocks: 4 };
const one = aSignedSet({ tableVersion: 1, rows: 2 });
const two = aSignedSet({ tableVersion: 2, rows: 200 });
const three = aSignedSet({ tableVersion: 3, rows: 210 });
const STRANGER = '9999999';
const ROWS_OF_A_BLOCK = 30;
const LOCKOUT_MS = 3_700_000;
/** What fades after it was written is missed by its number and by the chain: nobody was there to tell. */
const FADING: readonly SectorFault[] = ['read-disturb', 'retention'];

interface Faulty extends Bench {
  readonly aging: AgingFlash;
  /** Codes of what was logged as an error. */
  readonly errors: string[];
}

async function aFaulty(seed: number): Promise<Faulty> {
  const aging = new AgingFlash(new FlashImage(layOut(SIZE).geometry), { seed });
  const errors: string[] = [];
  const log: Log = {
    ...silentLog,
    error: (event, fields) => errors.push(`${event} ${String(fields?.error)}`),
  };
  const { capacityChunks, ...size } = SIZE;
  return { ...(await aBench({ flash: aging, capacityChunks, size, log })), aging, errors };
}

function spoil({ aging }: Faulty, regions: readonly Region[], fault: SectorFault | undefined): void {
  for (const { sector, sectors } of regions) {
    for (let i = 0; i < sectors; i++) aging.setBad(sector + i, fault);
  }
}

/** Any lockout has run out by then. */
function opens({ lock, clock }: Bench, code: string): boolean {
  clock.advance(LOCKOUT_MS);
  return lock.press(code)?.outcome === 'open';
}

/** Enough rows to go around the ring once; where the flash keeps none, none. */
function fillLog({ lock }: Bench, rows = SIZE.eventBlocks * ROWS_OF_A_BLOCK): void {
  for (let n = 0; n < rows; n++) {
    try {
      lock.firmware?.storage.events.append(anEvent());
    } catch (error) {
      expect(error).toBeInstanceOf(StorageError);
    }
  }
}

function reboot({ lock, clock }: Bench): boolean {
  lock.cutPower();
  const isUp = lock.restorePower();
  clock.advance(1);
  return isUp;
}

/** Numbers between the first row there is and the last that are neither there nor told of by a gap row. */
function unexplained(rows: readonly EventRow[]): number[] {
  const there = new Set(rows.map(({ sequence }) => sequence));
  const gaps = rows.filter(({ type }) => type === 'gap').map(({ data }) => readGap(data));
  const last = Math.max(0, ...there);
  return Array.from({ length: last }, (_, i) => i + 1).filter(
    (n) => !there.has(n) && !gaps.some(({ from, to }) => n >= from && n <= to),
  );
}

/** The table in force is one that was delivered, and only its codes open. */
function holdsNobodyElse(bench: Faulty): void {
  const { version, tableState } = bench.lock.report();
  const set = [one, two, three].find(({ triple }) => version === `1.1.${triple.tableVersion}`);
  expect(opens(bench, STRANGER)).toBe(false);
  if (set === undefined) {
    expect(tableState).not.toBe('active');
    for (const { codes: all } of [one, two, three]) expect(opens(bench, all[0]!)).toBe(false);
  } else {
    for (const { codes: all } of [one, two, three]) {
      for (const code of [all[0]!, all.at(-1)!]) {
        if (!set.codes.includes(code)) expect(opens(bench, code)).toBe(false);
      }
    }
  }
}

type Where = (layout: StorageLayout) => readonly Region[];
const REGIONS: readonly (readonly [string, Where])[] = [
  ['a block of the settings', ({ settings }) => [settings[0][1]!]],
  ['a copy of the settings', ({ settings }) => settings[0]],
  ['all settings', ({ settings }) => settings.flat()],
  ['a block of the event log', ({ events }) => [events[1]!]],
  ['all of the event log', ({ events }) => events],
  ['the manifest of the other slot', ({ slots }) => [slots.B.manifest]],
  ['one commit record of the other slot', ({ slots }) => [slots.B.commits[1]]],
  ['both commit records of the other slot', ({ slots }) => slots.B.commits],
  ['the chunks of the other slot', ({ slots }) => [slots.B.chunks]],
  ['the manifest of the table in force', ({ slots }) => [slots.A.manifest]],
  ['both commit records of the table in force', ({ slots }) => slots.A.commits],
  ['the chunks of the table in force', ({ slots }) => [slots.A.chunks]],
];

describe.each(SECTOR_FAULTS)('a lock with bad sectors of the kind %s', (fault) => {
  it.each(REGIONS)(
    'in %s opens for nobody else, tells every row it lost, and stands',
    async (name, where) => {
      const canTell = !FADING.includes(fault) && name !== 'all of the event log';
      const bench = await aFaulty(1);
      HandCourier.greeted(bench).deliver(one);
      expect(bench.lock.report()).toMatchObject({ version: '1.1.1', activeSlot: 'A' });
      spoil(bench, where(bench.layout), fault);
      for (const set of [two, three]) {
        fillLog(bench);
        holdsNobodyElse(bench);
        HandCourier.greeted(bench).deliver(set);
        holdsNobodyElse(bench);
        if (canTell) expect(unexplained(bench.events())).toEqual([]);
        if (!reboot(bench)) break;
        holdsNobodyElse(bench);
        if (canTell) expect(unexplained(bench.events())).toEqual([]);
      }
      // With sound flash again the newest set is taken, and everything is as it was.
      spoil(bench, where(bench.layout), undefined);
      if (bench.lock.isPowered) bench.lock.cutPower();
      expect(bench.lock.restorePower()).toBe(true);
      bench.clock.advance(1);
      const newest = aSignedSet({ tableVersion: 4, rows: 3 });
      expect(HandCourier.greeted(bench).deliver(newest)?.triple).toEqual(newest.triple);
      expect(opens(bench, newest.codes[0]!)).toBe(true);
    },
  );
});

describe('a lock whose sectors no longer erase or program', () => {
  const dead = ['erase-fails', 'program-fails'] as const;

  it.each(dead)(
    'goes on with one copy of the settings, and with a commit record in one (%s)',
    async (fault) => {
      const bench = await aFaulty(1);
      HandCourier.greeted(bench).deliver(one);
      spoil(bench, [...bench.layout.settings[1], bench.layout.slots.B.commits[1]], fault);
      for (let n = 0; n < 200; n++) bench.lock.press(one.codes[0]!);
      expect(HandCourier.greeted(bench).deliver(two)?.triple).toEqual(two.triple);
      expect(reboot(bench)).toBe(true);
      expect(bench.lock.report()).toMatchObject({ version: '1.1.2', tableState: 'active' });
      expect(opens(bench, two.codes[0]!)).toBe(true);
      expect(reboot(bench)).toBe(true);
      expect(opens(bench, two.codes[0]!)).toBe(true);
    },
  );

  it.each(dead)('opens for nobody and says so where no settings can be written (%s)', async (fault) => {
    const bench = await aFaulty(1);
    HandCourier.greeted(bench).deliver(one);
    spoil(bench, bench.layout.settings.flat(), fault);
    // What still finds room in a sound part of a block is durable; then nothing is.
    for (let n = 0; n < 200; n++) bench.lock.press(one.codes[0]!);
    expect(opens(bench, one.codes[0]!)).toBe(false);
    expect(bench.errors).toContain('storage-failed FLASH_WORN');
    expect(bench.radio.advert).toBeDefined();
    expect(reboot(bench)).toBe(false);
    expect(opens(bench, one.codes[0]!)).toBe(false);
  });

  it.each(dead)(
    'refuses a set whose slot does not keep it, and keeps the old one through boots (%s)',
    async (fault) => {
      for (const where of ['manifest', 'chunks', 'commits'] as const) {
        const bench = await aFaulty(1);
        HandCourier.greeted(bench).deliver(one);
        HandCourier.greeted(bench).deliver(two);
        // Slot A was used, so an erase that fails leaves something there.
        spoil(bench, [bench.layout.slots.A[where]].flat(), fault);
        const courier = HandCourier.greeted(bench);
        expect(courier.deliver(three)).toBeUndefined();
        expect(courier.refusals).toEqual(['FLASH_FAILED']);
        expect(bench.lock.report().version).toBe('1.1.2');
        expect(reboot(bench)).toBe(true);
        expect(bench.lock.report().version).toBe('1.1.2');
        expect(opens(bench, two.codes[0]!)).toBe(true);
      }
    },
  );

  it.each(dead)(
    'passes over a block of the log that does not keep its rows, and numbers on (%s)',
    async (fault) => {
      const bench = await aFaulty(1);
      spoil(bench, [bench.layout.events[2]!], fault);
      for (let round = 0; round < 3; round++) fillLog(bench);
      const before = bench.events();
      expect(unexplained(before)).toEqual([]);
      expect(reboot(bench)).toBe(true);
      fillLog(bench);
      const rows = bench.events();
      expect(unexplained(rows)).toEqual([]);
      expect(rows.at(-1)!.sequence).toBeGreaterThan(before.at(-1)!.sequence + 100);
      expect(rows.map(({ sequence }) => sequence)).toEqual(
        rows.map(({ sequence }) => sequence).sort((a, b) => a - b),
      );
    },
  );
});

describe('a block of the log that can not be erased at all', () => {
  it('still shows its old rows, and what was overwritten after them is told', async () => {
    const bench = await aFaulty(1);
    fillLog(bench, 2 * ROWS_OF_A_BLOCK);
    const [bad] = bench.layout.events;
    spoil(bench, [bad!], 'erase-fails');
    const clear = bench.aging.clear.bind(bench.aging);
    bench.aging.clear = (sector) => {
      if (sector !== bad!.sector) clear(sector);
    };
    for (let round = 0; round < 2; round++) fillLog(bench);
    const rows = bench.events();
    expect(rows[0]!.sequence).toBe(1);
    expect(rows[30]!.sequence).toBeGreaterThan(150);
    expect(unexplained(rows)).toEqual([]);
    expect(reboot(bench)).toBe(true);
    fillLog(bench);
    expect(unexplained(bench.events())).toEqual([]);
  });
});

describe('a sector that is erased more often than it endures', () => {
  it('goes bad by its seed, always in the same way, and not before', () => {
    const grown = (seed: number) => {
      const geometry = { sectorBytes: 4096, pageBytes: 256, sectors: 20 };
      const aging = new AgingFlash(new FlashImage(geometry), { seed, enduranceCycles: 50 });
      const flash = new NorFlash({ store: aging, power: new PowerSupply() });
      for (let cycle = 0; cycle < 50; cycle++) {
        for (let sector = 0; sector < 20; sector++) flash.erase(sector);
      }
      expect(Array.from({ length: 20 }, (_, sector) => aging.isBad(sector))).not.toContain(true);
      for (let cycle = 0; cycle < 6; cycle++) {
        for (let sector = 0; sector < 20; sector++) flash.erase(sector);
      }
      return Array.from({ length: 20 }, (_, sector) => aging.faultOf(sector));
    };
    expect(grown(1)).toEqual(grown(1));
    expect(grown(1)).not.toEqual(grown(2));
    expect(new Set(grown(1)).size).toBeGreaterThan(3);
    expect(grown(1)).not.toContain(undefined);
  });

  it('ends a lock that writes its settings for ever by a word, and not by an opening', async () => {
    const aging = new AgingFlash(new FlashImage(layOut(SIZE).geometry), { seed: 3, enduranceCycles: 2 });
    const { capacityChunks, ...size } = SIZE;
    const bench = await aBench({ flash: aging, capacityChunks, size });
    HandCourier.greeted(bench).deliver(one);
    // Two records each, about 80 in a block.
    for (let n = 0; n < 900; n++) bench.lock.press(one.codes[0]!);
    expect(opens(bench, STRANGER)).toBe(false);
    expect(opens(bench, one.codes[0]!)).toBe(false);
  });
});
