// A phone whose cloud goes wrong: each trouble at each call of `app sync` and `app unlock`, by the commands. A row that is live
// opens whatever becomes of the cloud; the lock has its old table or the new one, and the next plain sync completes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '#protocol/api/routes.ts';
import { CHANNEL_HANDSHAKE_REST_MS } from '#protocol/limits.ts';
import { NO_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { mailTo, tokenIn } from '../cloud/mailbox.ts';
import { BadCloud, TROUBLE_NAMES, TROUBLES, type Trouble, type TroubleName } from './bad-cloud.ts';
import { startHere, type Told } from './command-here.ts';
import { expectTold } from './expect-told.ts';
import { heldIn } from './held.ts';
import { HurriedClock } from './hurried-clock.ts';
import { Leavers } from './leavers.ts';
import { DOOR, OneDoor } from './one-door.ts';

const PASSWORD = 'four unrelated words';
const EMAIL = 'r0@example.com';
/** They go out together, in no order that holds. */
const ASKED = ['GET app/me', 'GET app/doors', 'GET app/codes'];
const FETCHED = ['POST doors/deliveries', 'GET doors/package'];
const RECEIPT = 'POST doors/receipts';
const BEHIND_THE_RECEIPT = ['POST doors/time', 'POST doors/log-batches'];
/** How long an opening's link waits for a cloud. */
const LINK_HELD_MS = 2_000;
const AT_THE_LOCK = [...FETCHED, RECEIPT, ...BEHIND_THE_RECEIPT];
/** Of an opening, one of each kind: what becomes of the sync behind it is held by the matrix of `app sync`. */
const SOME: readonly TroubleName[] = [
  'is gone',
  'never answers',
  'goes once it has done its work',
  'is the page of a guest network',
  'takes the token no more',
];
/** The account's, one for each time that the lock gets a new table, and the last, whose code opens to the end. */
const RESIDENTS = 5 * (TROUBLE_NAMES.length + SOME.length) + 9;

let scene: OneDoor;
let bad: BadCloud;
let folder: string;
let leavers: Leavers;
let token: string;
const lockClock = new HurriedClock();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-bad-cloud-phone-'));
  scene = await OneDoor.open(RESIDENTS, [], NO_TIMING, { lock: lockClock });
  bad = await BadCloud.before(() => scene.cloud.running.url);
  bad.isForPhone = true;
  leavers = await Leavers.of(scene, { from: 1, residents: RESIDENTS });
  const invited = tokenIn(await mailTo(scene.cloudFolder, EMAIL, 'Welcome to Elm House'));
  await scene.cloud.call(routes.setPassword, { body: { token: invited, password: PASSWORD } });
  expect((await app(['login', EMAIL], `${PASSWORD}\n`)).exit).toBe(0);
  token = readFileSync(join(folder, 'data', 'phone', 'token'), 'utf8').trim();
  await complete();
  await leavers.next();
});
afterAll(async () => {
  await bad.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

async function app(args: readonly string[], input?: string): Promise<Told> {
  // So many visits in so short a time are more than a lock takes.
  lockClock.pass(CHANNEL_HANDSHAKE_REST_MS);
  const around = { clock: bad.clock, env: { DOORLAB_CLOUD: bad.url } };
  return startHere(scene, folder, join(folder, 'data'), ['app', ...args], input, around).told;
}

const held = (): Promise<number> => heldIn(join(folder, 'data', 'phone'));

/** Meets the trouble from the first call of that name on. */
async function meet(command: readonly string[], at: string, name: TroubleName): Promise<Told> {
  bad.reset({ at, trouble: TROUBLES[name] });
  scene.at.lock.hands.lockCommand();
  const told = await app(command);
  expect(bad.plan?.at).toBeTypeOf('number');
  bad.plan = undefined;
  expect(JSON.stringify(told.lines)).not.toContain(token);
  expect(bad.strays).toBe(0);
  return told;
}

/** A plain sync, after which there is nothing left to do. */
async function complete(): Promise<void> {
  bad.reset();
  const told = await app(['sync']);
  expect([told.exit, told.last['type']]).toEqual([0, 'finished']);
  expect(await held()).toBe(0);
  expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
}

/** So many of the event loop that whatever was to happen by now has. */
async function turns(): Promise<false> {
  for (let turn = 0; turn < 2_000; turn++) await new Promise((resolve) => setImmediate(resolve));
  return false;
}

const doorIn = ({ lines }: Told): unknown => lines.find(({ event }) => event === 'door')?.['result'];

const isOpened = ({ lines }: Told): boolean => lines.some(({ event }) => event === 'opened');

it('a sync without trouble makes these calls, each of which meets each trouble below', async () => {
  bad.reset();
  expect(doorIn(await app(['sync']))).toBe('applied');
  expect([...bad.calls].sort()).toEqual([...ASKED, ...AT_THE_LOCK, ...ASKED].sort());
  await leavers.next();
});

describe.each(ASKED)('at %s of a sync', (call) => {
  it.each(TROUBLE_NAMES)('the cloud %s: nothing is done, and what to do is said', async (name) => {
    const { code } = TROUBLES[name];
    const told = await meet(['sync'], call, name);
    expectTold(told, [3, code === 'NOT_SIGNED_IN' ? 'PHONE_NOT_SIGNED_IN' : code]);
    expect(told.lines.some(({ event, text }) => event === 'note' && /^As of /.test(String(text)))).toBe(true);
    leavers.expectTable('old');
  });
});

describe.each(FETCHED)('at %s of a sync', (call) => {
  it.each(TROUBLE_NAMES)(
    'the cloud %s: the lock keeps what it has, and the next sync completes',
    async (name) => {
      const told = await meet(['sync'], call, name);
      expectTold(told, [3, TROUBLES[name].code]);
      expect(doorIn(told)).toBe('failed');
      expect(await held()).toBe(0);
      leavers.expectTable('old');
      await complete();
      leavers.expectTable('new');
      await leavers.next();
    },
  );
});

describe.each(AT_THE_LOCK.slice(FETCHED.length))('at %s of a sync', (call) => {
  it.each(TROUBLE_NAMES)(
    'the cloud %s: the door is synced, and the next sync tells what is held',
    async (name) => {
      const told = await meet(['sync'], call, name);
      const isHeld = call === RECEIPT;
      expect([told.exit, doorIn(told)]).toEqual([0, isHeld ? 'receipt-held' : 'applied']);
      expect(await held()).toBe(isHeld ? 1 : 0);
      // Nor is it asked what is next, once it was waited for in vain.
      const isSilent = isHeld && TROUBLES[name].code === 'CLOUD_TIMEOUT';
      expect(bad.calls.filter((asked) => ASKED.includes(asked))).toHaveLength(isSilent ? 3 : 6);
      leavers.expectTable('new');
      await complete();
      await leavers.next();
    },
  );
});

describe.each([...ASKED, ...AT_THE_LOCK])('at %s of an opening', (call) => {
  it.each(SOME)('the cloud %s: the door is open, and the next sync completes', async (name) => {
    const told = await meet(['unlock', DOOR], call, name);
    expect([told.exit, isOpened(told), scene.at.lock.hands.state()?.bolt]).toEqual([0, true, 'unlocked']);
    const { sync } = told.last['result'] as { sync: string };
    expect(sync).toBe(unlockSync(call));
    // What waits is told behind an opening too, where the cloud is there again.
    expect(await held()).toBe(call === RECEIPT && TROUBLES[name].lasts ? 1 : 0);
    leavers.expectTable(['not-known', 'failed'].includes(sync) ? 'old' : 'new');
    if (sync === 'not-known') return;
    await complete();
    leavers.expectTable('new');
    await leavers.next();
  });
});

it.each([
  ['let go while it waits for', 'POST doors/deliveries', true],
  ['let go while it waits for', 'GET doors/package', true],
  ['kept once there is a set, whatever becomes of', RECEIPT, false],
])('the link of an opening is %s %s', async (_, at, isLetGo) => {
  const { channel } = scene.at.lock.firmware!;
  const ended = channel.ended.bind(channel);
  const isFree = new Promise<true>((resolve) => {
    channel.ended = (link) => {
      ended(link);
      resolve(true);
    };
  });
  let wasFree: boolean | undefined;
  const trouble: Trouble = {
    ...TROUBLES['never answers'],
    async spoil({ tooLate }) {
      bad.clock.end(LINK_HELD_MS);
      wasFree ??= await Promise.race([isFree, turns()]);
      tooLate();
    },
  };
  bad.reset({ at, trouble });
  const told = await app(['unlock', DOOR]);
  channel.ended = ended;
  expect([told.exit, isOpened(told), wasFree]).toEqual([0, true, isLetGo]);
  if (isLetGo) expect(bad.calls.slice(-1)).toEqual([at]);
  await complete();
  await leavers.next();
});

it.each([['unlock', DOOR], ['sync']])(
  'a set that was fetched ahead is carried by %s where the cloud never answers, which is waited for once',
  async (...command) => {
    const isUnlock = command[0] === 'unlock';
    const ahead = await app(['doors']);
    expect([ahead.exit, ahead.lines.some(({ event }) => event === 'note')]).toEqual([0, false]);
    const told = await meet(command, 'GET app/me', 'never answers');
    const result = isUnlock ? (told.last['result'] as { sync: string }).sync : doorIn(told);
    expect([told.exit, result, await held()]).toEqual([0, 'receipt-held', 1]);
    expect(bad.calls.filter((call) => !ASKED.includes(call))).toEqual([]);
    leavers.expectTable('new');
    // The lock has it: as far as this phone knows, the door waits for nothing more.
    const again = await meet(command, 'GET app/me', 'never answers');
    if (isUnlock) expect([again.exit, again.last['result']]).toMatchObject([0, { sync: 'not-known' }]);
    else expectTold(again, [3, 'CLOUD_TIMEOUT']);
    await complete();
    await leavers.next();
  },
);

function unlockSync(call: string): string {
  if (ASKED.includes(call)) return 'not-known';
  if (FETCHED.includes(call)) return 'failed';
  return call === RECEIPT ? 'receipt-held' : 'applied';
}
