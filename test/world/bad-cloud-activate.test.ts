// An activation whose cloud goes wrong: each trouble at each of its calls, by the command. A lock is either bound as it was asked
// for, or not; running it again binds the one that is not, and a sync brings the one that is what it still waits for.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Door } from '#protocol/api/property.ts';
import { routes } from '#protocol/api/routes.ts';
import type { HouseDoor } from '#lab/demo/demo-house.ts';
import { NO_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { BadCloud, TROUBLE_NAMES, TROUBLES, type TroubleName } from './bad-cloud.ts';
import { startHere, type Told } from './command-here.ts';
import { expectTold } from './expect-told.ts';
import { heldIn } from './held.ts';
import { OneDoor } from './one-door.ts';

/** In order; those of the first sync come behind them. */
const BEFORE_THE_LOCK = [
  'GET properties',
  'GET properties/doors',
  'GET courier/doors',
  'POST doors/activations',
];
const FINISH = 'POST activations/finish';
const PROOF = 'POST doors/receipts';
const SYNC = [
  'GET courier/doors',
  'POST doors/deliveries',
  'GET doors/package',
  'POST doors/receipts',
  'POST doors/time',
  'POST doors/log-batches',
];
const CALLS = [...BEFORE_THE_LOCK, FINISH, PROOF, ...SYNC];
/** Of the first sync, one of each kind: what a sync makes of them is held by the matrix of `sync`. */
const SOME: readonly TroubleName[] = [
  'never answers',
  'goes once it has done its work',
  'takes the token no more',
];
/** One for each lock that is bound. */
const DOORS = 2 + BEFORE_THE_LOCK.length + 2 * TROUBLE_NAMES.length + SYNC.length * SOME.length;

let scene: OneDoor;
let bad: BadCloud;
let folder: string;
let data: string;
let doors: Door[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-bad-cloud-activate-'));
  const names = Array.from({ length: DOORS }, (_, i) => `Room ${i}`);
  scene = await OneDoor.open(1, names, NO_TIMING);
  bad = await BadCloud.before(() => scene.cloud.running.url);
  data = scene.walker(folder, 'walker');
  const { items } = await scene.cloud.call(routes.listDoors, { params: { propertyId: scene.propertyId } });
  doors = items.filter(({ name }) => names.includes(name));
  expect(doors).toHaveLength(DOORS);
  await fit();
});
afterAll(async () => {
  await bad.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Promise<Told> =>
  startHere(scene, folder, data, args, '', { clock: bad.clock, env: { DOORLAB_CLOUD: bad.url } }).told;

const held = (): Promise<number> => heldIn(join(data, 'gateway'));

/** A new lock at the next door that has none. */
let at: HouseDoor;
async function fit(): Promise<void> {
  at = await scene.house.fitLock(doors.shift()!);
}

const isBound = (): boolean | undefined => at.lock.report().activated;

function activate(): Promise<Told> {
  at.lock.pressButton();
  return run('activate', at.door.name, '--label', at.label);
}

/** Meets the trouble from that call on. */
async function meet(call: number, name: TroubleName): Promise<Told> {
  bad.reset({ at: call, trouble: TROUBLES[name] });
  const told = await activate();
  expect(bad.plan?.at).toBe(call);
  expect(bad.calls[call]).toBe(CALLS[call]);
  bad.plan = undefined;
  const token = readFileSync(join(data, 'gateway', 'token'), 'utf8').trim();
  expect(JSON.stringify(told.lines)).not.toContain(token);
  expect(bad.strays).toBe(0);
  return told;
}

/** A plain run, after which this lock has nothing left to wait for. */
async function complete(how: 'activate' | 'sync'): Promise<void> {
  bad.reset();
  const told = await (how === 'activate' ? activate() : run('sync', at.door.name));
  expect([told.exit, told.last['type']]).toEqual([0, 'finished']);
  expect(await held()).toBe(0);
  const { sync } = await scene.cloud.call(routes.door, { params: { doorId: at.door.id } });
  expect(sync.state).toBe('up-to-date');
  await fit();
}

it('an activation without trouble makes these calls, each of which meets each trouble below', async () => {
  bad.reset();
  const told = await activate();
  expect([told.exit, told.last['result']]).toMatchObject([0, { firstSync: 'applied' }]);
  expect(bad.calls).toEqual(CALLS);
  await fit();
});

describe.each([...BEFORE_THE_LOCK.entries()])('at call %i, %s', (call) => {
  it.each(TROUBLE_NAMES)('the cloud %s: no lock is bound, and what to do is said', async (name) => {
    expectTold(await meet(call, name), [3, TROUBLES[name].code]);
    expect(isBound()).toBe(false);
    expect(await held()).toBe(0);
  });

  it('and running it again binds it', () => complete('activate'));
});

it.each(TROUBLE_NAMES)(
  `at ${FINISH} the cloud %s: the lock has no secrets, and running it again binds it`,
  async (name) => {
    expectTold(await meet(CALLS.indexOf(FINISH), name), [3, TROUBLES[name].code]);
    expect(await held()).toBe(0);
    await complete('activate');
  },
);

it.each(TROUBLE_NAMES)(
  `at ${PROOF} the cloud %s: the lock is bound, and the cloud is told by the next that reaches it`,
  async (name) => {
    const told = await meet(CALLS.indexOf(PROOF), name);
    expect(isBound()).toBe(true);
    // The first sync tells it, where the cloud is there again.
    const { lasts, code } = TROUBLES[name];
    expectEnd(told, lasts ? { firstSync: 'failed', code } : { firstSync: 'applied' });
    expect(await held()).toBe(lasts ? 1 : 0);
    await complete('sync');
  },
);

describe.each([...SYNC.entries()])('at call %i of its first sync, %s', (i, call) => {
  it.each(SOME)('the cloud %s: the lock is bound, and a sync brings what it waits for', async (name) => {
    const told = await meet(CALLS.length - SYNC.length + i, name);
    expect(isBound()).toBe(true);
    const { code } = TROUBLES[name];
    const isReceipt = call === 'POST doors/receipts';
    if (i > SYNC.indexOf('POST doors/receipts')) expectEnd(told, { firstSync: 'applied' });
    else expectEnd(told, { firstSync: isReceipt ? 'receipt-held' : 'failed', code });
    expect(await held()).toBe(isReceipt ? 1 : 0);
    await complete('sync');
  });
});

function expectEnd(
  { exit, last }: Told,
  result: { readonly firstSync: string; readonly code?: string },
): void {
  expect([exit, last['type']]).toEqual([result.code === undefined ? 0 : 6, 'finished']);
  expect(last['result']).toMatchObject(result);
}
