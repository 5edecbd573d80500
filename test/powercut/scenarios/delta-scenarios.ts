// Deltas: a few rows that make the next table out of the one in force.
import { aDelta } from '#test/builders/delta.ts';
import type { Scenario } from '../scenario.ts';
import { aTable } from '../tables.ts';
import type { World } from '../world.ts';

/** Most rows are common to all of them: a delta carries the others. */
const base = aTable(31, { rows: 100 });
const grown = aTable(32, { rows: 160, codesOf: 31 });
const shrunk = aTable(33, { rows: 90, codesOf: 31 });
const withBase = (world: World): void => void world.sync(base);

export const DELTA_SCENARIOS: readonly Scenario[] = [
  {
    name: 'delta',
    machine: 'two chunks in force',
    happens: 'a delta to three chunks is merged into the other slot',
    goal: grown,
    prepare: withBase,
    play: (world) => void world.sync(aDelta(base, grown)),
  },
  {
    name: 'delta-that-shrinks',
    machine: 'three chunks in force',
    happens: 'a delta to two chunks',
    goal: shrunk,
    prepare: (world) => void world.sync(grown),
    play: (world) => void world.sync(aDelta(grown, shrunk)),
  },
  {
    name: 'two-deltas-in-a-row',
    machine: 'two chunks in force',
    happens: 'a delta, then a delta upon its result',
    goal: shrunk,
    prepare: withBase,
    play(world) {
      world.sync(aDelta(base, grown));
      world.sync(aDelta(grown, shrunk));
    },
  },
  {
    name: 'delta-over-a-stage-of-the-full-set',
    machine: 'two chunks in force, the full set of the next version half in flash',
    happens: 'the delta of the very version comes instead',
    goal: grown,
    prepare(world) {
      withBase(world);
      world.syncPartly(grown, [0, 1]);
    },
    play: (world) => void world.sync(aDelta(base, grown)),
  },
  {
    name: 'delta-refused-then-the-full-set',
    machine: 'three chunks in force',
    happens: 'a delta from a table that is not in force is refused, the full set comes',
    goal: shrunk,
    prepare: (world) => void world.sync(grown),
    play(world) {
      world.offer(aDelta(base, shrunk)).leave();
      world.sync(shrunk);
    },
  },
];
