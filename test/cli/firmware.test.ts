// Signing a firmware image on the command line: where the firmware key lies, which of them signs, and what is no image.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { loadKeys } from '#cloud/keys/cloud-keys.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import {
  decodeImageHeader,
  encodeImage,
  FIRMWARE_IMAGE_MAX_BYTES,
  parseFirmware,
  verifyFirmware,
} from '#protocol/signed/firmware.ts';
import { parseFirmwareFile } from '#protocol/signed/firmware-file.ts';
import { aStage, run } from './surroundings.ts';

let folder: string;
let keys: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-firmware-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  keys = join(folder, 'data', 'keys');
  keygen(keys, { engine: nodeEngine, clock: new VirtualClock(), random: systemRandom });
});

async function doorlab(...argv: string[]): Promise<{ exit: number; out: string; err: string }> {
  const stage = aStage({ cwd: folder, random: systemRandom });
  stage.stdin.end('');
  const exit = await run(stage, [...argv, '--data', join(folder, 'data')]);
  return { exit, out: stage.out(), err: stage.err() };
}
const sign = (...argv: string[]) => doorlab('cloud', 'firmware', ...argv);
const signed = (name: string) =>
  parseFirmwareFile(nodeEngine, Uint8Array.from(readFileSync(join(folder, name))));

test('an image file is signed as it is, by the firmware key in force', async () => {
  const image = encodeImage({ format: 1, firmware: 7, selfTest: 'pass' }, new Uint8Array(5_000).fill(9));
  writeFileSync(join(folder, 'image'), image);
  expect(await sign('image', '--out', 'seven', '--number', '7')).toMatchObject({ exit: 0 });
  const { manifestBytes, chunks } = signed('seven');
  expect(Buffer.concat(chunks).equals(image)).toBe(true);
  const { firmwareKey } = loadKeys(keys, nodeEngine).keySet;
  expect(verifyFirmware(nodeEngine, parseFirmware(manifestBytes), firmwareKey).manifest.firmware).toBe(7);
  expect(await sign('image', '--out', 'x', '--number', '8')).toMatchObject({ exit: 2 });
});

test('a file that is no image, too large for one, or no file at all is told with what to name', async () => {
  writeFileSync(join(folder, 'letter'), 'Dear lock, please open.');
  writeFileSync(join(folder, 'film'), new Uint8Array(FIRMWARE_IMAGE_MAX_BYTES + 1));
  for (const [name, code, next] of [
    ['letter', 'FILE_UNREADABLE', 'as its build made it'],
    ['film', 'FILE_UNREADABLE', `at most ${FIRMWARE_IMAGE_MAX_BYTES}`],
    ['data', 'FILE_UNREADABLE', 'Name a firmware image'],
    ['nothing', 'FILE_MISSING', 'Check the path'],
  ] as const) {
    const { out } = await sign(name, '--out', 'x', '--json');
    expect(out).toContain(code);
    expect(out).toContain(next);
  }
});

test('no other file is written over: neither the image itself nor a key', async () => {
  const image = encodeImage({ format: 1, firmware: 7, selfTest: 'pass' }, new Uint8Array(50));
  writeFileSync(join(folder, 'image'), image);
  for (const out of ['image', join(keys, '1', 'firmware.key')]) {
    const refused = await sign('image', '--out', out);
    expect(refused).toMatchObject({ exit: 2, err: expect.stringContaining('another name') as unknown });
  }
  expect(readFileSync(join(folder, 'image')).equals(image)).toBe(true);
});

test('a made-up image ends its self test as it was asked to', async () => {
  for (const end of ['pass', 'fail', 'hang']) {
    expect(await sign('--simulated', end, '--number', '3', '--out', end)).toMatchObject({ exit: 0 });
    expect(decodeImageHeader(signed(end).chunks[0]!)).toMatchObject({ firmware: 3, selfTest: end });
  }
});

test('the key sets and the firmware key alone are enough, wherever they lie, and no other key is', async () => {
  const [release, without] = [join(folder, 'release'), join(folder, 'without')];
  for (const [to, kept] of [
    [release, ['key-set.cbor', 'firmware.key']],
    [without, ['key-set.cbor', 'table.key', 'time.key', 'log.key']],
  ] as const) {
    mkdirSync(join(to, '1'), { recursive: true });
    for (const name of kept) cpSync(join(keys, '1', name), join(to, '1', name));
  }
  const made = ['--simulated', 'pass', '--number', '2', '--out', 'two'];
  expect(await sign(...made, '--keys', release)).toMatchObject({ exit: 0 });
  const refused = await sign('--simulated', 'pass', '--number', '2', '--out', 'none', '--keys', without);
  expect(refused).toMatchObject({ exit: 3, err: expect.stringContaining('--keys FOLDER') as unknown });
  expect(readdirSync(folder)).not.toContain('none');
});

test('after a rotation the next key signs', async () => {
  expect(await doorlab('cloud', 'rotate', '--role', 'firmware', '--yes')).toMatchObject({ exit: 0 });
  expect(await sign('--simulated', 'pass', '--number', '2', '--out', 'two')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('key set 2') as unknown,
  });
  const { firmwareKey } = loadKeys(keys, nodeEngine).keySet;
  expect(() =>
    verifyFirmware(nodeEngine, parseFirmware(signed('two').manifestBytes), firmwareKey),
  ).not.toThrow();
});

test('no secret stands in what it says', async () => {
  const { out, err } = await sign('--simulated', 'pass', '--number', '2', '--out', 'two', '--json');
  const { secret } = JSON.parse(readFileSync(join(keys, '1', 'firmware.key'), 'utf8')) as { secret: string };
  expect(out + err).not.toContain(secret);
  expect(readFileSync(join(folder, 'two')).toString('hex')).not.toContain(secret);
});
