// A firmware image through the program: signed where the keys are, brought to a door by its name, and every file that is
// no image for these locks told before a radio is opened.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { startHere, type Told } from './command-here.ts';
import { DOOR, OneDoor } from './one-door.ts';

let scene: OneDoor;
let cwd: string;
let data: string;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'doorlab-update-'));
  scene = await OneDoor.open(1);
  data = scene.walker(cwd, 'walker');
});
afterAll(async () => {
  await scene.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** Nobody serves one there: whoever opens it ends in another way. */
const NO_RADIO = 'ws://127.0.0.1:1';
const run = (...args: string[]): Promise<Told> => startHere(scene, cwd, data, args).told;
const sign = (out: string, ...more: string[]): Promise<Told> =>
  run('cloud', 'firmware', '--out', out, '--keys', keysOf(scene), ...more);
const keysOf = ({ cloudFolder }: OneDoor): string => join(cloudFolder, '..', 'keys');

test('what is no image for these locks is told by what it is, and no radio is opened', async () => {
  expect(await sign('good', '--simulated', 'pass', '--number', '2')).toMatchObject({ exit: 0 });
  const good = readFileSync(join(cwd, 'good'));
  const foreign = join(cwd, 'foreign-keys');
  keygen(foreign, { engine: nodeEngine, clock: new VirtualClock(), random: systemRandom });
  await run(
    'cloud',
    'firmware',
    '--simulated',
    'pass',
    '--number',
    '2',
    '--out',
    'foreign',
    '--keys',
    foreign,
  );
  const forged = Buffer.from(good);
  // Within the signature, which stands behind the digests and before the image.
  forged[7 + forged.readUInt16BE(5) - 1]! ^= 1;
  const files: Record<string, Uint8Array> = {
    short: good.subarray(0, -1),
    changed: good.map((byte, i) => (i === good.length - 1 ? byte ^ 1 : byte)),
    text: Buffer.from('<html></html>'),
    large: new Uint8Array(70_000),
    forged,
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(cwd, name), bytes);
  const codes: Record<string, unknown> = {};
  for (const name of [...Object.keys(files), 'foreign', 'missing', '.']) {
    const { exit, last } = await run('--radio', NO_RADIO, 'update', DOOR, '--image', name);
    expect(exit, name).toBe(2);
    codes[name] = last['code'] ?? (last['error'] as Record<string, unknown> | undefined)?.['code'];
  }
  expect(codes).toEqual({
    short: 'FILE_UNREADABLE',
    changed: 'FILE_UNREADABLE',
    text: 'FILE_UNREADABLE',
    large: 'FILE_UNREADABLE',
    '.': 'FILE_UNREADABLE',
    missing: 'FILE_MISSING',
    forged: 'IMAGE_UNTRUSTED',
    foreign: 'IMAGE_UNTRUSTED',
  });
  expect((await run('--radio', NO_RADIO, 'update', DOOR, '--image', 'good')).last).toMatchObject({
    code: 'AIR_UNREACHABLE',
  });
});

test('an image is brought to the lock of a door, which has it once', async () => {
  await sign('two', '--simulated', 'pass', '--number', '2');
  const update = ['update', DOOR, '--image', 'two', '--no-wait'] as const;
  const brought = await run(...update);
  expect(brought).toMatchObject({ exit: 0 });
  expect(brought.lines.find(({ event }) => event === 'door')).toMatchObject({
    door: DOOR,
    result: 'staged',
    firmware: 2,
    ranBefore: 1,
  });
  const rows = [...(scene.at.lock.firmware?.storage.events.read(1) ?? [])].map(({ type }) => type);
  expect(rows.filter((type) => type.startsWith('firmware'))).toEqual(['firmwareStaged']);
  const again = await run(...update);
  expect(again.lines.find(({ event }) => event === 'door')).toMatchObject({ result: 'staged', frames: 0 });
});

test.each([
  ['a door that is not there', ['update', 'Attic', '--image', 'good'], 2],
  [
    'an image and how a simulated one ends',
    ['cloud', 'firmware', 'x', '--simulated', 'pass', '--out', 'y'],
    2,
  ],
  ['neither', ['cloud', 'firmware', '--out', 'y'], 2],
  ['a simulated image without a number', ['cloud', 'firmware', '--simulated', 'pass', '--out', 'y'], 2],
  ['an image file that is none', ['cloud', 'firmware', 'text', '--out', 'y'], 2],
  ['a folder without keys', ['cloud', 'firmware', '--simulated', 'hang', '--number', '2', '--out', 'y'], 3],
])('%s is told at once', async (_, args, exit) => {
  expect((await run(...args)).exit).toBe(exit);
});
