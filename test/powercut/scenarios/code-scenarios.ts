// Codes that the lock has to remember something of: wrong ones, and those that open once.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { dailyCode, dailyEpochKey } from '#protocol/table/daily-code.ts';
import type { Head } from '#protocol/table/head.ts';
import type { Claims } from '../claims.ts';
import type { Scenario } from '../scenario.ts';
import { aTable, LOCK, SHARED_CODE, TWO_CHUNKS_OF_ROWS } from '../tables.ts';
import type { World } from '../world.ts';

const one = aTable(1);
const two = aTable(2, { rows: TWO_CHUNKS_OF_ROWS });

/** 2026-03-01 by UTC, the day on which every world here begins. */
const TODAY = 20_513;
const DAILY_SLOTS = 2;
const SINGLE_USE_SLOTS = 3;
const daily: Partial<Head> = {
  daily: { epoch: 1, dailySlots: DAILY_SLOTS, singleUseSlots: SINGLE_USE_SLOTS, bars: new Uint8Array(1) },
};
const withDaily = aTable(11, { head: daily });
const withDailyNewer = aTable(12, { head: daily, rows: TWO_CHUNKS_OF_ROWS });

const codeOf = (slot: number): string => {
  const key = dailyEpochKey(nodeEngine, LOCK.secrets.dailyKey, 1);
  return dailyCode(nodeEngine, key, LOCK.doorId, TODAY, slot);
};
const singleUse = (n: number): string => codeOf(DAILY_SLOTS + n);

const guess = (world: World, count: number): void => {
  for (let n = 0; n < count; n++) world.press(String(9_000_000 + n));
};

/** A code that was seen to open before the cut opens no more after it. */
function usedOnesStay(world: World, { used }: Claims): string | undefined {
  const again = used.find((code) => world.press(code));
  return again && `single-use code ${again} opens a second time`;
}

export const CODE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'wrong-codes',
    machine: 'two chunks in force',
    happens: 'four wrong codes, then a right one',
    goal: two,
    prepare: (world) => void world.sync(one),
    play(world) {
      guess(world, 4);
      world.press(SHARED_CODE);
    },
  },
  {
    name: 'lockout',
    machine: 'two chunks in force, five wrong codes counted',
    happens: 'a sixth and a seventh, each with its wait, then a right one',
    goal: two,
    prepare(world) {
      world.sync(one);
      guess(world, 5);
    },
    play(world) {
      guess(world, 1);
      world.wait(31_000);
      guess(world, 1);
      world.press(SHARED_CODE);
      world.wait(61_000);
      world.press(SHARED_CODE);
    },
  },
  {
    name: 'lockout-across-a-reboot',
    machine: 'two chunks in force, seven wrong codes counted',
    happens: 'another wrong code, the battery is pulled, the wait is served, a right code opens',
    goal: two,
    prepare(world) {
      world.sync(one);
      guess(world, 5);
      world.wait(31_000);
      guess(world, 1);
      world.wait(61_000);
    },
    play(world) {
      guess(world, 1);
      world.reboot();
      world.press(SHARED_CODE);
      world.wait(121_000);
      world.press(SHARED_CODE);
    },
  },
  {
    name: 'lockout-and-a-sync',
    machine: 'two chunks in force, five wrong codes counted',
    happens: 'a wrong code, then a newer set, then another wrong one',
    goal: two,
    prepare(world) {
      world.sync(one);
      guess(world, 5);
    },
    play(world) {
      guess(world, 1);
      world.sync(two);
      world.wait(31_000);
      guess(world, 1);
    },
  },
  {
    name: 'single-use-code',
    machine: 'a table with daily and single-use codes in force',
    happens: 'two single-use codes are used, one of them is tried again, also after a reboot',
    holds: 'A single-use code that was seen to open opens no more',
    goal: withDailyNewer,
    prepare: (world) => void world.sync(withDaily),
    play(world) {
      world.press(singleUse(0));
      world.press(singleUse(0));
      world.press(codeOf(0));
      world.press(singleUse(2));
      world.reboot();
      world.press(singleUse(2));
    },
    afterwards: usedOnesStay,
  },
  {
    name: 'single-use-code-over-a-settings-compaction',
    machine: 'a table with single-use codes in force, the settings block nearly full',
    happens: 'two single-use codes are used while the settings move to their next block',
    holds: 'A single-use code that was seen to open opens no more',
    goal: withDailyNewer,
    prepare(world) {
      world.sync(withDaily);
      const settings = world.bench.lock.firmware?.storage.settings;
      for (let n = 0; n < 94; n++) settings?.write({});
    },
    play(world) {
      world.press(singleUse(0));
      world.press(singleUse(1));
      world.press(codeOf(1));
    },
    afterwards: usedOnesStay,
  },
];
