// Everything that can happen to a lock, as plain data that fast-check draws and shrinks.
import fc from 'fast-check';
import type { Tear } from '#lock-sim/flash/tears.ts';
import { CODES, TABLES, WRONG_CODES } from './tables.ts';

/** What is presented; a daily code by the day from today and the epoch from that of the table. */
export type PresentedNow =
  | { readonly by: 'code'; readonly digits: string }
  | { readonly by: 'daily'; readonly epochsOn: number; readonly daysOn: number; readonly slot: number }
  | { readonly by: 'card' | 'phone'; readonly name: string };

export interface SyncAction {
  readonly do: 'sync';
  readonly table: number;
  /** From the floor's version; from its epoch. */
  readonly versionsOn: number;
  readonly epochsOn: number;
  readonly signer: 'owner' | 'thief' | 'next key set' | 'key set before';
  readonly isForAnother: boolean;
  readonly base: 'none' | 'in force' | 'another';
  /** Undefined: to the end. Else the courier goes after so many chunks. */
  readonly chunks: number | undefined;
}

export type Action =
  | { readonly do: 'present'; readonly what: PresentedNow; readonly times: number }
  | { readonly do: 'explain'; readonly what: PresentedNow }
  | { readonly do: 'begin entry'; readonly digits: string }
  | SyncAction
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'boot'; readonly darkMs: number }
  | { readonly do: 'turn clock'; readonly byMs: number; readonly isDark: boolean }
  | { readonly do: 'lose clock' }
  | {
      readonly do: 'time';
      readonly nonce: 'right' | 'wrong' | 'late' | 'used';
      readonly offS: number;
    }
  | { readonly do: 'rotate'; readonly stepsOn: number; readonly isThiefs: boolean }
  | { readonly do: 'deactivate' | 'release'; readonly epochsOn: number; readonly isThiefs: boolean }
  | { readonly do: 'reset' }
  | {
      readonly do: 'activate';
      readonly epochsOn: number;
      readonly stepsOn: number;
      readonly isThiefs: boolean;
    }
  | { readonly do: 'pull log'; readonly ack: 'right' | 'another chain' | 'none' | 'old' }
  | { readonly do: 'privacy'; readonly is: 'thrown' | 'released' }
  | { readonly do: 'battery'; readonly percent: number }
  | { readonly do: 'jam'; readonly isJammed: boolean }
  | { readonly do: 'keep flash' }
  | { readonly do: 'put flash back' };

/** Where the power goes, within the operations of the action or of the boot after it. */
export interface Cut {
  readonly index: number;
  readonly tear: Tear;
}

export interface Deed {
  readonly action: Action;
  readonly cut: Cut | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const someWhat: fc.Arbitrary<PresentedNow> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ by: fc.constant('code' as const), digits: fc.constantFrom(...CODES) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ by: fc.constant('code' as const), digits: fc.constantFrom(...WRONG_CODES) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      by: fc.constant('daily' as const),
      epochsOn: fc.constantFrom(0, 0, 0, 0, -1, 1),
      daysOn: fc.constantFrom(0, 0, 0, 0, -1, 1),
      slot: fc.nat(5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      by: fc.constantFrom('card' as const, 'phone' as const),
      name: fc.constantFrom('card', 'phone', 'night phone', 'nobody'),
    }),
  },
);

const sync: fc.Arbitrary<SyncAction> = fc.record({
  do: fc.constant('sync' as const),
  table: fc.nat(TABLES.length - 1),
  versionsOn: fc.constantFrom(1, 1, 1, 1, 0, 0, -1, 2, 70_000),
  epochsOn: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, -1, 1),
  signer: fc.constantFrom(
    ...Array.from({ length: 12 }, () => 'owner' as const),
    'thief' as const,
    'next key set' as const,
    'key set before' as const,
  ),
  isForAnother: fc.constantFrom(...Array.from({ length: 14 }, () => false), true),
  base: fc.constantFrom('none', 'none', 'none', 'in force', 'another'),
  chunks: fc.constantFrom(undefined, undefined, undefined, 0, 1, 2),
});

const rarely = fc.constantFrom(false, false, false, false, true);

const anAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 26,
    arbitrary: fc.record({
      do: fc.constant('present' as const),
      what: someWhat,
      times: fc.constantFrom(1, 1, 1, 2, 3, 6),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('explain' as const), what: someWhat }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('begin entry' as const), digits: fc.constantFrom(...CODES) }),
  },
  { weight: 14, arbitrary: sync },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(
        1_000,
        9_999,
        10_000,
        30_000,
        5 * MINUTE_MS,
        HOUR_MS,
        4 * HOUR_MS,
        13 * HOUR_MS,
        DAY_MS,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('boot' as const),
      darkMs: fc.constantFrom(0, 1_000, 300_000, 300_001, HOUR_MS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('turn clock' as const),
      byMs: fc.constantFrom(HOUR_MS, DAY_MS, 40 * DAY_MS, 300 * DAY_MS, -HOUR_MS, -DAY_MS),
      isDark: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'lose clock' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      nonce: fc.constantFrom('right', 'right', 'right', 'wrong', 'late', 'used'),
      offS: fc.constantFrom(0, 0, 0, 1, -1, 90, 3_600, 86_400, -86_400, 500 * 86_400),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      stepsOn: fc.constantFrom(1, 1, 1, 0, 2),
      isThiefs: rarely,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('deactivate' as const, 'release' as const),
      epochsOn: fc.constantFrom(1, 1, 1, 0, 2, 20_000_000),
      isThiefs: rarely,
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'reset' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('activate' as const),
      epochsOn: fc.constantFrom(1, 1, 1, 0, 2),
      stepsOn: fc.constantFrom(0, 0, 1, 2),
      isThiefs: rarely,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pull log' as const),
      ack: fc.constantFrom('right', 'another chain', 'none', 'old'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('privacy' as const),
      is: fc.constantFrom('thrown' as const, 'released' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('battery' as const),
      percent: fc.constantFrom(0, 10, 50, 100, 100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('jam' as const), isJammed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'keep flash' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'put flash back' as const }) },
);

const aTear: fc.Arbitrary<Tear> = fc.oneof(
  fc.constantFrom<Tear>({ kind: 'before' }, { kind: 'after' }),
  fc.record({ kind: fc.constant('prefix' as const), bytes: fc.integer({ min: 1, max: 300 }) }),
  fc.record({
    kind: fc.constantFrom('bits' as const, 'disturb' as const, 'unstable' as const),
    seed: fc.nat(),
  }),
);

const aCut: fc.Arbitrary<Cut | undefined> = fc.option(fc.record({ index: fc.nat(9), tear: aTear }), {
  nil: undefined,
  freq: 7,
});

/** fast-check's `freq` is how often it is not nil: drawn apart so that most deeds are whole. */
const rareCut = fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: aCut });

const aDeed: fc.Arbitrary<Deed> = fc.record({ action: anAction, cut: rareCut });

/** The first table nearly always comes first: most of what there is to see needs one. */
export const someDeeds: fc.Arbitrary<Deed[]> = fc
  .tuple(fc.nat(9), fc.nat(TABLES.length - 1), fc.array(aDeed, { minLength: 3, maxLength: 14, size: 'max' }))
  .map(([dice, table, deeds]) => (dice === 0 ? deeds : [firstSync(table), ...deeds]));

const firstSync = (table: number): Deed => ({
  action: {
    do: 'sync',
    table,
    versionsOn: 1,
    epochsOn: 0,
    signer: 'owner',
    isForAnother: false,
    base: 'none',
    chunks: undefined,
  },
  cut: undefined,
});
