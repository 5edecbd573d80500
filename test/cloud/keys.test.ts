// The cloud's keys on the disk: made once, read strictly, and the root apart.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyRoles } from '#cloud/keys/key-file.ts';
import { loadKeys } from '#cloud/keys/cloud-keys.ts';
import { keyFilePath, keySetPath } from '#cloud/keys/key-folder.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aFolder } from './ceremony.ts';

const parts = { engine: nodeEngine, clock: systemClock, random: systemRandom };

const made = (): string => {
  const folder = join(aFolder(), 'keys');
  keygen(folder, parts);
  return folder;
};

test('keygen makes five keys and key set 1, for the owner alone', () => {
  const folder = made();
  for (const role of keyRoles) expect(statSync(keyFilePath(folder, role)).mode & 0o777).toBe(0o600);
  expect(keyFilePath(folder, 'root')).toBe(join(folder, 'root', 'root.key'));
  const keys = loadKeys(folder, nodeEngine);
  expect(keys.keySet).toMatchObject({ number: 1, threshold: 1 });
  expect(encodeHex(keys.keySet.tableKey)).toBe(encodeHex(keys.tableSigner.publicKey));
  const { keySet } = keys;
  const all = [...keySet.rootKeys, keySet.tableKey, keySet.timeKey, keySet.firmwareKey, keySet.logKey];
  expect(new Set(all.map(encodeHex)).size).toBe(5);
});

test('keygen refuses to overwrite, even one file, and then writes nothing', () => {
  const folder = made();
  const before = readFileSync(keyFilePath(folder, 'table'), 'utf8');
  rmSync(keyFilePath(folder, 'root'));
  expect(() => keygen(folder, parts)).toThrow(expect.objectContaining({ code: 'KEY_EXISTS' }));
  expect(readFileSync(keyFilePath(folder, 'table'), 'utf8')).toBe(before);
  expect(() => statSync(keyFilePath(folder, 'root'))).toThrow();
});

test('keygen that was cut off leaves no folder, and the next run makes one', () => {
  const folder = join(aFolder(), 'deep', 'keys');
  const engine = {
    ...nodeEngine,
    x25519PublicKey: (): never => {
      throw new Error('cut off');
    },
  };
  expect(() => keygen(folder, { ...parts, engine })).toThrow('cut off');
  expect(existsSync(folder)).toBe(false);
  keygen(folder, parts);
  expect(loadKeys(folder, nodeEngine).keySet.number).toBe(1);
  expect(readdirSync(join(folder, '..'))).toEqual(['keys']);
});

test('keygen takes an empty folder and refuses one that holds anything', () => {
  const folder = join(aFolder(), 'keys');
  mkdirSync(folder, { mode: 0o755 });
  keygen(`${folder}/`, parts);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const other = join(aFolder(), 'keys');
  mkdirSync(other);
  writeFileSync(join(other, 'notes.txt'), '');
  expect(() => keygen(other, parts)).toThrow(expect.objectContaining({ code: 'KEY_EXISTS' }));
  expect(readdirSync(other)).toEqual(['notes.txt']);
});

test('the cloud serves without the root key', () => {
  const folder = made();
  renameSync(join(folder, 'root'), join(folder, '..', 'taken-away'));
  expect(loadKeys(folder, nodeEngine).keySet.number).toBe(1);
});

test('a key that others can read, is missing, of another role or damaged is refused by its own code', () => {
  const codeOf = (spoil: (folder: string) => void): string => {
    const folder = made();
    spoil(folder);
    try {
      loadKeys(folder, nodeEngine);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'loaded';
  };
  const table = (folder: string): string => keyFilePath(folder, 'table');
  expect(codeOf((folder) => chmodSync(table(folder), 0o640))).toBe('KEY_TOO_OPEN');
  expect(codeOf((folder) => rmSync(table(folder)))).toBe('KEY_MISSING');
  expect(codeOf((folder) => renameSync(keyFilePath(folder, 'time'), table(folder)))).toBe('KEY_UNREADABLE');
  expect(codeOf((folder) => writeFileSync(table(folder), '{'))).toBe('KEY_UNREADABLE');
  expect(codeOf((folder) => rmSync(keySetPath(folder, 1)))).toBe('KEY_MISSING');
  expect(codeOf((folder) => writeFileSync(keySetPath(folder, 1), Uint8Array.of(0x80)))).toBe('WRONG_TYPE');
});

test('a key set that names another table key than the file is refused', () => {
  const [folder, other] = [made(), made()];
  renameSync(keyFilePath(other, 'table'), keyFilePath(folder, 'table'));
  expect(() => loadKeys(folder, nodeEngine)).toThrow(expect.objectContaining({ code: 'KEY_UNREADABLE' }));
});
