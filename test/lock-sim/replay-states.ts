// Each state that a lock can be in, with the sets of before that a courier may have kept, and what answers them there.
// Each set has one code of its own: whichever opens tells which table is in force.
import { expect } from 'vitest';
import { MESSAGE } from '#protocol/sync/messages.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aKeySet, type BuiltKeySet } from '#test/builders/key-set.ts';
import { aRelease } from '#test/builders/life.ts';
import { aDoorcodeRow, aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';
import { activate, byLabel } from './owner-hand.ts';
import { built, deactivate, keySet, reboot, thief } from './owned-bench.ts';

interface Owner {
  readonly by?: BuiltKeySet;
  readonly ownershipEpoch?: number;
}

const codeOf = (tableVersion: number, ownershipEpoch: number, keyEpoch: number): string =>
  `${ownershipEpoch}${keyEpoch}${String(tableVersion % 100_000).padStart(5, '0')}`;

export const openedBy = ({ triple }: BuiltSet): string =>
  codeOf(triple.tableVersion, triple.ownershipEpoch, triple.keyEpoch);

export function version(tableVersion: number, { by = keySet, ownershipEpoch = 1 }: Owner = {}): BuiltSet {
  const digits = codeOf(tableVersion, ownershipEpoch, by.keySet.number);
  const rows = [aDoorcodeRow(built, digits, tableVersion)];
  return aSignedSet({ lock: built, keySet: by, ownershipEpoch, tableVersion, rows });
}

/** In full, and as deltas from each to the next. */
const withDeltas = (sets: readonly BuiltSet[]): BuiltSet[] => [
  ...sets,
  ...sets.slice(1).map((set, i) => aDelta(sets[i]!, set)),
];

export const SECOND = aKeySet({ number: 2 });
const [one, two, three, four] = [1, 2, 3, 4].map((n) => version(n)) as [
  BuiltSet,
  BuiltSet,
  BuiltSet,
  BuiltSet,
];

export const greeted = (bench: Bench): HandCourier => HandCourier.greeted(bench);

export async function lockWith(...sets: BuiltSet[]): Promise<Bench> {
  const bench = await aBench({ built, keySet });
  for (const set of sets) deliver(bench, set);
  return bench;
}

function deliver(bench: Bench, set: BuiltSet): void {
  const courier = greeted(bench);
  expect(courier.deliver(set)?.triple).toEqual(set.triple);
  courier.leave();
}

export function adopt(bench: Bench, next: BuiltKeySet): void {
  const courier = greeted(bench);
  courier.say(MESSAGE.keySet, next.bytes);
  expect(courier.refusals).toEqual([]);
  courier.leave();
}

/** One chunk of it, and no more. */
function begin(bench: Bench, set: BuiltSet): void {
  const courier = greeted(bench);
  courier.offer(set);
  courier.chunk(0);
  bench.clock.advance(1_000);
  expect(bench.lock.report().staging).toMatchObject({ chunks: 1 });
  courier.leave();
}

/** Rubs out the table in force. */
function rot({ flash, layout, lock }: Bench): void {
  const { address } = layout.slots[lock.report().activeSlot!].chunks;
  flash.write(address, new Uint8Array(256));
}

export interface Situation {
  readonly bench: Bench;
  readonly replayed: readonly BuiltSet[];
  readonly refusal: RefusalCode;
  /** In force all the while; none where nobody's code opens. */
  readonly inForce?: BuiltSet;
  /** What an honest courier brings after; none where first there has to be an owner. */
  readonly newest?: BuiltSet;
  /** How that lock is met; by its advertising key where it is left out. */
  readonly meet?: (bench: Bench) => HandCourier;
}

export const STATES: readonly [string, () => Promise<Situation>][] = [
  [
    'as it came from the factory',
    async () => ({
      bench: await aBench({ built, activated: false }),
      replayed: withDeltas([one, two]),
      refusal: 'NOT_ACTIVATED',
      meet: byLabel,
    }),
  ],
  [
    'activated, with no table yet, by an owner whose earlier ownership had some',
    async () => {
      const bench = await aBench({ built, activated: false });
      activate(bench, keySet, 2).leave();
      const newest = version(1, { ownershipEpoch: 2 });
      return { bench, replayed: withDeltas([one, two]), refusal: 'WRONG_OWNERSHIP', newest };
    },
  ],
  [
    'with a table in force',
    async () => ({
      bench: await lockWith(one, two, three),
      replayed: withDeltas([one, two]),
      refusal: 'STALE',
      inForce: three,
      newest: four,
    }),
  ],
  [
    'with a table in force that came as a delta',
    async () => ({
      bench: await lockWith(one, two, aDelta(two, three)),
      replayed: withDeltas([one, two]),
      refusal: 'STALE',
      inForce: three,
      newest: aDelta(three, four),
    }),
  ],
  [
    'with the next set half received',
    async () => {
      const bench = await lockWith(one, two, three);
      const newest = aSignedSet({ lock: built, keySet, tableVersion: 4, rows: 300 });
      begin(bench, newest);
      return { bench, replayed: withDeltas([one, two]), refusal: 'STALE', inForce: three, newest };
    },
  ],
  [
    'degraded by rot',
    async () => {
      const bench = await lockWith(one, two, three);
      rot(bench);
      reboot(bench);
      expect(bench.lock.report().tableState).toBe('degraded');
      return { bench, replayed: withDeltas([one, two]), refusal: 'STALE', newest: three };
    },
  ],
  [
    'degraded, on a flash of an earlier day',
    async () => {
      const bench = await lockWith(one, two);
      const flash = bench.image();
      deliver(bench, three);
      const restored = await aBench({ built, keySet, flash, contents: bench.secure.load() });
      expect(restored.lock.report().tableState).toBe('degraded');
      return { bench: restored, replayed: withDeltas([one, two]), refusal: 'STALE', newest: three };
    },
  ],
  [
    'under the next key set, with the last table of the one before in force',
    async () => {
      const bench = await lockWith(one, two);
      adopt(bench, SECOND);
      const newest = version(1, { by: SECOND });
      return { bench, replayed: withDeltas([one, two, three]), refusal: 'UNKNOWN_KEY', inForce: two, newest };
    },
  ],
  [
    'under the next key set, with a table of its own, against what the old key signed',
    async () => {
      const bench = await lockWith(one, two);
      adopt(bench, SECOND);
      const inForce = version(1, { by: SECOND });
      deliver(bench, inForce);
      const newest = version(2, { by: SECOND });
      return { bench, replayed: withDeltas([one, two, three]), refusal: 'UNKNOWN_KEY', inForce, newest };
    },
  ],
  [
    'recovered from a fast-forward, against the set that had pushed it ahead',
    async () => {
      const pushed = [version(60_000), version(125_000), version(190_000)];
      const bench = await lockWith(one, ...pushed);
      adopt(bench, SECOND);
      const inForce = version(2, { by: SECOND });
      deliver(bench, inForce);
      const newest = version(3, { by: SECOND });
      return { bench, replayed: withDeltas([one, ...pushed]), refusal: 'UNKNOWN_KEY', inForce, newest };
    },
  ],
  [
    'recovered from a fast-forward, against older sets of the new key',
    async () => {
      const bench = await lockWith(one, version(60_000));
      adopt(bench, SECOND);
      const sets = [1, 2, 3].map((n) => version(n, { by: SECOND }));
      for (const set of sets) deliver(bench, set);
      const newest = version(4, { by: SECOND });
      return {
        bench,
        replayed: withDeltas(sets.slice(0, 2)),
        refusal: 'STALE',
        inForce: sets[2]!,
        newest,
      };
    },
  ],
  [
    'reset by a hand',
    async () => {
      const bench = await lockWith(one, two);
      bench.lock.reset();
      return {
        bench,
        replayed: withDeltas([one, two, three]),
        refusal: 'NOT_ACTIVATED',
        meet: byLabel,
      };
    },
  ],
  [
    'reset, activated again and with a table',
    async () => {
      const bench = await lockWith(one, two);
      bench.lock.reset();
      activate(bench, keySet, 2).leave();
      const inForce = version(1, { ownershipEpoch: 2 });
      deliver(bench, inForce);
      const newest = version(2, { ownershipEpoch: 2 });
      return { bench, replayed: withDeltas([one, two, three]), refusal: 'WRONG_OWNERSHIP', inForce, newest };
    },
  ],
  [
    'deactivated',
    async () => {
      const bench = await lockWith(one, two);
      deactivate(bench, 2).leave();
      return {
        bench,
        replayed: [...withDeltas([one, two, three]), version(1, { ownershipEpoch: 2 })],
        refusal: 'NOT_ACTIVATED',
        meet: byLabel,
      };
    },
  ],
  [
    'deactivated and activated again',
    async () => {
      const bench = await lockWith(one, two);
      deactivate(bench, 2).leave();
      activate(bench, keySet, 3).leave();
      const newest = version(1, { ownershipEpoch: 3 });
      const middle = version(1, { ownershipEpoch: 2 });
      return {
        bench,
        replayed: [...withDeltas([one, two, three]), middle],
        refusal: 'WRONG_OWNERSHIP',
        newest,
      };
    },
  ],
  [
    'released, and taken by another owner',
    async () => {
      const bench = await lockWith(one, two);
      const courier = greeted(bench);
      courier.say(MESSAGE.release, aRelease(2, { lock: built, keySet }));
      courier.leave();
      activate(bench, thief, 3).leave();
      const inForce = version(1, { by: thief, ownershipEpoch: 3 });
      deliver(bench, inForce);
      const newest = version(2, { by: thief, ownershipEpoch: 3 });
      return { bench, replayed: withDeltas([one, two, three]), refusal: 'UNKNOWN_KEY', inForce, newest };
    },
  ],
];
