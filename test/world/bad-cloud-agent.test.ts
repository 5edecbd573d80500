// An agent whose cloud goes wrong, as the program runs it: each trouble of a cloud, by turns at all its calls. It goes on by itself:
// once the cloud is back, what was wanted is at the lock and the cloud knows, and it has said little about it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { NO_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { BadCloud, TROUBLE_NAMES, TROUBLES, type TroubleName } from './bad-cloud.ts';
import { startHere, type Started } from './command-here.ts';
import { DOOR, OneDoor, type Resident } from './one-door.ts';

const LIST = 'GET courier/doors';
const RECEIPT = 'POST doors/receipts';
/** Met by some troubles each: what a visit makes of them is held by the matrix of `doorlab sync`. */
const OTHERS = [
  'GET session',
  'POST doors/deliveries',
  'GET doors/package',
  'POST doors/time',
  'POST doors/log-batches',
];
const ASKED_FIRST = [LIST, 'GET session'];
const BEHIND_THE_RECEIPT = ['POST doors/time', 'POST doors/log-batches'];

interface Case {
  readonly call: string;
  readonly name: TroubleName;
}
const CASES: readonly Case[] = TROUBLE_NAMES.flatMap((name, i) =>
  [RECEIPT, i % 2 === 0 ? LIST : OTHERS[(i >> 1) % OTHERS.length]!].map((call) => ({ call, name })),
);
/** Of an agent that has nothing to do, for each look at it. */
const PASSING_MS = 200;
/** Cloud, channel, radio, visits: of one trouble, whatever it is. */
const LINES_MOST = 24;

let scene: OneDoor;
let bad: BadCloud;
let folder: string;
let data: string;
let neighbour: Resident;
let agent: Started;
let residents = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-bad-cloud-agent-'));
  scene = await OneDoor.open(CASES.length + 1, [], NO_TIMING);
  bad = await BadCloud.before(() => scene.cloud.running.url);
  data = scene.walker(folder, 'agent');
  neighbour = await scene.resident(CASES.length);
  agent = startHere(scene, folder, data, ['agent', '--port', '0'], '', {
    clock: bad.clock,
    env: { DOORLAB_CLOUD: bad.url },
  });
  await agent.line('running');
  await passUntil(async () => (await scene.atCloud()).state === 'up-to-date');
});
afterAll(async () => {
  agent.interrupt();
  const { exit } = await agent.told;
  await bad.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
  expect(exit).toBe(0);
});

const isVisiting = (): boolean =>
  agent.lines.findLastIndex(({ event }) => event === 'visiting') >
  agent.lines.findLastIndex(({ event }) => event === 'visited');

/** Time passes quickly for an agent that waits, and as always where it is answered or meets its lock. */
const passUntil = (holds: () => boolean | Promise<boolean>): Promise<void> =>
  vi.waitFor(
    async () => {
      if (await holds()) return;
      if (bad.waiting === 0 && !isVisiting()) bad.clock.pass(PASSING_MS);
      throw new Error(`it never comes to hold: ${JSON.stringify(agent.lines.slice(-4))}`);
    },
    { interval: 10, timeout: 15_000 },
  );

it.each(CASES)('at $call the cloud $name: it goes on by itself', { timeout: 20_000 }, async (at) => {
  const { call, name } = at;
  const trouble = TROUBLES[name];
  const leaver = await scene.resident(residents++);
  const before = agent.lines.length;
  bad.reset({ at: call, trouble });
  await scene.revoke(leaver);
  await passUntil(() => typeof bad.plan?.at === 'number');
  const since = () => agent.lines.slice(before);
  const isDone = BEHIND_THE_RECEIPT.includes(call);
  await passUntil(() =>
    since().some(
      ({ event, state, result }) =>
        (event === 'cloud' && ['away', 'refused'].includes(String(state))) ||
        (event === 'visited' && (!isDone || result === 'applied')),
    ),
  );
  // The channel tells of a change too: the visit may have gone before the list.
  if (!ASKED_FIRST.includes(call)) expect(scene.opens(leaver.code)).toBe(call !== RECEIPT && !isDone);
  expect(scene.opens(neighbour.code)).toBe(true);

  bad.plan = undefined;
  await passUntil(async () => !isVisiting() && (await scene.atCloud()).state === 'up-to-date');
  expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
  expect(scene.opens(leaver.code)).toBe(false);
  expect(scene.opens(neighbour.code)).toBe(true);
  const said = JSON.stringify(since());
  expect(since().length).toBeLessThan(LINES_MOST);
  expect(said).not.toContain(readFileSync(join(data, 'gateway', 'token'), 'utf8').trim());
  expect(said).not.toContain('stack');
  expect(bad.strays).toBe(0);
  expect(since().filter(({ event, door }) => event === 'visited' && door !== DOOR)).toEqual([]);
});
