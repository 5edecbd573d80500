// Sectors of 1 to 64 KiB with pages of 64 to 512 bytes: on each of the sixteen parts a lock boots, takes sets, goes
// around its log, compacts its settings, and finds everything again; and each operation takes its time.
import { describe, expect, it } from 'vitest';
import { PAGE_BYTES_CHOICES, SECTOR_BYTES_CHOICES, isGeometry } from '#lock-sim/flash/geometry.ts';
import { NO_TIMING, TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { chunksFor, DEFAULT_CAPACITY_ROWS } from '#lock-sim/lock-folder.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench } from './lock-bench.ts';
import { anEvent } from './power-cut-rig.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
const two = aSignedSet({ tableVersion: 2, rows: 300 });
const three = aSignedSet({ tableVersion: 3, rows: 5 });
const EVENT_BLOCKS = 3;

const geometries = SECTOR_BYTES_CHOICES.flatMap((sectorBytes) =>
  PAGE_BYTES_CHOICES.map((pageBytes) => ({ sectorBytes, pageBytes })),
);

describe.each(geometries)('a lock on sectors of $sectorBytes bytes and pages of $pageBytes', (part) => {
  it('boots, takes sets, goes around its log, compacts its settings, and finds all of it again', async () => {
    const bench = await aBench({ capacityChunks: 4, size: { ...part, eventBlocks: EVENT_BLOCKS } });
    const { lock, layout, clock } = bench;
    const erases = (regions: readonly { sector: number }[]): number =>
      Math.max(...regions.map(({ sector }) => bench.flash.eraseCount(sector)));
    for (const set of [one, two, three]) {
      expect(HandCourier.greeted(bench).deliver(set)?.triple).toEqual(set.triple);
      for (let n = 0; erases(layout.events) <= set.triple.tableVersion; n++) {
        lock.firmware?.storage.events.append(anEvent());
        if (n % 10 === 0) bench.lock.press(set.codes[0]!);
      }
      for (let n = 0; erases(layout.settings.flat()) <= set.triple.tableVersion; n++) {
        lock.firmware?.storage.settings.write({ lockoutFailures: 0, lastTrustedS: n });
      }
      const rows = lock.report().events!;
      lock.cutPower();
      expect(lock.restorePower()).toBe(true);
      clock.advance(1);
      expect(lock.firmware?.bootReport.settings).toBe('intact');
      expect(lock.report()).toMatchObject({
        version: `1.1.${set.triple.tableVersion}`,
        tableState: 'active',
      });
      expect(lock.report().events).toBe(rows + 1);
      expect(lock.press(set.codes[0]!)?.outcome).toBe('open');
      expect(lock.press(set.codes.at(-1)!)?.outcome).toBe('open');
    }
  });

  it('has room for 1,500 rows', () => {
    const layout = layOut({ capacityChunks: chunksFor(DEFAULT_CAPACITY_ROWS), ...part });
    expect(isGeometry(layout.geometry)).toBe(true);
  });
});

it.each([4_096, 16_384])('a table of 1,500 rows is taken on sectors of %i bytes', async (sectorBytes) => {
  const set = aSignedSet({ tableVersion: 1, rows: DEFAULT_CAPACITY_ROWS });
  const bench = await aBench({ capacityChunks: chunksFor(DEFAULT_CAPACITY_ROWS), size: { sectorBytes } });
  expect(HandCourier.greeted(bench).deliver(set)?.triple).toEqual(set.triple);
  expect(bench.lock.press(set.codes.at(-1)!)?.outcome).toBe('open');
});

it('a set takes the time of its erases and programs, and its receipt does not come before', async () => {
  for (const timing of [NO_TIMING, TYPICAL_TIMING]) {
    const power = new PowerSupply();
    const bench = await aBench({ capacityChunks: 4, timing, newSupply: () => power });
    let wantedMs = 0;
    power.observe(({ kind }) => {
      if (kind === 'erase') wantedMs += timing.eraseMs;
      if (kind === 'program') wantedMs += timing.programMs;
    });
    const courier = HandCourier.greeted(bench);
    courier.offer(one);
    for (let chunk = 0; chunk < one.chunks.length; chunk++) courier.chunk(chunk);
    const startMs = bench.clock.monotonicMs();
    for (let steps = 0; courier.receipts.length === 0 && steps < 1_000; steps++) bench.clock.step();
    expect(courier.receipts).toHaveLength(1);
    const tookMs = bench.clock.monotonicMs() - startMs;
    expect(tookMs).toBeLessThanOrEqual(wantedMs + 1);
    // Two chunks, a manifest and two commit records are erased for it.
    expect(tookMs).toBeGreaterThanOrEqual(5 * timing.eraseMs);
  }
});
