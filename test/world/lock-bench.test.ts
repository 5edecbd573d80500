// A lock as a process of its own, handled from other processes: every hand and instrument of the command line, over the
// socket in its folder, and what the next process of that lock still knows.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Doorlab, stop, type Ended } from './doorlab.ts';

const NAME = 'lobby';

let doorlab: Doorlab;
beforeAll(async () => {
  doorlab = await Doorlab.build();
  const air = await doorlab.serve(['radio', 'serve', '--port', '0'], 'serving');
  doorlab.env['DOORLAB_RADIO'] = String(air.up['url']);
});
afterAll(() => doorlab.close());

async function lock(exit: number, args: readonly string[], input = ''): Promise<Ended> {
  const ended = await doorlab.run(['lock', ...args], { input });
  expect([ended.exit, ended.stdout, ended.stderr], args.join(' ')).toEqual([exit, ended.stdout, '']);
  return ended;
}

const runIt = (...flags: readonly string[]) =>
  doorlab.serve(['lock', 'run', NAME, '--flash-timing', 'none', ...flags], 'running');

const fileOf = (name: string): string => join(doorlab.data, 'locks', NAME, name);

const rowsOf = ({ lines }: Ended): unknown[] =>
  lines.filter(({ event }) => event === 'row').map(({ eventType }) => eventType);

it('is handled from other processes, and the next process of the lock goes on with it', async () => {
  const first = await runIt('--profile', 'mortise', '--drift', '50', '--capacity', '100');
  expect(first.up).toMatchObject({ profile: 'mortise', tableState: 'none' });

  expect((await lock(0, ['touch', NAME, '--privacy', 'on'])).last['result']).toMatchObject({
    body: { privacy: 'thrown' },
  });
  await lock(0, ['tamper', NAME]);
  expect((await lock(5, ['press', NAME, '1234567', '--slowly'])).last['result']).toMatchObject({
    reason: 'NO_TABLE',
  });
  expect((await lock(5, ['tap', NAME], '04a1b2c3\n')).last['result']).toMatchObject({ reason: 'NO_TABLE' });
  const explained = await doorlab.run(['explain', NAME, '--code'], { input: '1234567\n' });
  expect([explained.exit, explained.stdout.includes('1234567')]).toEqual([5, false]);
  expect((await lock(0, ['clock', NAME])).last['result']).toMatchObject({
    driftPpm: 50,
    lock: { trust: 'trusted' },
  });

  const before = rowsOf(await lock(0, ['log', NAME]));
  expect(before).toEqual(expect.arrayContaining(['booted', 'privacyThrown', 'tampered', 'refused']));
  const following = doorlab.start([
    '--json',
    'lock',
    'log',
    NAME,
    '--follow',
    '--from',
    `${before.length + 1}`,
  ]);
  await lock(0, ['fault', NAME, 'battery', '9']);
  await following.line(({ eventType }) => eventType === 'batteryLow');
  expect((await stop(following)).exit).toBe(0);

  await lock(0, ['fault', NAME, 'bad-sector', '2', '--how', 'read-disturb']);
  const sectors = (await lock(0, ['dump', NAME, '--sectors', '--out', 'cells.img'])).lines.filter(
    ({ event }) => event === 'sector',
  );
  expect(sectors[2]).toMatchObject({ sector: 2, state: 'bad' });
  expect(readFileSync(join(doorlab.folder, 'cells.img'))).toHaveLength(sectors.length * 4_096);
  await lock(0, ['fault', NAME, 'power-cut']);
  await lock(4, ['tamper', NAME]);
  await lock(0, ['fault', NAME, 'power-on']);
  await lock(2, ['reset', NAME]);
  expect((await lock(0, ['reset', NAME, '--yes'])).last['result']).toEqual({ isWiped: false });
  expect((await stop(first)).exit).toBe(0);
  await lock(4, ['tamper', NAME]);
  expect((await lock(0, ['dump', NAME])).last['result']).toMatchObject({ bytes: sectors.length * 4_096 });

  const other = await doorlab.run(['lock', 'run', NAME, '--profile', 'reader']);
  expect([other.exit, other.last['code'], other.last['message']]).toEqual([
    2,
    'USAGE',
    'The lock lobby is a mortise, and stays one.',
  ]);
  expect((await doorlab.run(['lock', 'run', 'new', '--profile', 'gate'])).exit).toBe(2);
  const second = await runIt();
  expect(second.up).toMatchObject({ profile: 'mortise' });
  expect((await lock(0, ['clock', NAME])).last['result']).toMatchObject({ driftPpm: 50 });
  expect(rowsOf(await lock(0, ['log', NAME])).slice(0, before.length)).toEqual(before);
  expect((await stop(second)).exit).toBe(0);
});

it('is not said to be on the air where it could not start: the command ends with the reason', async () => {
  const made = await runIt();
  expect((await stop(made)).exit).toBe(0);
  // As on a full disk: nothing can be written in the place of the secure element's next version.
  mkdirSync(fileOf('secure.bin.draft'));
  const { exit, last, lines } = await doorlab.run(['lock', 'run', NAME]);
  expect([exit, last['code'], last['message']]).toEqual([
    3,
    'STORE_FAILED',
    expect.stringContaining('secure.bin') as string,
  ]);
  expect(lines.some(({ event }) => event === 'running')).toBe(false);
  rmdirSync(fileOf('secure.bin.draft'));
  expect((await stop(await runIt())).exit).toBe(0);
});

it('with a field in lock.json that nobody knows does not start, and the field is named', async () => {
  const file = fileOf('lock.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(text) as object), colour: 'red' }));
  const { exit, last } = await doorlab.run(['lock', 'run', NAME]);
  expect([exit, last['code'], last['message']]).toEqual([
    3,
    'LOCK_FOLDER_INVALID',
    expect.stringContaining('colour') as string,
  ]);
  writeFileSync(file, text);
});
