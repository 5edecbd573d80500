// Where a setting comes from, and how a wrong one is told.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig, type ConfigSources } from '#cli/config.ts';
import { DoorlabError } from '#protocol/errors.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'doorlab-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const load = (given: Partial<ConfigSources> = {}) =>
  loadConfig({ flags: {}, env: {}, configFile: undefined, cwd, ...given });
const file = (text: string, name = 'doorlab.yaml'): void => writeFileSync(path.join(cwd, name), text);
const problemOf = (given: Partial<ConfigSources> = {}): Promise<DoorlabError> =>
  load(given).then(
    () => {
      throw new Error('accepted');
    },
    (error: unknown) => {
      if (!(error instanceof DoorlabError)) throw error;
      return error;
    },
  );

test('a flag wins over a variable, a variable over the file, the file over the default', async () => {
  const flags = { seed: '1' };
  const env = { DOORLAB_SEED: '2', DOORLAB_CLOUD: 'https://env:1' };
  expect(await load()).toMatchObject({ seed: undefined, cloud: undefined, timeout: undefined, json: false });
  file('seed: 3\ncloud: https://file:1\ntimeout: 2.5\n');
  expect(await load()).toMatchObject({ seed: 3, cloud: 'https://file:1', timeout: 2.5 });
  expect(await load({ env })).toMatchObject({ seed: 2, cloud: 'https://env:1', timeout: 2.5 });
  expect(await load({ env, flags })).toMatchObject({ seed: 1, cloud: 'https://env:1', timeout: 2.5 });
});

test('every radio is understood, in each of its spellings', async () => {
  const radio = async (text: string) => (await load({ flags: { radio: text } })).radio;
  expect(await radio('virtual')).toEqual({ kind: 'virtual' });
  expect(await radio('adapter')).toEqual({ kind: 'adapter' });
  expect(await radio('ws://127.0.0.1:4000')).toEqual({ kind: 'ws', url: 'ws://127.0.0.1:4000' });
  expect(await radio('ws:wss://air.example/x')).toEqual({ kind: 'ws', url: 'wss://air.example/x' });
  expect(await radio('h4:unix:/run/hci.sock')).toEqual({
    kind: 'h4',
    endpoint: { kind: 'unix', path: '/run/hci.sock' },
  });
  expect(await radio('h4:tcp:127.0.0.1:9000')).toEqual({
    kind: 'h4',
    endpoint: { kind: 'tcp', host: '127.0.0.1', port: 9000 },
  });
});

test.each(['', 'ws:', 'ws:nowhere', 'h4:', 'h4:host', 'h4:tcp:host', 'h4:/run/hci.sock', 'usb', 'Virtual'])(
  'the radio %j is refused by name',
  async (text) => {
    const problem = await problemOf({ flags: { radio: text } });
    expect(problem).toMatchObject({ code: 'USAGE' });
    expect(problem.message).toContain('--radio: expected virtual, adapter');
  },
);

test('the cloud is an https address, or an http one that shows nothing to anybody', async () => {
  const cloud = async (text: string) => (await load({ env: { DOORLAB_CLOUD: text } })).cloud;
  expect(await cloud('https://doors.example.com/')).toBe('https://doors.example.com');
  expect(await cloud('https://doors.example.com/base/')).toBe('https://doors.example.com/base');
  for (const here of ['http://127.0.0.1:8480', 'http://localhost:8480', 'http://[::1]:8480'])
    expect(await cloud(here)).toBe(here);
  expect(await cloud('http://192.168.1.5:8480/?cleartext=allowed')).toBe('http://192.168.1.5:8480');
});

test.each([
  ['http://127.0.0.1:24480/api/v1', 'http://127.0.0.1:24480'],
  ['https://doors.example.com/base/api/v1/', 'https://doors.example.com/base'],
  ['https://doors.example.com//api/v1', 'https://doors.example.com'],
  ['http://192.168.1.5:8480/api/v1?cleartext=allowed', 'http://192.168.1.5:8480'],
  ['http://192.168.1.5:8480/api/v1/?cleartext=allowed', 'http://192.168.1.5:8480'],
  ['https://api/v1', 'https://api/v1'],
  ['https://doors.example.com/my-api/v1', 'https://doors.example.com/my-api/v1'],
])('the cloud %j, as where it serves prints it, is %s from every source', async (text, base) => {
  file(`cloud: ${text}\n`);
  const sources = [{}, { env: { DOORLAB_CLOUD: text } }, { flags: { cloud: text } }];
  for (const given of sources) expect((await load(given)).cloud).toBe(base);
});

test.each([
  ['http://192.168.1.5:8480', /192\.168\.1\.5 would show token and password .* give https:\/\//],
  ['http://192.168.1.5:8480/api/v1', /would show token/],
  ['http://127.0.0.1.example.com', /would show token/],
  ['http://doors.example.com?cleartext=yes', /expected an address like/],
  ['https://doors.example.com/?a=1', /expected an address like/],
  ['https://doors.example.com?', /expected an address like/],
  ['https://doors.example.com/#', /expected an address like/],
  ['https://ann:secret@doors.example.com', /without a user/],
  ['ftp://doors.example.com', /expected an address like/],
  ['doors.example.com', /expected an address like/],
  ['http://', /expected an address like/],
])('the cloud %j is refused, and why is said', async (text, why) => {
  const problem = await problemOf({ flags: { cloud: text } });
  expect([problem.code, problem.message]).toEqual(['USAGE', expect.stringMatching(why)]);
  expect(problem.message).not.toContain('secret');
});

test('an unknown setting in the file is an error that names it and the nearest known one', async () => {
  file('sede: 3\n');
  expect(await problemOf()).toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'doorlab.yaml: unknown setting "sede".',
    next: 'Did you mean "seed"?',
  });
  file('purple: yes\n');
  expect((await problemOf()).next).toContain('There are: json, quiet, verbose, no-input');
});

test('a wrong value is told with the place it came from', async () => {
  file('seed: minus one\n');
  expect((await problemOf()).message).toContain('seed in doorlab.yaml: expected a whole number');
  expect((await problemOf({ env: { DOORLAB_SEED: '-1' } })).message).toContain('DOORLAB_SEED: expected');
  expect((await problemOf({ flags: { seed: '4294967296' } })).message).toContain('--seed: expected');
});

test.each([
  ['a list', '- seed\n'],
  ['a bare word', 'seed\n'],
  ['a nested value', 'seed: { a: 1 }\n'],
  ['an unfinished one', 'seed: "1\n'],
  ['the same setting twice', 'seed: 1\nseed: 2\n'],
  ['an alias bomb', 'seed: &a [1, 2]\ncloud: [*a, *a]\n'],
  ['a page too many', `# ${'x'.repeat(70_000)}\n`],
])('a settings file holding %s is refused', async (_what, text) => {
  file(text);
  expect((await problemOf()).code).toBe('CONFIG_INVALID');
});

test('an empty settings file changes nothing', async () => {
  const without = await load();
  file('# nothing yet\n');
  expect(await load()).toEqual(without);
});

test('a settings file that was named must be there', async () => {
  expect(await problemOf({ configFile: 'elsewhere.yaml' })).toMatchObject({ code: 'FILE_MISSING' });
  file('seed: 9\n', 'elsewhere.yaml');
  expect(await load({ configFile: 'elsewhere.yaml' })).toMatchObject({ seed: 9 });
  expect(await load({ env: { DOORLAB_CONFIG: 'elsewhere.yaml' } })).toMatchObject({ seed: 9 });
});

test('the data folder is absolute, from the folder of the file that names it', async () => {
  expect((await load()).data).toBe(path.join(cwd, 'data'));
  expect((await load({ flags: { data: 'mine' } })).data).toBe(path.join(cwd, 'mine'));
  const elsewhere = mkdtempSync(path.join(tmpdir(), 'doorlab-config-'));
  writeFileSync(path.join(elsewhere, 'd.yaml'), 'data: here\n');
  expect((await load({ configFile: path.join(elsewhere, 'd.yaml') })).data).toBe(
    path.join(elsewhere, 'here'),
  );
  rmSync(elsewhere, { recursive: true });
});
