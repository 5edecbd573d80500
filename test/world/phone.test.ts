// A resident's phone at a door: cloud, air and lock are real, and the commands are those of the program. A live row opens
// first, without one the lock is synced first, and what was fetched before is enough where there is no connection.
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { routes } from '#protocol/api/routes.ts';
import { CHANNEL_MESSAGE } from '#protocol/channel/channel-messages.ts';
import { mailTo, tokenIn } from '../cloud/mailbox.ts';
import { beforeCalls } from '../gateway/outgoing-calls.ts';
import { startHere, type Started, type Told } from './command-here.ts';
import { DOOR, OneDoor } from './one-door.ts';

/** Of a message in one value. */
const LAST_FRAGMENT = 0x80;
const PASSWORD = 'four unrelated words';

let scene: OneDoor;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-phone-'));
  scene = await OneDoor.open(7);
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const dataOf = (name: string): string => join(folder, name);
const phoneOf = (name: string): string => join(dataOf(name), 'phone');
const app = (name: string, args: readonly string[], input?: string): Promise<Told> =>
  startHere(scene, folder, dataOf(name), ['app', ...args], input).told;

/** The resident of that number on a phone of their own, signed in. */
async function aPhone(number: number): Promise<string> {
  const email = `r${number}@example.com`;
  const token = tokenIn(await mailTo(scene.cloudFolder, email, 'Welcome to Elm House'));
  await scene.cloud.call(routes.setPassword, { body: { token, password: PASSWORD } });
  const { exit, last } = await app(email, ['login', email], `${PASSWORD}\n`);
  expect([exit, last]).toEqual([0, expect.objectContaining({ type: 'finished' })]);
  return email;
}

const bolt = (): string | undefined => scene.at.lock.hands.state()?.bolt;
const lockAgain = (): void => void scene.at.lock.hands.lockCommand();
/** The titles of the steps that were shown, in order. */
const stepsOf = ({ lines }: Told): unknown[] =>
  [...new Set(lines.map((line) => line['step']))].filter((title) => title !== undefined);

it('a new phone syncs the lock and then opens it; the next time it opens at once and syncs nothing', async () => {
  const email = await aPhone(0);
  const first = await app(email, ['unlock', DOOR]);
  expect([first.exit, first.last['result']]).toEqual([
    0,
    expect.objectContaining({ door: DOOR, sync: 'applied', bolt: 'unlocked' }),
  ]);
  expect(stepsOf(first)).toEqual([`Open ${DOOR}`, `Door Sync ${DOOR}`]);
  expect(bolt()).toBe('unlocked');
  expect((await scene.atCloud()).state).toBe('up-to-date');
  const again = await app(email, ['unlock', DOOR]);
  expect([again.exit, again.last['result']]).toEqual([0, expect.objectContaining({ sync: 'nothing-to-do' })]);
  expect(stepsOf(again)).toEqual([`Open ${DOOR}`]);
});

it('the row of an opening goes along behind it, on the link that opened, and the lock is free at once without a cloud', async () => {
  const email = 'r0@example.com';
  const told = await app(email, ['unlock', DOOR]);
  expect(told.last['result']).toMatchObject({ sync: 'nothing-to-do', log: 'done' });
  await offline(async () => {
    const alone = await app(email, ['unlock', DOOR]);
    expect([alone.exit, alone.last['result']]).toMatchObject([0, { sync: 'not-known' }]);
    expect(alone.last['result']).not.toHaveProperty('log');
  });
});

it('a phone whose row is live opens first, and carries behind it what waits: somebody else’s revocation', async () => {
  const email = await aPhone(1);
  expect((await app(email, ['unlock', DOOR])).exit).toBe(0);
  const other = await scene.resident(5);
  await scene.revoke(other);
  expect(scene.opens(other.code)).toBe(true);
  const told = await app(email, ['unlock', DOOR]);
  expect(stepsOf(told)).toEqual([`Open ${DOOR}`, `Door Sync ${DOOR}`]);
  const openedAt = told.lines.findIndex((line) => line['event'] === 'opened');
  expect(openedAt).toBeGreaterThan(0);
  expect(scene.opens(other.code)).toBe(false);
  expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
});

it('keeps key and token for its owner alone, and shows neither', async () => {
  const email = await aPhone(2);
  const key = join(phoneOf(email), 'phone.key');
  const token = join(phoneOf(email), 'token');
  for (const file of [key, token, join(phoneOf(email), 'known.json')])
    expect(statSync(file).mode & 0o777).toBe(0o600);
  const secrets = [key, token].map((file) => readFileSync(file, 'utf8').trim());
  const all = [await app(email, ['doors']), await app(email, ['codes']), await app(email, ['unlock', DOOR])];
  for (const secret of [...secrets, PASSWORD]) expect(JSON.stringify(all)).not.toContain(secret);
  chmodSync(key, 0o644);
  const open = await app(email, ['unlock', DOOR]);
  expect([open.exit, open.last['code']]).toEqual([3, 'PHONE_FILE_TOO_OPEN']);
  chmodSync(key, 0o600);
  writeFileSync(key, 'rubbish\n');
  const rubbish = await app(email, ['unlock', DOOR]);
  expect([rubbish.exit, rubbish.last['code']]).toEqual([3, 'PHONE_FILE_UNREADABLE']);
});

it('of a revoked resident is refused by the lock from the sync on, with what to do', async () => {
  const email = await aPhone(3);
  expect((await app(email, ['unlock', DOOR])).exit).toBe(0);
  await scene.revoke(await scene.resident(3));
  // Neither lock nor phone knows yet: the exposure that DOOR OS lists.
  lockAgain();
  await offline(async () => expect((await app(email, ['unlock', DOOR])).exit).toBe(0));
  const carrier = await aPhone(4);
  expect((await app(carrier, ['unlock', DOOR])).exit).toBe(0);
  lockAgain();
  const refused = await app(email, ['unlock', DOOR]);
  expect([refused.exit, refused.last]).toEqual([
    5,
    expect.objectContaining({
      code: 'DOOR_NOT_OPENED',
      message: expect.stringContaining('does not know this phone') as string,
      next: expect.stringContaining('Ask the property') as string,
    }),
  ]);
  // From then on the phone knows of no such door either.
  expect((await app(email, ['unlock', DOOR])).last['code']).toBe('DOOR_UNKNOWN');
});

describe('without a connection', () => {
  it('a phone goes by what it was told: doors, codes, the key of the lock, and the set that it fetched', async () => {
    const email = 'r4@example.com';
    const { code } = await scene.resident(4);
    expect((await app(email, ['codes'])).lines.map((line) => line['code'])).toContain(code);
    const revoked = await scene.resident(1);
    await scene.revoke(revoked);
    // Told while there was a connection, and fetched ahead.
    expect((await app(email, ['doors'])).exit).toBe(0);
    await offline(async () => {
      expect((await app(email, ['doors'])).last['result']).toMatchObject({ doors: 1, isOld: true });
      expect((await app(email, ['codes'])).lines.map((line) => line['code'])).toContain(code);
      lockAgain();
      expect(scene.opens(revoked.code)).toBe(true);
      const told = await app(email, ['unlock', DOOR]);
      expect([told.exit, told.last['result']]).toEqual([
        0,
        expect.objectContaining({ sync: 'receipt-held' }),
      ]);
      expect(scene.opens(revoked.code)).toBe(false);
    });
    expect((await scene.atCloud()).state).toBe('pending');
    // What the lock signed counts as soon as the cloud hears of it.
    expect((await app(email, ['sync'])).exit).toBe(0);
    expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
  });

  it('a new phone brings the lock the set that knows it, and opens', async () => {
    const email = await aPhone(6);
    await offline(async () => {
      const told = await app(email, ['unlock', DOOR]);
      expect([told.exit, told.last['result']]).toEqual([
        0,
        expect.objectContaining({ sync: 'receipt-held', bolt: 'unlocked' }),
      ]);
      expect(stepsOf(told)).toEqual([`Open ${DOOR}`, `Door Sync ${DOOR}`]);
    });
  });

  it('a phone that was told nothing, and a guest list, end with what is missing', async () => {
    const email = 'r4@example.com';
    await offline(async () => {
      for (const args of [
        ['revoke', 'x@example.com'],
        ['reset-code', DOOR],
      ])
        expect(await app(email, args)).toMatchObject({ exit: 3, last: { code: 'CLOUD_UNREACHABLE' } });
      const nobody = await app('nobody', ['unlock', DOOR]);
      expect(nobody).toMatchObject({ exit: 3, last: { code: 'PHONE_NOT_SIGNED_IN' } });
      expect(nobody.last['next']).toContain('doorlab app login');
    });
  });
});

it('a lock that is known by other keys by now is asked for at the cloud, and then opened', async () => {
  const email = 'r4@example.com';
  const file = join(phoneOf(email), 'known.json');
  const before = readFileSync(file, 'utf8');
  const stale = before.replace(/"channelKey":"[0-9a-f]+"/g, `"channelKey":"${'09'.repeat(32)}"`);
  expect(stale).not.toBe(before);
  writeFileSync(file, stale);
  const told = await app(email, ['unlock', DOOR]);
  expect([told.exit, told.last['result']]).toEqual([0, expect.objectContaining({ door: DOOR })]);
  // Where the cloud knows no other either, that is what the lock says.
  writeFileSync(file, stale);
  await offline(async () => {
    const refused = await app(email, ['unlock', DOOR]);
    expect(refused).toMatchObject({ exit: 5, last: { code: 'LOCK_REFUSED' } });
    expect(refused.last['next']).toContain('fetch the doors again');
  });
  writeFileSync(file, before);
});

describe('stopped by hand', () => {
  /** Interrupts as `at` resolves. */
  const stopped = async (
    args: readonly string[],
    at: (started: Started) => Promise<unknown>,
  ): Promise<Told> => {
    const started = startHere(scene, folder, dataOf('r4@example.com'), ['app', ...args]);
    await at(started);
    started.interrupt();
    return started.told;
  };
  const failures = ({ lines }: Told): unknown[] =>
    lines.filter(({ state }) => state === 'failed').map(({ step, code, message }) => [step, code, message]);
  const IT_WAS = ['INTERRUPTED', 'It was stopped.'];

  it('an opening says so, and no door is blamed; once the lock was told to open, to look is what it advises', async () => {
    scene.at.lock.hands.turnThumbturn('inside', 'lock');
    const looking = await stopped(['unlock', DOOR], (started) => started.line('step'));
    expect([looking.exit, failures(looking), bolt()]).toEqual([130, [[`Open ${DOOR}`, ...IT_WAS]], 'locked']);
    expect(looking.last).toMatchObject({ code: 'INTERRUPTED', message: 'Interrupted (SIGINT).' });
    expect(looking.last).not.toHaveProperty('next');
    const said = await stopped(['unlock', DOOR], () => atCommand());
    expect([said.exit, failures(said)]).toEqual([130, [[`Open ${DOOR}`, ...IT_WAS]]]);
    expect(said.last).toMatchObject({
      code: 'INTERRUPTED',
      message: `Interrupted (SIGINT). ${DOOR} was told to open, and had not said yet what came of it.`,
      next: 'Look whether the door is open; otherwise try again.',
    });
    await vi.waitFor(() => expect(bolt()).toBe('unlocked'));
  });

  it('a Door Sync has failed, and not been done', async () => {
    const told = await stopped(['sync', DOOR], (started) => started.line('step'));
    expect([told.exit, failures(told)]).toEqual([130, [[`Door Sync ${DOOR}`, ...IT_WAS]]]);
    expect(told.lines.map(({ state }) => state)).not.toContain('done');
  });

  /** The lock has the command, and has not answered. */
  const atCommand = (): Promise<void> =>
    new Promise((resolve) => {
      const { channel } = scene.at.lock.firmware!;
      const write = channel.write.bind(channel);
      channel.write = (link, value) => {
        if (value[0] === (CHANNEL_MESSAGE.command | LAST_FRAGMENT)) resolve();
        write(link, value);
      };
    });
});

it('ends with a code of its own where the lock is not there, and where the sign-in is over opens all the same', async () => {
  const email = 'r4@example.com';
  scene.at.lock.cutPower();
  const dark = await app(email, ['unlock', DOOR]);
  expect(dark).toMatchObject({ exit: 4, last: { code: 'DOOR_NOT_FOUND' } });
  scene.at.lock.restorePower();
  writeFileSync(join(phoneOf(email), 'token'), 'dls_over\n', { mode: 0o600 });
  const opened = await app(email, ['unlock', DOOR]);
  expect(opened).toMatchObject({ exit: 0 });
  expect(
    await app(email, ['invite', 'g@example.com', '--key', 'x', '--first-name', 'G', '--last-name', 'H']),
  ).toMatchObject({
    exit: 3,
    last: { code: 'PHONE_NOT_SIGNED_IN' },
  });
  const known = join(phoneOf(email), 'known.json');
  writeFileSync(known, '{"format":');
  expect(await app(email, ['unlock', DOOR])).toMatchObject({
    exit: 3,
    last: { code: 'PHONE_NOT_SIGNED_IN' },
  });
});

/** Nobody reaches the cloud meanwhile; air and lock are there. */
async function offline(work: () => Promise<void>): Promise<void> {
  const back = beforeCalls(() => Promise.reject(new Error('offline')));
  try {
    await work();
  } finally {
    back();
  }
}
