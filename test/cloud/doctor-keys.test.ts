// The doctor on a keys folder: what is missing, open to others, weak, old, or not where it belongs.
import { chmodSync, cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CloudCheck } from '#cloud/doctor/check.ts';
import { judgeKeys, weakIn } from '#cloud/doctor/keys.ts';
import { loadKeys } from '#cloud/keys/cloud-keys.ts';
import { keyFilePath, keySetPath } from '#cloud/keys/key-folder.ts';
import { reportKeys } from '#cloud/keys/key-report.ts';
import { prepareRotation } from '#cloud/keys/rotation.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { aFolder, aForeignKeysFolder, aKeysFolder, ALL_ROLES, parts, rotate } from './ceremony.ts';
import { containing, failing, find } from './doctor-checks.ts';

/** Of keys alone, as of now or in some days. */
function ofKeys(folder: string, inDays = 0): CloudCheck[] {
  const atS = nowS(systemClock) + inDays * 86_400;
  return judgeKeys(reportKeys(folder, nodeEngine), nodeEngine, atS);
}

test.each(['table', 'time', 'log'] as const)(
  'a %s key that is missing, damaged or of another set',
  (role) => {
    const missing = aKeysFolder();
    rmSync(keyFilePath(missing, role));
    expect(find(ofKeys(missing), 'cloud-keys')).toMatchObject({
      status: 'fail',
      detail: containing(role),
    });
    const damaged = aKeysFolder();
    writeFileSync(keyFilePath(damaged, role), '{', { mode: 0o600 });
    expect(find(ofKeys(damaged), 'cloud-keys')?.status).toBe('fail');
    const other = aKeysFolder();
    cpSync(keyFilePath(aForeignKeysFolder(), role), keyFilePath(other, role));
    expect(find(ofKeys(other), 'cloud-keys')).toMatchObject({
      status: 'fail',
      detail: containing(role),
    });
  },
);

test('a firmware key that is kept elsewhere is no trouble', () => {
  const folder = aKeysFolder();
  rmSync(keyFilePath(folder, 'firmware'));
  expect(find(ofKeys(folder), 'cloud-keys')).toMatchObject({
    status: 'ok',
    detail: containing('elsewhere'),
  });
});

test('a key set that is left out, damaged, or none at all', () => {
  const left = aKeysFolder();
  rotate(left);
  rotate(left);
  rmSync(join(left, '2'), { recursive: true });
  expect(find(ofKeys(left), 'cloud-keys')).toMatchObject({ status: 'fail' });
  const damaged = aKeysFolder();
  const bytes = readFileSync(keySetPath(damaged, 1));
  bytes[60]! ^= 1;
  writeFileSync(keySetPath(damaged, 1), bytes);
  expect(find(ofKeys(damaged), 'cloud-keys')?.status).toBe('fail');
  expect(find(ofKeys(aFolder()), 'cloud-keys')?.status).toBe('fail');
});

test.skipIf(process.platform === 'win32')('a key or folder that others may use', () => {
  const file = aKeysFolder();
  chmodSync(keyFilePath(file, 'table'), 0o640);
  expect(find(ofKeys(file), 'key-permissions')).toMatchObject({
    status: 'fail',
    remedy: containing('chmod'),
  });
  const folder = aKeysFolder();
  chmodSync(folder, 0o755);
  expect(find(ofKeys(folder), 'key-permissions')?.status).toBe('fail');
  expect(find(ofKeys(aKeysFolder()), 'key-permissions')?.status).toBe('ok');
});

test('weak keys: all zero, one byte over and over, and one key for two roles', () => {
  for (const secret of ['00'.repeat(32), 'ab'.repeat(32), '0123'.repeat(16)]) {
    const folder = aKeysFolder();
    setSecret(keyFilePath(folder, 'time'), secret);
    expect(find(ofKeys(folder), 'key-strength'), secret).toMatchObject({
      status: 'fail',
      remedy: containing('rotate'),
    });
  }
  const twice = aKeysFolder();
  setSecret(keyFilePath(twice, 'log'), secretOf(keyFilePath(twice, 'table')));
  expect(find(ofKeys(twice), 'key-strength')).toMatchObject({
    status: 'fail',
    detail: containing('are one key'),
  });
});

test('a key set with a key of small order, or one key for two roles, signed by its roots all the same', () => {
  const { keySet } = loadKeys(aKeysFolder(), nodeEngine);
  expect(weakIn(keySet, nodeEngine)).toEqual([]);
  const zero = new Uint8Array(32);
  const one = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0));
  for (const weak of [zero, one]) {
    for (const name of ['tableKey', 'timeKey', 'firmwareKey', 'logKey'] as const) {
      expect(weakIn({ ...keySet, [name]: weak }, nodeEngine), name).toHaveLength(1);
    }
    expect(weakIn({ ...keySet, rootKeys: [weak] }, nodeEngine)).toHaveLength(1);
  }
  expect(weakIn({ ...keySet, timeKey: keySet.tableKey }, nodeEngine)).toHaveLength(1);
  expect(weakIn({ ...keySet, tableKey: keySet.rootKeys[0]! }, nodeEngine)).toHaveLength(1);
});

test('the root key on the serving machine', () => {
  const folder = aKeysFolder();
  expect(find(ofKeys(folder), 'root-key')).toMatchObject({
    status: 'warn',
    remedy: containing('Move it'),
  });
  rmSync(join(folder, 'root'), { recursive: true });
  expect(find(ofKeys(folder), 'root-key')?.status).toBe('ok');
});

test('a key older than a year, and after its rotation no more; and one from the future', () => {
  const folder = aKeysFolder();
  expect(find(ofKeys(folder, 364), 'key-age')?.status).toBe('ok');
  expect(find(ofKeys(folder, 367), 'key-age')).toMatchObject({
    status: 'warn',
    remedy: 'Rotate: doorlab cloud rotate --role table,time,firmware,log',
  });
  const later = new VirtualClock(systemClock.nowMs() + 367 * 86_400_000);
  rotate(folder, {}, later);
  expect(find(ofKeys(folder, 367), 'key-age')).toMatchObject({
    status: 'ok',
    detail: 'the oldest in force is 0 days old',
  });
  expect(find(ofKeys(folder, 0), 'key-age')).toMatchObject({
    status: 'warn',
    remedy: containing('clock'),
  });
});

test('a rotation that is begun and not finished, and a past log key that is gone', () => {
  const folder = aKeysFolder();
  rotate(folder);
  prepareRotation(folder, { roles: ALL_ROLES }, parts);
  expect(find(ofKeys(folder), 'rotation')).toMatchObject({ status: 'warn' });
  rmSync(keyFilePath(folder, 'log', 1));
  expect(find(ofKeys(folder), 'cloud-keys')).toMatchObject({
    status: 'warn',
    detail: containing('key set 1'),
  });
  // A table key that signs nothing any more may go.
  rmSync(keyFilePath(folder, 'table', 1));
  expect(failing(ofKeys(folder))).toEqual([]);
});

const secretOf = (file: string): string =>
  (JSON.parse(readFileSync(file, 'utf8')) as { secret: string }).secret;

function setSecret(file: string, secret: string): void {
  const content = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...content, secret }), { mode: statSync(file).mode });
}
