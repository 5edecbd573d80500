// A whole Door Sync through the firmware, from hello to receipt, with the power cut at every durable operation, flash
// and secure element alike, before it, torn in every way, and after it; then a boot, cut as well; then an honest sync.
import { describe, expect, it } from 'vitest';
import { equalBytes } from '#protocol/bytes.ts';
import { compareTriples } from '#protocol/triple.ts';
import type { FlashImage } from '#lock-sim/flash/flash-image.ts';
import type { Tear } from '#lock-sim/flash/tears.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import { aLock } from '#test/builders/lock.ts';
import { aDoorcodeRow, aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';

const built = aLock();
const setOf = (tableVersion: number, codes: readonly string[]): BuiltSet =>
  aSignedSet({ lock: built, tableVersion, rows: codes.map((code, i) => aDoorcodeRow(built, code, i + 1)) });

const oldCodes = ['1111111', '1111112', '5555555'];
const newCodes = Array.from({ length: 130 }, (_, i) => String(2_000_000 + i)).concat('5555555');
const oldSet = setOf(1, oldCodes);
const newSet = setOf(2, newCodes);
/** The last opens by neither. */
const PROBES = ['1111111', '2000000', '2000129', '5555555', '7777777'] as const;

/** Every kind; one that does not fit the operation does what comes nearest to it. */
const TEARS: readonly Tear[] = [
  { kind: 'before' },
  { kind: 'after' },
  ...[1, 7, 40, 129, 255, 2_000].map((bytes): Tear => ({ kind: 'prefix', bytes })),
  ...[1, 2, 3].map((seed): Tear => ({ kind: 'bits', seed })),
  ...[4, 5].map((seed): Tear => ({ kind: 'disturb', seed })),
  ...[6, 7].map((seed): Tear => ({ kind: 'unstable', seed })),
];
const PROOF_LIMIT_MS = 120_000;

interface Start {
  readonly flash: FlashImage;
  readonly contents: SecureContents;
}

/** On copies of what an earlier bench left. */
const benchOn = ({ flash, contents }: Start): Promise<Bench> =>
  aBench({ built, capacityChunks: 3, flash: flash.snapshot(), contents });

const leftOf = (bench: Bench): Start => ({
  flash: bench.image(),
  contents: bench.secure.load(),
});

/** A lock that lived through `live`. */
async function after(live: (bench: Bench) => void): Promise<Start> {
  const bench = await aBench({ built, capacityChunks: 3 });
  live(bench);
  return leftOf(bench);
}

const sync = (bench: Bench, set: BuiltSet) => HandCourier.greeted(bench).deliver(set);

/** Which table decides, by its doors alone; what else is wrong, in words. */
function judge(
  bench: Bench,
  before: SecureContents,
  hadTable: boolean,
): 'old' | 'new' | 'none' | { wrong: string } {
  const { floor } = bench.secure.load();
  if (compareTriples(floor.triple, before.floor.triple) < 0) return { wrong: 'the floor fell' };
  const opens = PROBES.map((code) => (bench.lock.press(code)?.outcome === 'open' ? 'o' : '-')).join('');
  const { table } = bench.lock.firmware!.storage;
  const byOldCodes = hadTable ? 'o--o-' : '-----';
  if (opens !== byOldCodes && opens !== '-ooo-') return { wrong: `a table of neither: ${opens}` };
  const set = opens === '-ooo-' ? newSet : hadTable ? oldSet : undefined;
  const isExact =
    set === undefined
      ? table === undefined
      : table !== undefined && equalBytes(table.record.tableHash, set.manifest.tableHash);
  if (!isExact) return { wrong: 'a hash that is not of the table that opens' };
  if (set !== undefined && compareTriples(floor.triple, set.triple) !== 0) {
    return { wrong: 'a floor that is not at the table' };
  }
  return set === newSet ? 'new' : set === undefined ? 'none' : 'old';
}

const stories: readonly [string, () => Promise<Start>, boolean][] = [
  ['the first sync', () => after(() => undefined), false],
  ['a second sync', () => after((bench) => void sync(bench, oldSet)), true],
  [
    'a sync resumed after a reboot',
    () =>
      after((bench) => {
        sync(bench, oldSet);
        const courier = HandCourier.greeted(bench);
        courier.offer(newSet);
        courier.chunk(1);
        bench.clock.advance(500);
      }),
    true,
  ],
];

describe('A power cut anywhere in a Door Sync', { timeout: PROOF_LIMIT_MS }, () => {
  it.each(stories)(
    'leaves exactly the old or the new table, and the next sync completes: %s',
    async (name, begin, hadTable) => {
      const start = await begin();
      const takesAll = name === 'a second sync';
      const whole = await benchOn(start);
      const bootOperations = whole.lock.flashOperations;
      expect(sync(whole, newSet)?.triple).toEqual(newSet.triple);
      const operations = whole.lock.flashOperations - bootOperations;
      expect(operations).toBeGreaterThan(30);
      const violations: string[] = [];
      const ends = new Set<string>();
      let newSince = Infinity;
      for (let index = 0; index < operations; index++) {
        for (const [n, tear] of TEARS.entries()) {
          // Before and after always; of the rest the usual story sees all, the others every other.
          if (!takesAll && n > 1 && n % 2 === index % 2) continue;
          const bench = await benchOn(start);
          const contents = bench.secure.load();
          bench.lock.planCut(index, tear);
          const receipt = sync(bench, newSet);
          const wrong = (what: string): void => {
            violations.push(`operation ${index}, ${JSON.stringify(tear)}: ${what}`);
          };
          if (bench.lock.isPowered) wrong('no cut');
          if (bench.lock.isPowered) continue;
          // The boot's own repairs are cut too, each of them over the run of the tears.
          const again =
            n % 3 === 2
              ? { index: (index + n) % 9, tear: TEARS[(n * 5 + index) % TEARS.length]! }
              : undefined;
          if (!bench.lock.restorePower(again)) bench.lock.restorePower();
          else if (again !== undefined) {
            bench.lock.cutPower();
            bench.lock.restorePower();
          }
          const end = judge(bench, contents, hadTable);
          if (typeof end === 'object') {
            wrong(end.wrong);
            continue;
          }
          ends.add(end);
          if (end === 'new') newSince = Math.min(newSince, index);
          if (receipt !== undefined && end !== 'new') wrong('a receipt for a table that is not in force');
          if (tear.kind === 'before' && index > newSince && end !== 'new')
            wrong('the old table after the new one');
          if (n % 4 !== index % 4) continue;
          bench.clock.advance(1);
          if (sync(bench, newSet)?.tableState !== 'active') wrong('no convergence');
          else if (judge(bench, contents, hadTable) !== 'new') wrong('another table after the sync');
        }
      }
      expect(violations.slice(0, 5)).toEqual([]);
      expect([...ends].sort()).toEqual(hadTable ? ['new', 'old'] : ['new', 'none']);
    },
  );
});
