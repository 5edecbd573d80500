// Deltas at a lock: taken from exactly the table in force, refused without a write from anywhere else, and cut at every
// durable operation.
import { describe, expect, it } from 'vitest';
import { encodeRow, sortRows, type Row } from '#protocol/table/rows.ts';
import { deltaBetween } from '#protocol/table/delta.ts';
import type { Tear } from '#lock-sim/flash/tears.ts';
import { aDelta, aSpoiltDelta } from '#test/builders/delta.ts';
import { aLock } from '#test/builders/lock.ts';
import { aDoorcodeRow, aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench, type BenchOptions } from './lock-bench.ts';

const lock = aLock();
const setOf = (tableVersion: number, codes: readonly string[], over: object = {}): BuiltSet =>
  aSignedSet({
    lock,
    tableVersion,
    rows: codes.map((code) => aDoorcodeRow(lock, code, Number(code))),
    ...over,
  });

const codes = Array.from({ length: 130 }, (_, i) => String(1_000_000 + i));
const base = setOf(1, codes);
const next = setOf(2, ['7654321', ...codes.slice(1)]);
const delta = aDelta(base, next);
const PROOF_LIMIT_MS = 120_000;

async function withBase(
  options: BenchOptions = {},
  set = base,
): Promise<{ bench: Bench; courier: HandCourier }> {
  const bench = await aBench(options);
  const courier = HandCourier.greeted(bench);
  courier.deliver(set);
  return { bench, courier };
}

const aRowAt = (place: number, credentialId: number): Row => ({
  ...aDoorcodeRow(lock, '0000', credentialId),
  verifier: Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? place : 0)),
});

const opens = (bench: Bench, code: string): boolean => bench.lock.press(code)?.outcome === 'open';

/** Delivers what is to be refused and holds the lock to having written nothing. */
function refusedBy(bench: Bench, courier: HandCourier, set: BuiltSet): string[] {
  const operations = bench.lock.flashOperations;
  const before = courier.refusals.length;
  courier.deliver(set, 9);
  expect(bench.lock.flashOperations).toBe(operations);
  return courier.refusals.slice(before);
}

describe('a delta from the table in force', () => {
  it('leads to the very table of the full set, in less than a chunk', async () => {
    const { bench, courier } = await withBase();
    const receipt = courier.deliver(delta, 2);
    expect(receipt).toMatchObject({ triple: next.triple, tableHash: next.manifest.tableHash });
    expect([opens(bench, codes[0]!), opens(bench, '7654321'), opens(bench, codes[129]!)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(delta.packageBytes.length).toBeLessThan(600);
    const full = await withBase({}, next);
    expect(full.bench.lock.report().tableHash).toBe(bench.lock.report().tableHash);
  });

  it('is still in force after a reboot, and the next delta starts from it', async () => {
    const { bench, courier } = await withBase();
    courier.deliver(delta, 2);
    bench.lock.cutPower();
    bench.lock.restorePower();
    bench.clock.advance(1);
    expect(opens(bench, '7654321')).toBe(true);
    const third = setOf(3, codes.slice(0, 60));
    expect(HandCourier.greeted(bench).deliver(aDelta(next, third))?.triple).toEqual(third.triple);
    expect([opens(bench, codes[0]!), opens(bench, codes[60]!)]).toEqual([true, false]);
  });

  const many = Array.from({ length: 260 }, (_, i) => String(3_000_000 + i));

  it.each<[string, readonly string[], readonly string[], object]>([
    ['empties a chunk', codes, codes.slice(0, 127), {}],
    ['fills a chunk and begins another', many.slice(0, 250), many.slice(0, 256), {}],
    ['takes every row', codes.slice(0, 100), [], {}],
    ['brings the first rows', [], codes.slice(0, 100), {}],
    ['brings a new head alone', codes, codes, { head: { holidays: [20_000] } }],
  ])('%s', async (_, held, wanted, over) => {
    const from = setOf(1, held);
    const { bench, courier } = await withBase({}, from);
    const target = setOf(2, wanted, over);
    expect(courier.deliver(aDelta(from, target), 2)?.tableHash).toEqual(target.manifest.tableHash);
    expect(wanted.every((code) => opens(bench, code))).toBe(true);
    expect(opens(bench, '7777777')).toBe(false);
  });

  it('comes again where its frames were lost, and an equal version is receipted at once', async () => {
    const { bench, courier } = await withBase();
    courier.offer(delta, { offerId: 2 });
    courier.leave();
    const second = HandCourier.greeted(bench);
    expect(second.deliver(delta)?.triple).toEqual(next.triple);
    const operations = bench.lock.flashOperations;
    expect(second.deliver(next, 3)?.triple).toEqual(next.triple);
    expect(second.deliver(delta, 4)?.triple).toEqual(next.triple);
    expect(bench.lock.flashOperations).toBe(operations);
  });

  it('and a full set of one version never share a stage', async () => {
    const { bench, courier } = await withBase();
    courier.offer(next, { offerId: 2 });
    courier.chunk(0);
    bench.clock.advance(1);
    courier.offer(delta, { offerId: 3 });
    expect(courier.progress).toMatchObject({ chunkCount: 1, have: Uint8Array.of(0) });
    courier.chunk(0);
    bench.clock.advance(1);
    expect(courier.receipts.at(-1)?.tableHash).toEqual(next.manifest.tableHash);
  });
});

describe('a delta that can not be taken', () => {
  const other = setOf(1, codes.slice(0, 100));

  it('from another base is refused before a frame is sent', async () => {
    const { bench, courier } = await withBase();
    expect(refusedBy(bench, courier, aDelta(other, next))).toEqual(['WRONG_BASE']);
    expect(courier.deliver(next, 10)?.triple).toEqual(next.triple);
  });

  it('is refused by a lock without a table and by a degraded one, which takes the full set', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    expect(refusedBy(bench, courier, delta)).toEqual(['WRONG_BASE']);
    courier.deliver(base, 2);
    const address = bench.layout.slots[bench.lock.report().activeSlot!].chunks.address;
    bench.flash.write(address, new Uint8Array(256));
    bench.lock.cutPower();
    bench.lock.restorePower();
    bench.clock.advance(1);
    const later = HandCourier.greeted(bench);
    expect(later.helloAnswer?.tableState).toBe('degraded');
    expect(refusedBy(bench, later, delta)).toEqual(['WRONG_BASE']);
    expect(later.deliver(next, 10)?.triple).toEqual(next.triple);
  });

  const right = deltaBetween(base, next);
  const rowsOf = (code: string): Uint8Array[] => [encodeRow(aDoorcodeRow(lock, code, Number(code)))];
  const ninth = sortRows(
    Array.from({ length: 9 }, (_, i) => encodeRow(aDoorcodeRow(lock, '5555555', i + 1))).slice(0, 8),
  );

  it.each<[string, BuiltSet, string]>([
    [
      'with another result than the signed one',
      aSpoiltDelta(base, next, { ...right, added: [] }),
      'TABLE_MISMATCH',
    ],
    [
      'that removes what is not there',
      aSpoiltDelta(base, next, { ...right, removed: rowsOf('9999999') }),
      'TABLE_MISMATCH',
    ],
    [
      'that adds what is there',
      aSpoiltDelta(base, next, { ...right, added: rowsOf(codes[3]!) }),
      'TABLE_MISMATCH',
    ],
    [
      'whose signed hash is another',
      aSpoiltDelta(base, next, right, { tableHash: base.manifest.tableHash }),
      'TABLE_MISMATCH',
    ],
    ['that is no delta at all', aSpoiltDelta(base, next, Uint8Array.of(0x83, 0xf6, 0x80)), 'TRUNCATED'],
    [
      'sealed to another lock',
      {
        ...delta,
        manifestBytes: aSpoiltDelta(base, next, right, { ephemeralKey: base.manifest.ephemeralKey })
          .manifestBytes,
      },
      'BAD_SEAL',
    ],
  ])('%s is refused and nothing is written', async (_, set, code) => {
    const { bench, courier } = await withBase();
    expect(refusedBy(bench, courier, set)).toEqual([code]);
    expect(refusedBy(bench, courier, set)).toEqual([code]);
    expect([opens(bench, codes[0]!), opens(bench, '7654321')]).toEqual([true, false]);
    expect(courier.deliver(next, 10)?.triple).toEqual(next.triple);
  });

  it('for a ninth row of one verifier is refused and nothing is written', async () => {
    const eight = aSignedSet({
      lock,
      rows: Array.from({ length: 8 }, (_, i) => aDoorcodeRow(lock, '5555555', i + 1)),
    });
    expect(eight.rows).toEqual(ninth);
    const { bench, courier } = await withBase({}, eight);
    const added = [encodeRow(aDoorcodeRow(lock, '5555555', 9))];
    const target = aSignedSet({ lock, tableVersion: 2 });
    const spoilt = aSpoiltDelta(eight, target, { headBytes: null, removed: [], added });
    expect(refusedBy(bench, courier, spoilt)).toEqual(['GROUP_TOO_LARGE']);
  });

  it('of more rows or more chunks than fit is refused and nothing is written', async () => {
    const many = setOf(1, codes.slice(0, 127));
    const { bench, courier } = await withBase({ capacityChunks: 2 }, many);
    expect(refusedBy(bench, courier, aDelta(many, setOf(2, codes.slice(0, 128))))).toEqual(['CAPACITY']);
    // 254 rows fit two chunks by count, but a group that crosses the border between them asks for a third.
    const singles = Array.from({ length: 250 }, (_, i) => aRowAt(i, 1));
    const full = aSignedSet({ lock, tableVersion: 1, rows: singles });
    const split = { ...full, rows: [...full.rows, ...[2, 3, 4, 5].map((id) => encodeRow(aRowAt(125, id)))] };
    const target = { ...next, rows: sortRows(split.rows), headBytes: full.headBytes };
    const small = await withBase({ capacityChunks: 3 }, full);
    expect(refusedBy(small.bench, small.courier, aDelta(full, target))).toEqual(['CAPACITY']);
  });

  it('whose base has rotted is refused, and the full set is taken', async () => {
    const { bench, courier } = await withBase();
    const address = bench.layout.slots[bench.lock.report().activeSlot!].chunks.address + 4096;
    bench.flash.write(address, new Uint8Array(256));
    expect(refusedBy(bench, courier, delta)).toEqual(['WRONG_BASE']);
    expect(courier.deliver(next, 10)?.triple).toEqual(next.triple);
  });
});

const TEARS: readonly Tear[] = [
  { kind: 'before' },
  { kind: 'after' },
  ...[1, 40, 129, 255].map((bytes): Tear => ({ kind: 'prefix', bytes })),
  { kind: 'bits', seed: 1 },
  { kind: 'disturb', seed: 4 },
  { kind: 'unstable', seed: 6 },
];

describe('a power cut anywhere in a delta', { timeout: PROOF_LIMIT_MS }, () => {
  it('leaves exactly the old or the new table, and the delta offered again completes', async () => {
    const { bench: before } = await withBase({ capacityChunks: 3 });
    const start = { flash: before.image(), contents: before.secure.load() };
    const begin = (): Promise<Bench> =>
      aBench({ capacityChunks: 3, flash: start.flash.snapshot(), contents: start.contents });
    const whole = await begin();
    const boot = whole.lock.flashOperations;
    expect(HandCourier.greeted(whole).deliver(delta)?.triple).toEqual(next.triple);
    const operations = whole.lock.flashOperations - boot;
    expect(operations).toBeGreaterThan(30);
    const violations: string[] = [];
    const ends = new Set<string>();
    for (let index = 0; index < operations; index++) {
      for (const [n, tear] of TEARS.entries()) {
        const bench = await begin();
        const wrong = (what: string): number =>
          violations.push(`operation ${index}, ${JSON.stringify(tear)}: ${what}`);
        bench.lock.planCut(index, tear);
        HandCourier.greeted(bench).deliver(delta);
        if (bench.lock.isPowered) wrong('no cut');
        else bench.lock.restorePower();
        const now = [codes[0]!, codes[129]!, '7654321']
          .map((code) => (opens(bench, code) ? 'o' : '-'))
          .join('');
        ends.add(now);
        if (now !== 'oo-' && now !== '-oo') wrong(`a table of neither: ${now}`);
        if ((n + index) % 3 !== 0) continue;
        bench.clock.advance(1);
        const receipt = HandCourier.greeted(bench).deliver(delta);
        if (receipt?.triple.tableVersion !== 2 || !opens(bench, '7654321')) wrong('no convergence');
      }
    }
    expect(violations.slice(0, 5)).toEqual([]);
    expect([...ends].sort()).toEqual(['-oo', 'oo-']);
  });
});
