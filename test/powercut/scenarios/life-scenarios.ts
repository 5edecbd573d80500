// What the cloud says beside its sets: ownerships that end and begin, time, the log acknowledged.
import { deactivate, giveTime, release, takeLog } from '../cloud.ts';
import type { Scenario } from '../scenario.ts';
import { aTable, keySetOf, SHARED_CODE, TWO_CHUNKS_OF_ROWS } from '../tables.ts';
import type { World } from '../world.ts';

const one = aTable(1);
const two = aTable(2, { rows: TWO_CHUNKS_OF_ROWS });
const ofNextOwner = aTable(21, { ownershipEpoch: 3 });
const withOne = (world: World): void => void world.sync(one);
const DAY_S = 86_400;
const NOW_S = 1_772_355_600;

const epochOf = ({ contents }: World): number => contents.floor.triple.ownershipEpoch;
const openings = (world: World, count: number): void => {
  for (let n = 0; n < count; n++) world.press(SHARED_CODE);
};

/** What is left to do of an ownership's end and the next one's beginning. */
const deactivated = (world: World): void => {
  if (epochOf(world) === 1) deactivate(world, 2);
  if (epochOf(world) === 2) world.activate(keySetOf(1), 3);
};
const released = (world: World): void => {
  if (epochOf(world) === 1) release(world, 2);
  if (epochOf(world) === 2) world.activate(keySetOf(1), 3);
};
const reset = (world: World): void => {
  if (epochOf(world) === 1 && world.contents.lockSecrets !== null) world.reset();
  if (world.contents.lockSecrets === null) world.activate(keySetOf(1), 3);
};

export const LIFE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'deactivation',
    machine: 'two chunks in force',
    happens: 'the lock is deactivated: its table is gone at once, its owner stays pinned',
    goal: ofNextOwner,
    prepare: withOne,
    play: (world) => deactivate(world, 2),
    wants: deactivated,
  },
  {
    name: 'deactivation-and-the-next-activation',
    machine: 'three chunks in force, a newer set half in flash',
    happens: 'the lock is deactivated, activated again and takes a set of its new ownership',
    goal: ofNextOwner,
    prepare(world) {
      world.sync(two);
      world.syncPartly(aTable(3), [0]);
    },
    play(world) {
      deactivated(world);
      world.sync(ofNextOwner);
    },
    wants: deactivated,
  },
  {
    name: 'release',
    machine: 'two chunks in force',
    happens: 'the root keys release the lock, and it is activated anew',
    goal: ofNextOwner,
    prepare: withOne,
    play: released,
    wants: released,
  },
  {
    name: 'physical-reset',
    machine: 'two chunks in force',
    happens: 'somebody holds the button: all access is wiped, the owner stays, and activates it again',
    goal: ofNextOwner,
    prepare: withOne,
    play: reset,
    wants: reset,
  },
  {
    name: 'signed-time',
    machine: 'two chunks in force',
    happens:
      'the cloud sets the clock a day ahead, an hour goes by, the battery is pulled, an older word comes',
    goal: two,
    prepare: withOne,
    play(world) {
      giveTime(world, NOW_S + DAY_S);
      openings(world, 1);
      world.wait(3_700_000);
      openings(world, 1);
      world.reboot();
      giveTime(world, NOW_S + DAY_S);
    },
  },
  {
    name: 'clock-lost-and-set-again',
    machine: 'two chunks in force, the time set once',
    happens: 'the clock loses its time; an opening, then the cloud sets it',
    goal: two,
    prepare(world) {
      withOne(world);
      giveTime(world, NOW_S + DAY_S);
    },
    play(world) {
      world.bench.lock.clockPart.lose();
      openings(world, 1);
      giveTime(world, NOW_S + 2 * DAY_S);
      openings(world, 1);
    },
  },
  {
    name: 'log-acknowledged',
    machine: 'two chunks in force, forty openings in the log',
    happens: 'the log is pulled and acknowledged up to some rows; more openings',
    goal: two,
    prepare(world) {
      withOne(world);
      openings(world, 40);
    },
    play(world) {
      takeLog(world, { keepNewest: 5 });
      openings(world, 2);
    },
  },
  {
    name: 'log-acknowledged-as-it-wraps',
    machine: 'a full ring, of which nobody has a row',
    happens: 'an opening, the log is pulled and acknowledged, and the ring goes round',
    goal: two,
    prepare(world) {
      withOne(world);
      openings(world, 84);
    },
    play(world) {
      openings(world, 1);
      takeLog(world);
      openings(world, 8);
      takeLog(world, { keepNewest: 2 });
    },
  },
];
