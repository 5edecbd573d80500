// Rotating the cloud's keys: the next key set comes into force by enough signatures of both sides, or not at all.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadKeys } from '#cloud/keys/cloud-keys.ts';
import { keyFilePath } from '#cloud/keys/key-folder.ts';
import { parseSignatures } from '#cloud/keys/root-signing.ts';
import { discardRotation, finishRotation, prepareRotation } from '#cloud/keys/rotation.ts';
import { parseRequest } from '#cloud/keys/sign-request.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { verifyKeySet } from '#protocol/signed/key-set.ts';
import {
  aKeysFolder,
  ALL_ROLES,
  aRootHolder,
  handOver,
  isPending,
  parts,
  rootsIn,
  rotate,
  signedBy,
} from './ceremony.ts';

const numberOf = (folder: string): number => loadKeys(folder, nodeEngine).keySet.number;
const refused = (code: string): unknown => expect.objectContaining({ code });
const hex = (bytes: Uint8Array | undefined): string => encodeHex(bytes ?? new Uint8Array(0));

test('a rotation puts new keys in force, for the owner alone, and past log secrets are kept', () => {
  const folder = aKeysFolder();
  const before = loadKeys(folder, nodeEngine);
  rotate(folder);
  const after = loadKeys(folder, nodeEngine);
  expect(after.keySet).toMatchObject({ number: 2, threshold: 1, rootKeys: before.keySet.rootKeys });
  for (const name of ['tableKey', 'timeKey', 'firmwareKey', 'logKey'] as const) {
    expect(hex(after.keySet[name])).not.toBe(hex(before.keySet[name]));
  }
  expect(hex(after.logSecretOf(1))).toBe(hex(before.logSecretOf(1)));
  expect(hex(after.logSecretOf(2))).not.toBe(hex(after.logSecretOf(1)));
  expect(after.logSecretOf(3)).toBeUndefined();
  expect(hex(after.timeSigner.publicKey)).toBe(hex(after.keySet.timeKey));
  expect(hex(after.firmwareSigner?.publicKey)).toBe(hex(after.keySet.firmwareKey));
  expect(statSync(keyFilePath(folder, 'table', 2)).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, '2')).mode & 0o777).toBe(0o700);
  expect(isPending(folder)).toBe(false);
});

test('only the roles that are named get new keys; the others go on from the folder of their set', () => {
  const folder = aKeysFolder();
  const before = loadKeys(folder, nodeEngine);
  rotate(folder, { roles: ['table'] });
  rotate(folder, { roles: ['time'] });
  const after = loadKeys(folder, nodeEngine);
  expect(after.keySet.number).toBe(3);
  expect(hex(after.logSecretOf(3))).toBe(hex(before.logSecretOf(1)));
  expect(hex(after.keySet.tableKey)).not.toBe(hex(before.keySet.tableKey));
  expect(existsSync(keyFilePath(folder, 'table', 3))).toBe(false);
});

test('a firmware key that is kept elsewhere is not needed to serve, nor to rotate the others', () => {
  const folder = aKeysFolder();
  rmSync(keyFilePath(folder, 'firmware'));
  rotate(folder, { roles: ['table'] });
  expect(loadKeys(folder, nodeEngine).firmwareSigner).toBeUndefined();
});

test('a root key is rotated by the old and the new one together', () => {
  const folder = aKeysFolder();
  const [first] = rootsIn(folder);
  const next = rotate(folder, { roles: ['root'] });
  expect(rootsIn(folder)).toHaveLength(2);
  expect(next.rootKeys.map(hex)).not.toContain(hex(first!.publicKey));
  rmSync(first!.file);
  expect(rotate(folder).number).toBe(3);
});

test('root keys are added, and then two of three sign', () => {
  const folder = aKeysFolder();
  const holders = [aRootHolder(), aRootHolder(), aRootHolder()];
  expect(handOver(folder, holders, 2)).toMatchObject({ number: 2, threshold: 2 });
  rmSync(join(folder, 'root'), { recursive: true });
  const { request } = prepareRotation(folder, { roles: ['table'] }, parts);
  const [ann, , cid] = holders.map(({ key }) => signedBy(request, key));
  expect(() => finishRotation(folder, [ann!], parts)).toThrow(refused('ROTATION_REFUSED'));
  expect(finishRotation(folder, [cid!, ann!], parts).number).toBe(3);
});

test('a threshold that its root keys can not reach is refused, and nothing is begun', () => {
  const folder = aKeysFolder();
  const before = readdirSync(folder, { recursive: true });
  const wish = { roles: ['table'], threshold: 2 } as const;
  expect(() => prepareRotation(folder, wish, parts)).toThrow(refused('ROTATION_REFUSED'));
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
  const { publicKey } = aRootHolder();
  const twice = { roles: [], rootKeys: [publicKey, publicKey], threshold: 2 };
  expect(() => prepareRotation(folder, twice, parts)).toThrow(refused('ROTATION_REFUSED'));
  expect(isPending(folder)).toBe(false);
  expect(numberOf(folder)).toBe(1);
});

test('where several root keys are in force none is made here in the place of all', () => {
  const folder = aKeysFolder();
  handOver(folder, [aRootHolder(), aRootHolder()], 1);
  expect(() => prepareRotation(folder, { roles: ['root'] }, parts)).toThrow(refused('ROTATION_REFUSED'));
});

test('a second rotation waits for the first, which can be dropped', () => {
  const folder = aKeysFolder();
  expect(() => discardRotation(folder)).toThrow(refused('ROTATION_NONE'));
  expect(() => finishRotation(folder, [], parts)).toThrow(refused('ROTATION_NONE'));
  prepareRotation(folder, { roles: ALL_ROLES }, parts);
  expect(() => prepareRotation(folder, { roles: ALL_ROLES }, parts)).toThrow(refused('ROTATION_PENDING'));
  discardRotation(folder);
  expect(isPending(folder)).toBe(false);
  expect(rotate(folder).number).toBe(2);
});

test('what is no request and no signature is told so, whatever it is', () => {
  const folder = aKeysFolder();
  const { file, request } = prepareRotation(folder, { roles: ALL_ROLES }, parts);
  const text = readFileSync(file, 'utf8');
  const line = text.split('\n').find((one) => one.startsWith('{'))!;
  const object = JSON.parse(line) as Record<string, unknown>;
  const wrong = [
    '',
    '# only words',
    '{',
    '[]',
    'null',
    `${line}\n${line}`,
    'x'.repeat(70_000),
    JSON.stringify({ ...object, more: 1 }),
    JSON.stringify({ ...object, format: 2 }),
    JSON.stringify({ ...object, kind: 'release' }),
    JSON.stringify({ ...object, payload: 'a0' }),
    JSON.stringify({ ...object, payload: `${String(object['payload'])}00` }),
    JSON.stringify({ ...object, inForce: '8240' }),
    JSON.stringify({ ...object, inForce: undefined }),
  ];
  for (const one of wrong) {
    expect(() => parseRequest(nodeEngine, one), one.slice(0, 60)).toThrow(refused('REQUEST_UNREADABLE'));
    expect(() => parseSignatures(one), one.slice(0, 60)).toThrow(refused('SIGNATURE_UNREADABLE'));
  }
  // Other line ends, as mail programs make them.
  expect(hex(parseRequest(nodeEngine, text.replaceAll('\n', '\r\n')).payload)).toBe(hex(request.payload));
});

test('a lock follows the sets that rotations made, one by one', () => {
  const folder = aKeysFolder();
  rotate(folder);
  rotate(folder, { roles: ['root', 'table'] });
  const { keySets } = loadKeys(folder, nodeEngine);
  const [one, two, three] = keySets;
  const first = verifyKeySet(nodeEngine, one!, undefined);
  expect(() => verifyKeySet(nodeEngine, three!, first)).toThrow();
  expect(verifyKeySet(nodeEngine, three!, verifyKeySet(nodeEngine, two!, first)).number).toBe(3);
});
