// An event storm: hands and cards that never stop may fill a day's budget of rows and no more; nobody opens unseen.
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '#protocol/log/event-fields.ts';
import { EVENT_TYPES, type EventType } from '#protocol/log/event-types.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { EventWriter } from '#lock-sim/log/event-writer.ts';
import { BUDGET_DAY_MS, HAND_ROWS_PER_DAY, ROWS_PER_DAY, RowBudget } from '#lock-sim/log/row-budget.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import type { EventRow } from '#lock-sim/storage/event-row.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCloud } from './hand-cloud.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf } from './lock-bench.ts';
import { aMachine, powerUp } from './power-cut-rig.ts';

const budgeted = Object.keys(ROWS_PER_DAY) as EventType[];

function aWriter(eventBlocks = 64) {
  const clock = new VirtualClock();
  const running = powerUp(aMachine(aSignedSet(), { capacityChunks: 2, eventBlocks }));
  const writer = new EventWriter({
    clock,
    storage: running.storage,
    lockClock: () => ({ nowS: Math.floor(clock.nowMs() / 1000), trust: 'trusted', uncertaintyS: 0 }),
  });
  const rows = (type: EventType): EventRow[] =>
    [...running.storage.events.read(1)].filter((row) => row.type === type);
  const counted = () => rows('rowsCounted').map(({ data }) => decodeEvent(EVENT_TYPES.rowsCounted, data));
  return { clock, running, writer, rows, counted };
}

describe('the budget of a type', () => {
  it.each(budgeted)(
    'of %s lets so many through, announces once, counts, and begins anew a day later',
    (type) => {
      const budget = new RowBudget();
      const limit = ROWS_PER_DAY[type]!;
      const rulings = Array.from({ length: limit + 5 }, (_, i) => budget.take(type, i));
      expect(rulings.filter((ruling) => ruling === 'write')).toHaveLength(limit);
      expect(rulings.slice(limit)).toEqual(['announce', 'count', 'count', 'count', 'count']);
      expect(budget.due(BUDGET_DAY_MS - 1)).toEqual([]);
      expect(budget.due(BUDGET_DAY_MS)).toEqual([{ ofType: type, count: 5 }]);
      expect(budget.due(BUDGET_DAY_MS)).toEqual([]);
      expect(budget.take(type, BUDGET_DAY_MS)).toBe('write');
    },
  );

  it('is not there for who opened, for boots, and for what only the cloud can bring about', () => {
    const always: EventType[] = [
      'opened',
      'booted',
      'tableCommitted',
      'activated',
      'clockSet',
      'gap',
      'alarm',
    ];
    expect(always.filter((type) => type in ROWS_PER_DAY)).toEqual([]);
    const budget = new RowBudget();
    for (let i = 0; i < 5_000; i++) expect(budget.take('opened', 0)).toBe('write');
  });

  it('keeps 15 years of storms every day within 12 % of what the flash bears', () => {
    const perDay = budgeted.reduce((sum, type) => sum + ROWS_PER_DAY[type]! + 2, 0);
    const { events } = layOut({ capacityChunks: 12 });
    const rowsPerRound = events.length * 30;
    const erases = (perDay * 365.25 * 15) / rowsPerRound;
    expect(erases).toBeLessThan(0.12 * 100_000);
  });
});

describe('a storm', () => {
  it('of a slammed door is told by its first rows, by when counting began, and by how many came', () => {
    const { clock, writer, rows, counted } = aWriter();
    for (let slam = 0; slam < 20_000; slam++) {
      writer.record('doorForced');
      clock.advance(2_000);
    }
    expect(rows('doorForced')).toHaveLength(HAND_ROWS_PER_DAY);
    expect(counted()).toEqual([{ type: 'rowsCounted', ofType: 'doorForced', count: 0 }]);
    clock.advance(BUDGET_DAY_MS);
    writer.record('doorForced');
    const total = 20_000 - HAND_ROWS_PER_DAY;
    expect(counted()[1]).toEqual({ type: 'rowsCounted', ofType: 'doorForced', count: total });
    expect(rows('doorForced')).toHaveLength(HAND_ROWS_PER_DAY + 1);
  });

  it('of one kind takes nothing from the others, and every opening has its row', () => {
    const { writer, rows } = aWriter();
    for (let i = 0; i < 500; i++) {
      writer.record('doorForced');
      writer.record('opened', new Uint8Array(10));
    }
    writer.record('tampered');
    expect([rows('opened').length, rows('tampered').length]).toEqual([500, 1]);
  });

  it('of ten thousand unknown cards opens nothing, and costs a day of rows at most', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(aSignedSet({ rows: 3 }));
    const before = bench.lock.flashOperations;
    for (let card = 0; card < 10_000; card++) {
      const uid = Uint8Array.of(4, card >> 8, card & 0xff, 1);
      expect(bench.lock.firmware!.access.presentCard(uid).outcome).toBe('refused');
    }
    expect(eventsOf(bench, 'refused')).toHaveLength(HAND_ROWS_PER_DAY);
    expect(bench.lock.flashOperations - before).toBeLessThan(3 * HAND_ROWS_PER_DAY);
  });

  it('is told at the next pull once its day is over', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(aSignedSet({ rows: 3 }));
    for (let i = 0; i < 100; i++) bench.lock.firmware!.access.presentCard(Uint8Array.of(4, i, 0, 1));
    bench.clock.advance(BUDGET_DAY_MS);
    const cloud = new HandCloud(bench.built, bench.keySet);
    cloud.pullAll(HandCourier.greeted(bench));
    const last = cloud.rows.at(-1)!;
    expect(decodeEvent(last.typeNumber, last.data)).toEqual({
      type: 'rowsCounted',
      ofType: 'refused',
      count: 100 - HAND_ROWS_PER_DAY,
    });
  });
});
