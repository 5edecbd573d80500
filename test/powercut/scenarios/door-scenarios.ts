// What hands do at the door: each thing that is told has its row, and no row is lost to a cut.
import type { Scenario } from '../scenario.ts';
import { aTable, SHARED_CODE, TWO_CHUNKS_OF_ROWS } from '../tables.ts';

const one = aTable(1);
const two = aTable(2, { rows: TWO_CHUNKS_OF_ROWS });
/** More than any run of a motor or wait of a latch. */
const DONE_MS = 60_000;

export const DOOR_SCENARIOS: readonly Scenario[] = [
  {
    name: 'jammed-bolt-and-tampering',
    machine: 'two chunks in force',
    happens: 'the bolt goes back, is jammed on its way out, comes free; somebody takes the cover off',
    goal: two,
    prepare: (world) => void world.sync(one),
    play(world) {
      const { hands } = world.bench.lock;
      world.press(SHARED_CODE);
      hands.jam(true);
      hands.lockCommand();
      world.wait(DONE_MS);
      hands.jam(false);
      hands.lockCommand();
      world.wait(DONE_MS);
      hands.tamper();
      hands.turnKey();
      world.wait(DONE_MS);
    },
  },
  {
    name: 'battery-low-and-exchanged',
    machine: 'two chunks in force',
    happens: 'the battery falls below its limit, a set comes, the cells are exchanged',
    goal: two,
    prepare: (world) => void world.sync(one),
    play(world) {
      const { hands } = world.bench.lock;
      hands.setBattery(10);
      world.press(SHARED_CODE);
      world.sync(two);
      hands.setBattery(90);
      world.wait(DONE_MS);
    },
  },
];
