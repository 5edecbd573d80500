// One case of the matrix: a courier with one fault, then couriers without, until nothing is left to do; and what has to hold
// then, and held on the way.
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { decodeHex } from '#protocol/bytes.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { verifyReceipt } from '#protocol/signed/receipt.ts';
import { WireError } from '#protocol/wire-error.ts';
import { tellHeld } from '#gateway/receipts.ts';
import type { Faults } from '#radio/air/faults.ts';
import { EXIT, exitCodeOf, type ExitCode } from '../../../cli/exit-codes.ts';
import type { Seen } from './faults.ts';
import type { Aim } from './interception.ts';
import type { Parts } from './matrix-air.ts';
import type { MatrixCourier } from './matrix-courier.ts';
import { MatrixWorld } from './matrix-world.ts';
import type { Point } from './points.ts';
import type { Scenario, Story } from './scenario.ts';
import { built, keys } from './scenarios.ts';

/** Couriers without faults behind the one with. */
const FURTHER_RUNS_MAX = 4;
/** Of all couriers of a case together. */
const MEETINGS_MAX = 24;
/** Between two couriers: a lock that lost its power is back, and one that waited for a courier does no more. */
const REST_MS = 65_000;

/** Journals are made durable thousands of times here: in memory, where the machine has such a folder. */
const SHARED_MEMORY = '/dev/shm';
const ROOT = existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir();

export interface CaseOptions {
  readonly scenario: Scenario;
  readonly seed: number | string;
  readonly aim?: Aim;
  readonly faults?: Faults;
  readonly parts?: Parts;
}

export interface CaseReport {
  readonly meetings: number;
  /** Different ones, at the cloud. */
  readonly receipts: number;
  /** Receipts that a courier took, or had on its disk, and that the cloud was never told of. */
  readonly lost: number;
  readonly seen: ReadonlyMap<Point, Seen>;
  readonly hasStruck: boolean;
  readonly runs: number;
  /** Of the first courier; undefined where it died. */
  readonly exit: ExitCode | undefined;
}

export async function playCase({ scenario, seed, aim, faults, parts }: CaseOptions): Promise<CaseReport> {
  const folder = mkdtempSync(join(ROOT, 'doorlab-matrix-'));
  const { activated } = scenario;
  const world = await MatrixWorld.open({ folder, seed, built, keySet: keys, activated, faults, parts });
  try {
    return await play(world, scenario, aim);
  } finally {
    await world.close();
  }
}

async function play(world: MatrixWorld, scenario: Scenario, aim: Aim | undefined): Promise<CaseReport> {
  const story = await scenario.begin(world);
  world.versions.length = 0;
  const before = world.couriers.length;
  const first = await world.courier({ isInBadAir: true, ...(aim && { aim }) });
  const { interception } = world;
  const exit = await attend(world, story, first);
  let last = first;
  let runs = 1;
  for (let done = false; !done; runs++) {
    expect(runs, 'nothing is left to do in the end').toBeLessThanOrEqual(FURTHER_RUNS_MAX);
    await world.rest(REST_MS);
    // Who has left for good keeps what it has; another one comes.
    last = await world.courier(last.isAway ? {} : { folder: last.heir });
    done = (await attend(world, story, last)) === EXIT.done && story.isDone();
  }
  await world.rest(REST_MS);
  if (first.isAway) await tellAtHome(world, first);
  const couriers = world.couriers.slice(before);
  checkVersions(world, story);
  expect(world.lock.report().connected, 'no link is left open').toBe(false);
  world.callOffCuts();
  story.check?.();
  const meetings = couriers.reduce((sum, courier) => sum + courier.meetings, 0);
  expect(meetings, 'meetings').toBeLessThanOrEqual(MEETINGS_MAX);
  const log = world.cloud.fake.doorList.filter(({ lock }) => lock !== undefined);
  for (const { doorId } of log)
    expect(world.cloud.fake.logOf(doorId).unexplained, 'rows of the log').toEqual([]);
  const lost = scenario.withoutCloud === true ? [] : lostReceipts(world, couriers);
  return {
    meetings,
    receipts: world.cloud.heard.size,
    lost: lost.length,
    seen: interception.seen,
    hasStruck: interception.hasStruck,
    runs,
    exit,
  };
}

/** How its command would end: undefined where it died, and with a typed error and a next step where not well. */
async function attend(
  world: MatrixWorld,
  story: Story,
  courier: MatrixCourier,
): Promise<ExitCode | undefined> {
  const run = story.run(courier).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const ended = await world.settle(Promise.race([run, courier.death]));
  if (ended === 'died') return undefined;
  expect(courier.openLinks, 'links that the courier left open').toBe(0);
  await world.settle(courier.close());
  if (ended === undefined) return EXIT.done;
  const { error } = ended;
  if (!(error instanceof DoorlabError)) throw error;
  expect(error.next, `${error.code}: ${error.message}`).toBeDefined();
  const exit = exitCodeOf(error);
  expect(exit, error.message).not.toBe(EXIT.done);
  return exit;
}

/** The next run of the one that left, where there is a cloud and no lock. */
async function tellAtHome(world: MatrixWorld, { folder }: MatrixCourier): Promise<void> {
  const again = await world.courier({ folder });
  await world.settle(tellHeld(again.parts));
  expect(again.held).toEqual([]);
  await world.settle(again.close());
}

/** Seen in the order of the story, each table until the next was in force. */
function checkVersions({ versions }: MatrixWorld, story: Story): void {
  const order = versions.map((version) => story.versions.indexOf(version));
  expect(order, versions.join(' then ')).not.toContain(-1);
  expect(order, versions.join(' then ')).toEqual([...order].sort((a, b) => a - b));
}

function lostReceipts({ cloud }: MatrixWorld, couriers: readonly MatrixCourier[]): string[] {
  const taken = couriers.flatMap((courier) => [...courier.promised].filter(isReceipt));
  return taken.filter((receipt) => !cloud.heard.has(receipt) && !cloud.refused.has(receipt));
}

function isReceipt(hex: string): boolean {
  try {
    verifyReceipt(nodeEngine, decodeHex(hex) ?? new Uint8Array(0), built.lockId, built.identity.publicKey);
    return true;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return false;
  }
}
