// With the faults ended, an honest courier brings the lock to the newest set: over the air, through the whole
// firmware, with a bounded number of erases, and nothing is left unexplained.
import { equalBytes } from '#protocol/bytes.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import type { StorageLayout } from '#lock-sim/storage/layout.ts';
import type { Machine, Running } from '#test/lock-sim/power-cut-rig.ts';
import { unexplained } from './log-invariants.ts';
import type { Claims } from './claims.ts';
import type { Scenario } from './scenario.ts';
import { KEY_SETS, probesOf } from './tables.ts';
import { World } from './world.ts';

/** What an accepted sync may erase beside the slot: settings and log blocks, each also once more where a cut spoiled it. */
const LOG_BLOCKS_MAX = 3;
const SETTINGS_BLOCKS_MAX = 4;
const HONEST_CONNECTIONS = 2;

/** What is broken, in words. */
export async function noConvergence(
  scenario: Scenario,
  left: Machine,
  claims: Claims,
): Promise<string | undefined> {
  const world = await World.of(scenario, { parts: left, engine: left.engine });
  const { lock } = world.bench;
  if (!lock.isPowered) return 'the lock does not boot';
  scenario.wants?.(world);
  if (world.contents.lockSecrets === null) world.activate();
  const broken = bring(world, scenario, claims);
  if (broken !== undefined) return broken;
  const { goal } = scenario;
  world.serveLockout();
  const wrong = probesOf(goal, []).find((code) => world.press(code) !== goal.codes.includes(code));
  if (wrong !== undefined) return `after the sync code ${wrong} does what it should not`;
  const said = scenario.afterwards?.(world, claims);
  if (said !== undefined) return said;
  return brokenLater(world, scenario);
}

function bring(world: World, { goal }: Scenario, claims: Claims): string | undefined {
  for (let connection = 0; connection < HONEST_CONNECTIONS; connection++) {
    const before = erasesOf(world);
    const courier = world.courier();
    const known = courier.helloAnswer?.keySetNumber ?? 0;
    for (const { keySet, bytes } of KEY_SETS.slice(known)) {
      if (keySet.number <= goal.triple.keyEpoch) courier.say(MESSAGE.keySet, bytes);
    }
    const receipt = courier.deliver(goal);
    courier.leave();
    const erases = erasesOf(world) - before;
    const most = erasesMax(world.bench.layout);
    if (erases > most) return `${erases} erases for one sync, at most ${most}`;
    if (receipt === undefined) continue;
    const isGoal = receipt.tableHash !== null && equalBytes(receipt.tableHash, goal.manifest.tableHash);
    if (!isGoal || receipt.tableState !== 'active') return 'a receipt for another table';
    const { receipted } = claims;
    if (receipted !== undefined && receipt.logSequence <= receipted.sequence)
      return `a receipt of row ${receipt.logSequence} after one of row ${receipted.sequence}`;
    return undefined;
  }
  return 'an honest courier gets no receipt';
}

/** A boot more: the goal stays in force, and the log explains itself. */
function brokenLater(world: World, { goal }: Scenario): string | undefined {
  world.reboot();
  const storage = world.bench.lock.firmware?.storage;
  if (storage?.table === undefined) return 'the table is gone after the next boot';
  if (!equalBytes(storage.table.record.tableHash, goal.manifest.tableHash))
    return 'another table after the next boot';
  const running: Pick<Running, 'storage'> = { storage };
  const found = new Map(world.bench.events().map((row) => [row.sequence, row]));
  return unexplained(running, found);
}

function erasesOf({ bench }: World): number {
  let erases = 0;
  for (let sector = 0; sector < bench.layout.sectors; sector++) erases += bench.flash.eraseCount(sector);
  return erases;
}

function erasesMax({ slots, events, settings }: StorageLayout): number {
  const { manifest, commits, chunks } = slots.A;
  const slot = [manifest, ...commits, chunks].reduce((sum, { sectors }) => sum + sectors, 0);
  const block = events[0]?.sectors ?? 0;
  const settingsBlock = settings[0][0]?.sectors ?? 0;
  return slot + LOG_BLOCKS_MAX * block + SETTINGS_BLOCKS_MAX * settingsBlock;
}
