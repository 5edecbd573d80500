// The token's file: made once, never replaced unasked, and what is said where it holds something else.
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloud, temporaryFolder } from '#test/cloud/cloud-fixture.ts';
import { aStage, run } from './surroundings.ts';

async function doorlab(
  data: string,
  args: readonly string[],
  { url = 'http://127.0.0.1:9', input = '' } = {},
) {
  const stdin = new PassThrough();
  stdin.end(input);
  const stage = {
    ...aStage({ env: { DOORLAB_DATA: data, DOORLAB_CLOUD: url }, cwd: data, random: systemRandom }),
    stdin,
  };
  const exit = await run(stage, args);
  return { exit, out: stage.out(), err: stage.err() };
}

function aTokenFile(content: string | Uint8Array, mode = 0o600): { data: string; file: string } {
  const data = temporaryFolder();
  const file = join(data, 'gateway', 'token');
  mkdirSync(join(data, 'gateway'));
  writeFileSync(file, content);
  chmodSync(file, mode);
  return { data, file };
}

test.each([
  ['random bytes', Uint8Array.of(0x00, 0xff, 0x9c, 0x0d, 0x0a, 0x41)],
  ['nothing', ''],
  ['spaces', '   \n'],
  ['a sentence', 'this is no token\n'],
  ['two lines', 'dlt_aaaa\ndlt_bbbb\n'],
])('a token file that holds %s is named as what is wrong, not the cloud', async (_what, content) => {
  const { data, file } = aTokenFile(content);
  for (const args of [
    ['people', 'codes', 'a@example.com'],
    ['sync', 'Front'],
  ]) {
    const { exit, err } = await doorlab(data, args);
    expect([exit, err]).toEqual([2, expect.stringContaining(file)]);
    expect(err).toMatch(/not a token\.\n {2}next: Make a new one/);
  }
  const doctor = await doorlab(data, ['doctor']);
  expect(doctor.exit).toBe(3);
  expect(doctor.out).toMatch(/BROKEN\s+cloud-token/);
});

test.each([
  ['a folder', (file: string) => mkdirSync(file), 'a folder'],
  ['a device', (file: string) => symlinkSync('/dev/null', file), 'no file'],
])('%s in the place of the token is told by its path, and by doctor among its checks', async (_, put, is) => {
  const { data, file } = aTokenFile('');
  rmSync(file);
  put(file);
  for (const args of [['status'], ['sync', 'Front']]) {
    const { exit, err } = await doorlab(data, args);
    expect([exit, err]).toEqual([2, expect.stringContaining(`${file} is ${is}.\n  next: Remove it, then`)]);
  }
  const doctor = await doorlab(data, ['doctor']);
  expect(doctor.exit).toBe(3);
  expect(doctor.out).toMatch(/^ok +data-folder/m);
  expect(doctor.out).toContain(`BROKEN   cloud-token         ${file} is ${is}`);
});

test('a token that others may read is used and complained of', async () => {
  const cloud = await aCloud();
  const { data, file } = aTokenFile(cloud.manager.token ?? '', 0o644);
  await cloud.manager.call('createProperty', { body: { name: 'P', zone: 'UTC' } });
  const open = await doorlab(data, ['people', 'codes', 'a@example.com'], { url: cloud.url });
  expect(open.err).toContain(`Others may read the token in ${file} (mode 644)`);
  expect(open.err).toContain('Nobody has the address');
  const doctor = await doorlab(data, ['doctor'], { url: cloud.url });
  expect(doctor.out).toMatch(/^warning +token-permissions .*mode 644/m);
  expect(doctor.out).toContain(`chmod 600 ${file}\n`);
  chmodSync(file, 0o600);
  const closed = await doorlab(data, ['people', 'codes', 'a@example.com'], { url: cloud.url });
  expect(closed.err).not.toContain('Others may read');
});

test('a token file that is there is replaced only when asked to', async () => {
  const data = temporaryFolder();
  const account = ['cloud', 'account', 'ann@example.com'];
  expect((await doorlab(data, account, { input: 'correct horse battery\n' })).exit).toBe(0);
  const token = ['cloud', 'token', 'ann@example.com', '--out', 'token'];
  expect((await doorlab(data, token)).exit).toBe(0);
  const first = readFileSync(join(data, 'token'), 'utf8');
  const again = await doorlab(data, token);
  expect([again.exit, again.err]).toEqual([2, expect.stringMatching(/is there already.*--force/s)]);
  expect(readFileSync(join(data, 'token'), 'utf8')).toBe(first);
  expect((await doorlab(data, [...token, '--force'])).exit).toBe(0);
  expect(readFileSync(join(data, 'token'), 'utf8')).not.toBe(first);
  expect(statSync(join(data, 'token')).mode & 0o777).toBe(0o600);
});

test('a short password is refused in words', async () => {
  const data = temporaryFolder();
  const { exit, err } = await doorlab(data, ['cloud', 'account', 'ann@example.com'], { input: 'short\n' });
  expect(exit).toBe(2);
  expect(err).toMatch(/password/);
  expect(err).not.toMatch(/[[{]/);
});

test('a people file of the demo that is none is refused before anything is started', async () => {
  const data = temporaryFolder();
  writeFileSync(join(data, 'odd.csv'), 'name;mail\nA;a@example.com\n');
  const { exit, err } = await doorlab(data, ['demo', '--once', '--people', 'odd.csv']);
  expect([exit, err]).toEqual([2, expect.stringContaining('"name" is not known')]);
  expect(err).not.toContain('done in');
});
