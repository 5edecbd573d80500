// What people mistype and machines lack, by the command line: each ends with its exit code, its error code, and a
// sentence of what happened and what to do next. The commands run in this process, beside a cloud, an air and a lock.
import {
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHere, type Started, type Told } from './command-here.ts';
import { expectTold } from './expect-told.ts';
import { DOOR, OneDoor } from './one-door.ts';

const NOBODY_LISTENS = '127.0.0.1:9';
const SIDE = 'Side';
const BACK = 'Back';
const HEADER = 'first name,last name,email,phone,resident,keys,start,expiration\n';

let scene: OneDoor;
let folder: string;
/** A gateway's data folder with a courier's token, and one with a manager's. */
let walker: string;
let manager: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-bad-'));
  scene = await OneDoor.open(3, [SIDE, BACK]);
  walker = scene.walker(folder, 'walker');
  manager = scene.walker(folder, 'manager', await scene.managerToken());
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (data: string, args: readonly string[]): Started => startHere(scene, folder, data, args);

const run = (data: string, ...args: readonly string[]): Promise<Told> => start(data, args).told;

const place = (name: string, content: string): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};

describe('wrong usage ends with 2', () => {
  it.each([
    [['frobnicate'], 'USAGE'],
    [['lock'], 'USAGE'],
    [['lock', 'rnu'], 'USAGE'],
    [['sync'], 'USAGE'],
    [['sync', DOOR, '--frob'], 'USAGE'],
    [['sync', DOOR, '--radio', 'pigeon'], 'USAGE'],
    [['sync', DOOR, '--config', 'nowhere.yaml'], 'FILE_MISSING'],
    [['sync', 'Frnt'], 'DOOR_UNKNOWN'],
    [['status', 'Frnt', '--no-air'], 'DOOR_UNKNOWN'],
    [['scan', '--seconds', 'many'], 'USAGE'],
    [['lock', 'press', 'nolock', '1234567'], 'FILE_MISSING'],
    [['lock', 'run', '../elsewhere'], 'USAGE'],
    [['lock', 'run', 'new', '--capacity', '0'], 'USAGE'],
    [['lock', 'fault', 'nolock', 'power-cut'], 'FILE_MISSING'],
    [['activate', SIDE, '--label', 'DL1-AAAA'], 'BAD_LABEL'],
    [['activate', SIDE], 'INPUT_NEEDED'],
    [['cloud', 'token', 'a@example.com', '--scope', 'everything'], 'USAGE'],
    [['cloud', 'serve', '--port', 'http'], 'USAGE'],
    [['demo', '--once', '--people', 'nobody.csv'], 'FILE_MISSING'],
  ] as const)('doorlab %j: %s', async (args, code) => {
    expectTold(await run(walker, ...args), [2, code]);
  });

  it('a mistyped label is noticed by its check characters, before anything goes on the air', async () => {
    const { label } = scene.at;
    const mistyped = label.slice(0, -1) + (label.endsWith('A') ? 'B' : 'A');
    expectTold(await run(walker, 'activate', SIDE, '--label', mistyped), [2, 'BAD_LABEL']);
  });

  it.each([
    [['people', 'import', 'nobody.csv'], 'FILE_MISSING'],
    [['property', 'create', 'nothing.json'], 'FILE_MISSING'],
    [['people', 'revoke', 'nobody@example.com'], 'USAGE'],
    [['people', 'codes', 'nobody@example.com'], 'USAGE'],
  ] as const)('as a manager, doorlab %j: %s', async (args, code) => {
    expectTold(await run(manager, ...args), [2, code]);
  });

  it('a property that is no JSON, and one without its zone', async () => {
    const csv = place('property.csv', 'name,zone\n');
    expectTold(await run(manager, 'property', 'create', csv), [2, 'FILE_UNREADABLE']);
    const bare = place('bare.json', '{ "name": "Bare" }');
    expectTold(await run(manager, 'property', 'create', bare), [2, 'FILE_UNREADABLE']);
  });

  it('a gateway without a token is told how to get one', async () => {
    const told = await run(join(folder, 'no-token'), 'sync', DOOR);
    expectTold(told, [2, 'INPUT_NEEDED']);
    expect(told.last['next']).toContain('doorlab cloud token');
  });
});

describe('what the machine lacks ends with 3', () => {
  it.each([
    [['sync', DOOR, '--cloud', `http://${NOBODY_LISTENS}`], 'CLOUD_UNREACHABLE'],
    [['status', '--cloud', `http://${NOBODY_LISTENS}`], 'CLOUD_UNREACHABLE'],
    [['sync', DOOR, '--radio', `ws://${NOBODY_LISTENS}`], 'AIR_UNREACHABLE'],
    [['scan', '--radio', `ws://${NOBODY_LISTENS}`], 'AIR_UNREACHABLE'],
    [['lock', 'run', 'airless', '--radio', `ws://${NOBODY_LISTENS}`], 'AIR_UNREACHABLE'],
    [['cloud', 'serve', '--port', '0', '--keys', 'nokeys'], 'KEY_MISSING'],
  ] as const)('doorlab %j: %s', async (args, code) => {
    expectTold(await run(walker, ...args), [3, code]);
  });

  it('a token of another cloud, and one that may not do this', async () => {
    const stranger = scene.walker(folder, 'stranger', 'dlt_0000000000000000000000000000000000000000');
    const told = await run(stranger, 'sync', DOOR);
    expectTold(told, [3, 'NOT_SIGNED_IN']);
    expect(told.last['next']).toContain(`doorlab cloud token EMAIL --out ${stranger}`);
    const people = place('one.csv', HEADER);
    expectTold(await run(walker, 'people', 'import', people), [3, 'SCOPE_MISSING']);
  });

  it('keys are never overwritten', async () => {
    const data = join(folder, 'keys');
    expect((await run(data, 'cloud', 'keygen')).exit).toBe(0);
    expectTold(await run(data, 'cloud', 'keygen'), [3, 'KEY_EXISTS']);
  });

  it('a port that another program holds', async () => {
    const data = join(folder, 'keys');
    const { port } = scene.cloud.running;
    expectTold(await run(data, 'cloud', 'serve', '--port', `${port}`), [3, 'CANNOT_LISTEN']);
    expectTold(await run(data, 'radio', 'serve', '--port', `${port}`), [3, 'AIR_UNREACHABLE']);
  });
});

describe('a lock in its folder', () => {
  it('runs once: a second one of its name is told which process holds it', async () => {
    const first = start(walker, ['lock', 'run', 'twice', '--flash-timing', 'none']);
    await first.line('running');
    const second = await run(walker, 'lock', 'run', 'twice');
    expectTold(second, [3, 'FLASH_FILE_BUSY']);
    expect(second.last['message']).toContain(`process ${process.pid}`);
    first.interrupt();
    expect((await first.told).exit).toBe(0);
    expectTold(await run(walker, 'lock', 'press', 'twice', '1234567'), [4, 'LOCK_NOT_RUNNING']);
    expectTold(await run(walker, 'lock', 'press', 'twice', '12ab'), [2, 'USAGE']);
  });

  const flashOf = (name: string): string => join(walker, 'locks', name, 'flash.bin');
  it.each([
    ['truncated', (file: string) => truncateSync(file, readFileSync(file).length - 4_096)],
    ['empty', (file: string) => truncateSync(file, 0)],
    ['foreign', (file: string) => writeFileSync(file, 'not the flash of a lock\n'.repeat(4_096))],
    ['damaged', (file: string) => overwrite(file, 20, Uint8Array.of(0xa5, 0x5a))],
  ] as const)('with a %s flash file does not start, and the file stays as it is', async (name, harm) => {
    const made = start(walker, ['lock', 'run', name]);
    await made.line('running');
    made.interrupt();
    await made.told;
    harm(flashOf(name));
    const before = readFileSync(flashOf(name));
    const told = await run(walker, 'lock', 'run', name);
    expectTold(told, [3, 'FLASH_FILE_INVALID']);
    expect(told.last['message']).toContain(flashOf(name));
    expect(readFileSync(flashOf(name)).equals(before)).toBe(true);
  });

  it('without its flash, or with a damaged secure element, does not become another lock by itself', async () => {
    const made = start(walker, ['lock', 'run', 'harmed']);
    await made.line('running');
    made.interrupt();
    await made.told;
    overwrite(join(walker, 'locks', 'harmed', 'secure.bin'), 40, Uint8Array.of(1, 2, 3));
    expectTold(await run(walker, 'lock', 'run', 'harmed'), [3, 'SECURE_FILE_INVALID']);
    rmSync(flashOf('harmed'));
    expectTold(await run(walker, 'lock', 'run', 'harmed'), [3, 'LOCK_FOLDER_INVALID']);
  });
});

it('a lock too small for its door is named by the cloud before anything is written to it', async () => {
  const tiny = start(walker, ['lock', 'run', 'tiny', '--capacity', '2', '--flash-timing', 'none']);
  const { label } = await tiny.line('running');
  await run(walker, 'lock', 'press', 'tiny', '--button');
  const told = await run(walker, 'activate', SIDE, '--label', String(label));
  expectTold(told, [1, 'TABLE_FULL']);
  expect(told.last['message']).toMatch(/3 rows.*holds 2/);
  const { last } = await run(walker, 'lock', 'status', 'tiny');
  expect(last['result']).toMatchObject({ activated: false, tableState: 'none' });
  tiny.interrupt();
  expect((await tiny.told).exit).toBe(0);
});

it('a resident too many for a lock is a row left out, and the lock keeps what it has', async () => {
  const tight = start(walker, ['lock', 'run', 'tight', '--capacity', '3', '--flash-timing', 'none']);
  const { label } = await tight.line('running');
  await run(walker, 'lock', 'press', 'tight', '--button');
  expect((await run(walker, 'activate', SIDE, '--label', String(label))).exit).toBe(0);
  const more = place('more.csv', `${HEADER}Una,Over,una@example.com,,yes,Residents,,\n`);
  const full = await run(manager, 'people', 'import', more);
  expect([full.exit, full.last['result']]).toEqual([
    6,
    expect.objectContaining({ invites: 0, skipped: 1, doorsToSync: [] }),
  ]);
  expect(full.lines.find(({ event }) => event === 'row-left-out')).toMatchObject({
    line: 2,
    reason: expect.stringMatching(/4 rows.*holds 3/) as string,
  });
  expect((await run(walker, 'sync', SIDE)).lines.find(({ event }) => event === 'door')).toMatchObject({
    result: 'nothing-to-do',
  });
  tight.interrupt();
  await tight.told;
});

it('bad rows of a CSV are named by line and reason, the others go in, a second upload changes nothing', async () => {
  const file = place(
    'mixed.csv',
    `${HEADER}Nina,New,nina@example.com,,yes,,,
,Nameless,nobody,,perhaps,Nokey,2020-13-01,
Nils,New,nils@example.com,,no,,,
`,
  );
  const preview = await run(manager, 'people', 'import', file, '--preview');
  const first = await run(manager, 'people', 'import', file);
  for (const told of [preview, first])
    expect([told.exit, told.last['result']]).toEqual([
      6,
      expect.objectContaining({ invites: 2, skipped: 1 }),
    ]);
  const left = first.lines.filter(({ event }) => event === 'row-left-out');
  expect(new Set(left.map(({ line }) => line))).toEqual(new Set([3]));
  expect(left.map(({ column }) => column)).toEqual(
    expect.arrayContaining(['first name', 'email', 'resident', 'start']),
  );
  for (const { reason } of left) expect(reason).toMatch(/\w{3}/);
  const again = await run(manager, 'people', 'import', file);
  expect([again.exit, again.last['result']]).toEqual([
    6,
    expect.objectContaining({ invites: 0, additions: 0, dateChanges: 0, unchanged: 2, skipped: 1 }),
  ]);
});

it('a lock that is not there ends with 4: its power is gone, or the label is of another lock than the one met', async () => {
  const near = start(walker, ['lock', 'run', 'near', '--flash-timing', 'none']);
  await near.line('running');
  await run(walker, 'lock', 'press', 'near', '--button');
  const elsewhere = start(walker, ['lock', 'run', 'elsewhere']);
  const { label } = await elsewhere.line('running');
  elsewhere.interrupt();
  await elsewhere.told;
  scene.at.lock.cutPower();
  const [sync, activate] = await Promise.all([
    run(walker, 'sync', DOOR),
    run(scene.walker(folder, 'second'), 'activate', BACK, '--label', String(label)),
  ]);
  scene.at.lock.restorePower();
  expectTold(sync, [4, 'DOOR_NOT_FOUND']);
  expectTold(activate, [4, 'DOOR_NOT_FOUND']);
  const { last } = await run(walker, 'lock', 'status', 'near');
  expect(last['result']).toMatchObject({ activated: false });
  near.interrupt();
  await near.told;
});

function overwrite(file: string, at: number, bytes: Uint8Array): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}
