// Whom the lock obeys: activation, and key sets that follow one another.
import type { Scenario } from '../scenario.ts';
import { aTable, keySetOf, TWO_CHUNKS_OF_ROWS } from '../tables.ts';

const one = aTable(1);
const underSecond = aTable(1, { keySet: keySetOf(2), rows: TWO_CHUNKS_OF_ROWS });
const underFourth = aTable(1, { keySet: keySetOf(4), rows: TWO_CHUNKS_OF_ROWS });

export const OWNER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'activation',
    machine: 'as it left the factory, its flash blank',
    happens: 'the first boot, the button, key set, statement and grant',
    activated: false,
    goal: one,
    play: (world) => world.activate(),
  },
  {
    name: 'activation-and-first-sync',
    machine: 'as it left the factory, booted once',
    happens: 'it is activated and takes its first set',
    activated: false,
    goal: one,
    prepare: () => undefined,
    play(world) {
      world.activate();
      world.sync(one);
    },
  },
  {
    name: 'key-rotation',
    machine: 'two chunks in force under key set 1',
    happens: 'key set 2 is adopted: the table stays in force',
    goal: underSecond,
    prepare: (world) => void world.sync(one),
    play: (world) => world.rotate(keySetOf(2)),
  },
  {
    name: 'key-rotation-and-sync',
    machine: 'two chunks in force under key set 1',
    happens: 'key set 2 is adopted, then a set of its epoch comes',
    goal: underSecond,
    prepare: (world) => void world.sync(one),
    play(world) {
      world.rotate(keySetOf(2));
      world.sync(underSecond);
    },
  },
  {
    name: 'key-sets-over-several-steps',
    machine: 'three chunks in force under key set 1',
    happens: 'key sets 2, 3 and 4 on one connection, a reboot, then a set under the last',
    goal: underFourth,
    prepare: (world) => void world.sync(aTable(2, { rows: TWO_CHUNKS_OF_ROWS })),
    play(world) {
      world.rotate(keySetOf(2), keySetOf(3), keySetOf(4));
      world.reboot();
      world.sync(underFourth);
    },
  },
  {
    name: 'rotation-with-a-stage',
    machine: 'two chunks in force, a newer set of key set 1 half in flash',
    happens: 'key set 2 is adopted, and a set of its epoch takes the stage over',
    goal: underSecond,
    prepare(world) {
      world.sync(one);
      world.syncPartly(aTable(2, { rows: TWO_CHUNKS_OF_ROWS }), [0, 1]);
    },
    play(world) {
      world.rotate(keySetOf(2));
      world.sync(underSecond);
    },
  },
];
