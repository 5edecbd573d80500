// A courier's machine that goes wrong, by the commands: its disk is full at any write, its journal is damaged, its clock is
// off by a year. The lock has its old table or the new one, no receipt is lost, and the next run completes.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { routes } from '#protocol/api/routes.ts';
import { NO_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { mailTo, tokenIn } from '../cloud/mailbox.ts';
import { BadCloud, TROUBLES } from './bad-cloud.ts';
import { startHere, type Around, type Started, type Told } from './command-here.ts';
import { expectTold } from './expect-told.ts';
import { FullDisk } from './full-disk.ts';
import { Leavers } from './leavers.ts';
import { DOOR, OneDoor } from './one-door.ts';

const RESIDENTS = 16;
const PASSWORD = 'four unrelated words';
const RECEIPT_CALL = 4;
const YEAR_MS = 365 * 86_400_000;

let scene: OneDoor;
let bad: BadCloud;
let folder: string;
let data: string;
let disk: FullDisk;
let leavers: Leavers;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-bad-machine-'));
  scene = await OneDoor.open(RESIDENTS, [], NO_TIMING);
  bad = await BadCloud.before(() => scene.cloud.running.url);
  data = scene.walker(folder, 'walker');
  leavers = await Leavers.of(scene, { residents: RESIDENTS });
});
afterAll(async () => {
  await bad.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  disk = await FullDisk.below(folder);
  await leavers.next();
});
afterEach(async () => {
  disk.restore();
  bad.reset();
  bad.clock.offMs = 0;
  // Whatever went wrong: the next plain run brings what is wanted, and the cloud knows.
  expect((await run('sync', DOOR)).exit).toBe(0);
  expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
  leavers.expectTable('new');
});

const around = (): Around => ({ clock: bad.clock, env: { DOORLAB_CLOUD: bad.url } });
const start = (...args: readonly string[]): Started => startHere(scene, folder, data, args, '', around());
const run = (...args: readonly string[]): Promise<Told> => start(...args).told;
const doorIn = ({ lines }: Told): unknown => lines.find(({ event }) => event === 'door')?.['result'];

const journal = (): string => join(data, 'gateway', 'journal.jsonl');

describe('a disk that is full', { timeout: 20_000 }, () => {
  it('from the start: the journal is not opened, and no lock is met', async () => {
    disk.room = 0;
    const told = await run('sync', DOOR);
    expectTold(told, [3, 'JOURNAL_UNREADABLE']);
    expect(JSON.stringify(told.last)).toMatch(/space/i);
    expect(bad.calls).toEqual([]);
    leavers.expectTable('old');
  });

  it.each([1, 2, 3, 4])('from write %i behind it on: the cloud is told all the same', async (room) => {
    disk.room = room;
    const told = await run('sync', DOOR);
    expect([told.exit, doorIn(told)]).toEqual([0, 'applied']);
    expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
  });

  it('and a cloud that is gone as the receipt is there: that is said, and the lock gives its proof again', async () => {
    disk.room = 1;
    bad.reset({ at: RECEIPT_CALL, trouble: TROUBLES['is gone'] });
    const told = await run('sync', DOOR);
    expectTold(told, [3, 'JOURNAL_NOT_WRITTEN']);
    leavers.expectTable('new');
    expect((await scene.atCloud()).state).toBe('pending');
    disk.room = undefined;
    bad.reset();
    expect(doorIn(await run('sync', DOOR))).toBe('already-current');
  });

  it('from the start: no agent runs; once it runs, the cloud is told of what it does all the same', async () => {
    disk.room = 0;
    expectTold(await run('agent', '--port', '0'), [3, 'JOURNAL_UNREADABLE']);
    disk.room = 1;
    const agent = start('agent', '--port', '0');
    expect(await agent.line('visited')).toMatchObject({ door: DOOR, result: 'applied' });
    expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
    agent.interrupt();
    expect((await agent.told).exit).toBe(0);
  });

  it('signs no phone in and syncs none: both say it, and go on once there is room', async () => {
    const email = 'r0@example.com';
    const token = tokenIn(await mailTo(scene.cloudFolder, email, 'Welcome to Elm House'));
    await scene.cloud.call(routes.setPassword, { body: { token, password: PASSWORD } });
    const login = () =>
      startHere(scene, folder, data, ['app', 'login', email], `${PASSWORD}\n`, around()).told;
    disk.room = 0;
    expectTold(await login(), [3, 'PHONE_FILE_NOT_WRITTEN']);
    disk.room = undefined;
    expect((await login()).exit).toBe(0);
    disk.room = 0;
    expectTold(await run('app', 'sync'), [3, 'PHONE_FILE_NOT_WRITTEN']);
    disk.room = undefined;
    expect((await run('app', 'sync')).exit).toBe(0);
  });

  it('makes no lock, and leaves none half made', async () => {
    disk.room = 0;
    expectTold(await run('lock', 'run', 'other'), [3, 'ENOSPC']);
    disk.room = undefined;
    const again = start('lock', 'run', 'other', '--flash-timing', 'none');
    await again.line('running');
    again.interrupt();
    expect((await again.told).exit).toBe(0);
  });

  it('under a lock that runs: it opens for nobody, says so, and goes on as it was once there is room', async () => {
    const begun = start('lock', 'run', 'diskless', '--flash-timing', 'none');
    const { label } = await begun.line('running');
    disk.room = 0;
    expectTold(await run('lock', 'press', 'diskless', '1234567'), [3, 'LOCK_STORAGE_FAILED']);
    begun.interrupt();
    expect((await begun.told).exit).toBe(0);
    disk.room = undefined;
    const again = start('lock', 'run', 'diskless', '--flash-timing', 'none');
    expect((await again.line('running'))['label']).toBe(label);
    again.interrupt();
    expect((await again.told).exit).toBe(0);
  });
});

describe('a journal that was damaged', () => {
  async function withReceipt(): Promise<void> {
    bad.reset({ at: RECEIPT_CALL, trouble: TROUBLES['is gone'] });
    expectTold(await run('sync', DOOR), [6, 'PARTLY_DONE']);
    bad.reset();
  }

  it('cut off in its last line: that line alone is gone, and the receipt is told', async () => {
    await withReceipt();
    const text = readFileSync(journal(), 'utf8');
    writeFileSync(journal(), text.slice(0, -9));
    const told = await run('sync', DOOR);
    expect(told.exit).toBe(0);
    expect(JSON.stringify(told.lines)).toMatch(
      /journal was damaged: its last line was cut off\. What there was of that line is in .*journal\.damaged-/,
    );
  });

  it('with a flipped byte in the line of the receipt: the line is kept beside, and the lock gives its proof again', async () => {
    await withReceipt();
    const bytes = readFileSync(journal());
    bytes[bytes.lastIndexOf('"type":"receipt-held"') + 100]! ^= 1;
    writeFileSync(journal(), bytes);
    const told = await run('sync', DOOR);
    expect([told.exit, doorIn(told)]).toEqual([0, 'already-current']);
    expect(JSON.stringify(told.lines)).toMatch(/journal\.damaged-/);
    const kept = readdirSync(join(data, 'gateway')).filter((name) => name.startsWith('journal.damaged-'));
    expect(readFileSync(join(data, 'gateway', kept.at(-1)!)).equals(bytes)).toBe(true);
  });
});

describe.each([
  ['ahead', YEAR_MS],
  ['behind', -YEAR_MS],
])('a clock that is a year %s', (word, offMs) => {
  it('syncs all the same, named doors and what is due, and doctor says it', async () => {
    bad.clock.offMs = offMs;
    const due = await run('sync', '--due', '--look', '1');
    expect([due.exit, doorIn(due)]).toEqual([0, 'applied']);
    const doctor = await run('doctor');
    const said = doctor.lines.find(({ id, check }) => [id, check].includes('cloud-clock'));
    expect([doctor.exit, JSON.stringify(said)]).toEqual([3, expect.stringContaining(word)]);
    expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
    expect((await run('sync', DOOR)).exit).toBe(0);
  });
});
