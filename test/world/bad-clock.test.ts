// A clock that is a year off, the cloud's or the lock's: a Door Sync brings the table all the same, so that who was revoked
// stays out and who lives there comes in. A courier's clock that is off from the cloud's: bad-machine.test.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { NO_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { HurriedClock } from './hurried-clock.ts';
import { startHere, type Told } from './command-here.ts';
import { DOOR, OneDoor } from './one-door.ts';

const YEAR_MS = 365 * 86_400_000;

it.each([
  ['cloud', 'ahead', YEAR_MS],
  ['cloud', 'behind', -YEAR_MS],
  ['lock', 'ahead', YEAR_MS],
  ['lock', 'behind', -YEAR_MS],
] as const)('the clock of the %s a year %s', { timeout: 20_000 }, async (whose, _, offMs) => {
  const clock = new HurriedClock();
  clock.offMs = offMs;
  const scene = await OneDoor.open(2, [], NO_TIMING, { [whose]: clock });
  const folder = mkdtempSync(join(tmpdir(), 'doorlab-bad-clock-'));
  onTestFinished(async () => {
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const data = scene.walker(folder, 'walker');
  const run = (...args: readonly string[]): Promise<Told> => startHere(scene, folder, data, args).told;
  const [leaver, neighbour] = [await scene.resident(0), await scene.resident(1)];
  await scene.revoke(leaver);
  const told = await run('sync', DOOR);
  expect([told.exit, told.lines.find(({ event }) => event === 'door')?.['result']]).toEqual([0, 'applied']);
  expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
  expect([scene.opens(leaver.code), scene.opens(neighbour.code)]).toEqual([false, true]);
});
