// A courier whose cloud goes wrong: each trouble at each call of a Door Sync, one after another, by the commands. However it
// ends it says what happened and what to do; the lock has its old table or the new one, and the next run completes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { routes } from '#protocol/api/routes.ts';
import { NO_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { rotate } from '../cloud/ceremony.ts';
import { BadCloud, FLIPPED, ofDoor, TROUBLE_NAMES, TROUBLES, type Trouble } from './bad-cloud.ts';
import { startHere, type Told } from './command-here.ts';
import { expectTold } from './expect-told.ts';
import { heldIn } from './held.ts';
import { Leavers } from './leavers.ts';
import { DOOR, OneDoor } from './one-door.ts';

const BACK = 'Back';
/** The calls of one `sync DOOR`, in order. */
const BEFORE_THE_LOCK = [
  'GET courier/doors',
  'GET courier/doors',
  'POST doors/deliveries',
  'GET doors/package',
];
const KEY_SETS = 'GET key-sets';
const RECEIPT = 'POST doors/receipts';
const BEHIND_THE_RECEIPT = ['POST doors/time', 'POST doors/log-batches'];
const CALLS = [...BEFORE_THE_LOCK, RECEIPT, ...BEHIND_THE_RECEIPT];
/** One for each time that the lock gets a new table, and the last, whose code opens to the end. */
const RESIDENTS = 3 * TROUBLE_NAMES.length + 12;

let scene: OneDoor;
let bad: BadCloud;
let folder: string;
let data: string;
let leavers: Leavers;
let otherDoorId = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-bad-cloud-'));
  scene = await OneDoor.open(RESIDENTS, [BACK], NO_TIMING);
  bad = await BadCloud.before(() => scene.cloud.running.url);
  data = scene.walker(folder, 'walker');
  leavers = await Leavers.of(scene, { residents: RESIDENTS });
  const { items } = await scene.cloud.call(routes.listDoors, { params: { propertyId: scene.propertyId } });
  const back = items.find(({ name }) => name === BACK)!;
  otherDoorId = back.id;
  const fitted = await scene.house.fitLock(back);
  fitted.lock.pressButton();
  expect((await run('activate', BACK, '--label', fitted.label)).exit).toBe(0);
  await leavers.next();
});
afterAll(async () => {
  await bad.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Promise<Told> =>
  startHere(scene, folder, data, args, '', { clock: bad.clock, env: { DOORLAB_CLOUD: bad.url } }).told;

const held = (): Promise<number> => heldIn(join(data, 'gateway'));

const doorIn = ({ lines }: Told): unknown => lines.find(({ event }) => event === 'door')?.['result'];

/** Meets the trouble from that call on. */
async function meet(
  call: number,
  trouble: Trouble,
  command: readonly string[] = ['sync', DOOR],
): Promise<Told> {
  bad.reset({ at: call, trouble });
  const told = await run(...command);
  bad.plan = undefined;
  const token = readFileSync(join(data, 'gateway', 'token'), 'utf8').trim();
  expect(JSON.stringify(told.lines)).not.toContain(token);
  expect(bad.strays).toBe(0);
  return told;
}

/** A plain run, after which there is nothing left to do. */
async function complete(): Promise<Told> {
  bad.reset();
  const told = await run('sync', DOOR);
  expect([told.exit, told.last['type']]).toEqual([0, 'finished']);
  expect(await held()).toBe(0);
  expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
  leavers.expectTable('new');
  return told;
}

it('a sync without trouble makes these calls, each of which meets each trouble below', async () => {
  expect(doorIn(await complete())).toBe('applied');
  expect(bad.calls).toEqual(CALLS);
  await leavers.next();
});

describe.each([...BEFORE_THE_LOCK.entries()])('at call %i, %s', (call) => {
  it.each(TROUBLE_NAMES)('the cloud %s: nothing is done, and what to do is said', async (name) => {
    const trouble = TROUBLES[name];
    expectTold(await meet(call, trouble), [3, trouble.code]);
    expect(bad.calls).toEqual(CALLS.slice(0, call + 1));
    expect(await held()).toBe(0);
    leavers.expectTable('old');
  });
});

describe('at the first call of a round over all that is due', () => {
  it.each(TROUBLE_NAMES)('the cloud %s: no lock is met, and what to do is said', async (name) => {
    const told = await meet(0, TROUBLES[name], ['sync', '--due', '--look', '1']);
    expectTold(told, [3, TROUBLES[name].code]);
    expect(bad.calls).toEqual(['GET session']);
    leavers.expectTable('old');
  });
});

it.each([
  ['a flipped bit', () => FLIPPED],
  ['the set of another door', () => ofDoor(otherDoorId)],
])('a package with %s is no package, and goes to no lock', async (_, trouble) => {
  expectTold(await meet(3, trouble()), [3, 'CLOUD_RUBBISH']);
  leavers.expectTable('old');
});

describe(`at ${KEY_SETS}, while the lock waits`, () => {
  beforeAll(async () => {
    rotate(join(dirname(scene.cloudFolder), 'keys'));
    // The cloud looks for new keys each second.
    await vi.waitFor(async () => {
      const { sync } = await scene.cloud.call(routes.door, { params: { doorId: scene.at.door.id } });
      expect(sync.target?.keyEpoch).toBe(2);
    }, 10_000);
  });

  it.each(TROUBLE_NAMES)('the cloud %s: the lock keeps what it has', async (name) => {
    const told = await meet(CALLS.indexOf(RECEIPT), TROUBLES[name]);
    expectTold(told, [3, TROUBLES[name].code]);
    expect(bad.calls[4]).toBe(KEY_SETS);
    expect(await held()).toBe(0);
    leavers.expectTable('old');
  });

  it('and the next run brings keys and table', async () => {
    expect(doorIn(await complete())).toBe('applied');
    expect(bad.calls).toContain(KEY_SETS);
  });
});

it.each(TROUBLE_NAMES)(
  `at ${RECEIPT} the cloud %s: the receipt is kept, and is the first that the next run tells`,
  async (name) => {
    await leavers.next();
    const told = await meet(CALLS.indexOf(RECEIPT), TROUBLES[name]);
    expectTold(told, [6, 'PARTLY_DONE']);
    expect(doorIn(told)).toBe('receipt-held');
    expect(await held()).toBe(1);
    leavers.expectTable('new');
    // Where the cloud took no log rows either, the lock is visited for those.
    const isDone = TROUBLES[name].lasts ? 'already-current' : 'nothing-to-do';
    expect([doorIn(await complete()), bad.calls.indexOf(RECEIPT)]).toEqual([isDone, 1]);
  },
);

/** What lasts from the time on is met by the log as well. */
const BEHIND = TROUBLE_NAMES.flatMap((name) =>
  BEHIND_THE_RECEIPT.filter((_, i) => i === 0 || !TROUBLES[name].lasts).map((call) => ({ call, name })),
);

it.each(BEHIND)(
  'at $call the cloud $name: the sync is done, and the rest is for the next visit',
  async ({ call, name }) => {
    await leavers.next();
    const told = await meet(CALLS.indexOf(call), TROUBLES[name]);
    expect([told.exit, doorIn(told)]).toEqual([0, 'applied']);
    expect(await held()).toBe(0);
    expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
    leavers.expectTable('new');
  },
);
