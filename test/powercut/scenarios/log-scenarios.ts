// What grows with every day: the event log and the settings.
import { reSigned } from '#test/builders/signed-set.ts';
import type { Scenario } from '../scenario.ts';
import { aTable, SHARED_CODE, TWO_CHUNKS_OF_ROWS } from '../tables.ts';
import type { World } from '../world.ts';

const one = aTable(1);
const two = aTable(2, { rows: TWO_CHUNKS_OF_ROWS });
/** Rows of the smallest ring that fit before its first block is needed again. */
const RING_ROWS = 3 * 30;

const openings = (world: World, count: number): void => {
  for (let n = 0; n < count; n++) world.press(SHARED_CODE);
};

const rowsThere = (world: World): number => world.bench.lock.firmware?.storage.events.lastSequence ?? 0;

/** So many rows in all, whatever was written on the way here. */
const fillTo = (world: World, rows: number): void => openings(world, Math.max(0, rows - rowsThere(world)));

function acknowledge(world: World, upToSequence: number): void {
  world.bench.lock.firmware?.storage.events.acknowledge(upToSequence);
}

/** Nearly a block of settings: the next few writes begin another. */
function fillSettings(world: World, records: number): void {
  const settings = world.bench.lock.firmware?.storage.settings;
  for (let n = 0; n < records; n++) settings?.write({ lastTrustedS: 1_772_355_600 + n });
}

export const LOG_SCENARIOS: readonly Scenario[] = [
  {
    name: 'openings',
    machine: 'two chunks in force',
    happens: 'the door is opened six times, a stranger tries once',
    goal: two,
    prepare: (world) => void world.sync(one),
    play(world) {
      openings(world, 6);
      world.press('7777777');
    },
  },
  {
    name: 'many-events',
    machine: 'two chunks in force, the first block of the log nearly full',
    happens: 'twelve openings, over the end of the block',
    goal: two,
    prepare(world) {
      world.sync(one);
      fillTo(world, 25);
    },
    play: (world) => openings(world, 12),
  },
  {
    name: 'log-wrap',
    machine: 'a ring nearly full, whose first rows the cloud has',
    happens: 'the ring goes round over rows that were acknowledged',
    goal: two,
    prepare(world) {
      world.sync(one);
      fillTo(world, RING_ROWS - 3);
      acknowledge(world, 40);
    },
    play: (world) => openings(world, 8),
  },
  {
    name: 'log-overflow',
    machine: 'a ring nearly full, of which nobody has a row',
    happens: 'the ring goes round: the oldest rows go, and a gap row says which',
    goal: two,
    prepare(world) {
      world.sync(one);
      fillTo(world, RING_ROWS - 3);
    },
    play: (world) => openings(world, 8),
  },
  {
    name: 'log-overflow-twice',
    machine: 'a ring that has gone round once, of which nobody has a row',
    happens: 'it goes round again',
    goal: two,
    prepare(world) {
      world.sync(one);
      fillTo(world, 2 * RING_ROWS - 5);
    },
    play: (world) => openings(world, 10),
  },
  {
    name: 'sync-while-the-log-wraps',
    machine: 'a ring that is full to the last row',
    happens: 'a set comes, and the row of its commit takes the place of the oldest',
    goal: two,
    prepare(world) {
      world.sync(one);
      fillTo(world, RING_ROWS - 1);
    },
    play: (world) => void world.sync(two),
  },
  {
    name: 'alarms',
    machine: 'two chunks in force',
    happens: 'offers under the good signature that no cloud would make: one alarm a code',
    goal: two,
    prepare: (world) => void world.sync(one),
    play(world) {
      for (const tableVersion of [70_000, 80_000]) {
        const triple = { ...two.triple, tableVersion };
        world.offer({ ...two, manifestBytes: reSigned(two, { triple }) }).leave();
      }
      world.offer(aTable(1, { rows: 8 })).leave();
    },
  },
  {
    name: 'settings-compaction',
    machine: 'a block of settings nearly full',
    happens: 'the next writes begin another block, in both copies',
    goal: two,
    prepare(world) {
      world.sync(one);
      fillSettings(world, 100);
    },
    play: (world) => fillSettings(world, 10),
  },
  {
    name: 'settings-compaction-in-a-sync',
    machine: 'a block of settings nearly full',
    happens: 'boot, openings and a commit write settings over the end of the block',
    goal: two,
    prepare(world) {
      world.sync(one);
      fillSettings(world, 102);
    },
    play(world) {
      openings(world, 2);
      world.sync(two);
    },
  },
  {
    name: 'five-boots',
    machine: 'two chunks in force',
    happens: 'the battery is pulled five times',
    goal: two,
    prepare: (world) => void world.sync(one),
    play(world) {
      for (let n = 0; n < 5; n++) world.reboot();
    },
  },
];
