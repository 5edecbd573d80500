// Rotating the cloud's keys: the next key set comes into force by enough signatures of both sides, or not at all.
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadKeys } from '#cloud/keys/cloud-keys.ts';
import { keyFilePath } from '#cloud/keys/key-folder.ts';
import { parseSignatures, requireRootsOf, signRequest } from '#cloud/keys/root-signing.ts';
import { discardRotation, finishRotation, pendingRotation, prepareRotation } from '#cloud/keys/rotation.ts';
import { digestOf, formatRequest, parseRequest, requestKeySet } from '#cloud/keys/sign-request.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { verifyKeySet } from '#protocol/signed/key-set.ts';
import {
  aFolder,
  aForeignKeysFolder,
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

describe('attacks', () => {
  test('signed by the old roots only', () => {
    const folder = aKeysFolder();
    const wish = { roles: ALL_ROLES, rootKeys: [aRootHolder().publicKey] };
    const { request } = prepareRotation(folder, wish, parts);
    const sheet = signedBy(request, ...rootsIn(folder));
    expect(() => finishRotation(folder, [sheet], parts)).toThrow(refused('ROTATION_REFUSED'));
    expect(numberOf(folder)).toBe(1);
  });

  test('signed by the new roots only, as by a thief of the server', () => {
    const folder = aKeysFolder();
    const thief = aRootHolder();
    const { request } = prepareRotation(folder, { roles: ALL_ROLES, rootKeys: [thief.publicKey] }, parts);
    const sheet = signedBy(request, thief.key);
    expect(() => finishRotation(folder, [sheet], parts)).toThrow(refused('ROTATION_REFUSED'));
    expect(numberOf(folder)).toBe(1);
  });

  test('one key counted twice, in one file and in two', () => {
    const folder = aKeysFolder();
    const holders = [aRootHolder(), aRootHolder()];
    handOver(folder, holders, 2);
    const { request } = prepareRotation(folder, { roles: ['table'] }, parts);
    const key = holders[0]!.key;
    const [one, two] = [signedBy(request, key, key), signedBy(request, key)];
    expect(() => finishRotation(folder, [one], parts)).toThrow(refused('ROTATION_REFUSED'));
    expect(() => finishRotation(folder, [two, one, two], parts)).toThrow(refused('ROTATION_REFUSED'));
    expect(numberOf(folder)).toBe(2);
  });

  test('a request tampered with on its way shows another digest, and its signature is of no use', () => {
    const folder = aKeysFolder();
    const { request, file } = prepareRotation(folder, { roles: ALL_ROLES }, parts);
    const thief = aRootHolder();
    const carried = requestKeySet(
      nodeEngine,
      { ...pendingRotation(folder, parts)!.keySet, rootKeys: [thief.publicKey] },
      request.inForceBytes,
    );
    expect(digestOf(nodeEngine, carried.payload)).not.toBe(digestOf(nodeEngine, request.payload));
    // The lines for people may say what they like: nobody reads the digest from them.
    const text = formatRequest(carried, [`Digest ${digestOf(nodeEngine, request.payload)}`]);
    expect(digestOf(nodeEngine, parseRequest(nodeEngine, text).payload)).toBe(
      digestOf(nodeEngine, carried.payload),
    );
    const sheet = signedBy(carried, ...rootsIn(folder), thief.key);
    expect(() => finishRotation(folder, [sheet], parts)).toThrow(refused('ROTATION_REFUSED'));
    // Nor when the pending request is swapped with it after it was shown: its keys are not here.
    const swapped = requestKeySet(
      nodeEngine,
      { ...pendingRotation(folder, parts)!.keySet, tableKey: thief.publicKey },
      request.inForceBytes,
    );
    writeFileSync(file, formatRequest(swapped, []));
    const good = signedBy(swapped, ...rootsIn(folder));
    expect(() => finishRotation(folder, [good], parts)).toThrow(refused('ROTATION_REFUSED'));
    expect(numberOf(folder)).toBe(1);
  });

  test('a skipped number', () => {
    const folder = aKeysFolder();
    const { request, file, keySet } = prepareRotation(folder, { roles: [], threshold: 1 }, parts);
    const skipped = requestKeySet(nodeEngine, { ...keySet, number: 3 }, request.inForceBytes);
    writeFileSync(file, formatRequest(skipped, []));
    const sheet = signedBy(skipped, ...rootsIn(folder));
    expect(() => finishRotation(folder, [sheet], parts)).toThrow(refused('ROTATION_REFUSED'));
    expect(numberOf(folder)).toBe(1);
  });

  test('an older set replayed, with the very signatures that it once had', () => {
    const folder = aKeysFolder();
    const { request } = prepareRotation(folder, { roles: ALL_ROLES }, parts);
    const kept = join(aFolder(), 'kept');
    cpSync(join(folder, 'next'), kept, { recursive: true });
    const sheet = signedBy(request, ...rootsIn(folder));
    finishRotation(folder, [sheet], parts);
    rotate(folder);
    cpSync(kept, join(folder, 'next'), { recursive: true });
    expect(() => finishRotation(folder, [sheet], parts)).toThrow(refused('ROTATION_REFUSED'));
    expect(numberOf(folder)).toBe(3);
    rmSync(join(folder, 'next'), { recursive: true });
    // Nor in the place of a later one.
    cpSync(join(folder, '2'), join(folder, '4'), { recursive: true });
    expect(() => loadKeys(folder, nodeEngine)).toThrow(refused('KEY_SET_OUT_OF_ORDER'));
  });

  test('a signature in the name of another key, and one bit of it', () => {
    const folder = aKeysFolder();
    const { request } = prepareRotation(folder, { roles: ALL_ROLES }, parts);
    const sheet = signedBy(request, aForeigner(request));
    const [{ signature }] = sheet.signatures as [(typeof sheet.signatures)[number]];
    const named = { ...sheet, signatures: [{ signature, rootKey: rootsIn(folder)[0]!.publicKey }] };
    expect(() => finishRotation(folder, [named], parts)).toThrow(refused('ROTATION_REFUSED'));
    const good = signedBy(request, ...rootsIn(folder));
    const flipped = good.signatures.map(({ rootKey, signature: bytes }) => ({
      rootKey,
      signature: bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
    }));
    expect(() => finishRotation(folder, [{ ...good, signatures: flipped }], parts)).toThrow(
      refused('ROTATION_REFUSED'),
    );
    expect(finishRotation(folder, [good], parts).number).toBe(2);
  });

  test('two key sets of one number: a root key signs the second only when told again', () => {
    const folder = aKeysFolder();
    const first = prepareRotation(folder, { roles: ALL_ROLES }, parts).request;
    const [root] = rootsIn(folder);
    const at = { nowS: 1_800_000_000, again: false };
    signRequest(nodeEngine, first, [root!], at);
    signRequest(nodeEngine, first, [root!], at);
    discardRotation(folder);
    const second = prepareRotation(folder, { roles: ALL_ROLES }, parts).request;
    expect(() => signRequest(nodeEngine, second, [root!], at)).toThrow(refused('SIGNED_BEFORE'));
    signRequest(nodeEngine, second, [root!], { ...at, again: true });
  });

  test('the request of another cloud, to a root key that is none there', () => {
    const { request } = prepareRotation(aKeysFolder(), { roles: ALL_ROLES }, parts);
    const foreign = rootsIn(aForeignKeysFolder());
    expect(() => requireRootsOf(request, foreign)).toThrow(refused('ROOT_UNKNOWN'));
    expect(() => signRequest(nodeEngine, request, foreign, { nowS: 1, again: false })).toThrow(
      refused('ROOT_UNKNOWN'),
    );
  });

  test('a set whose secret keys are not here', () => {
    const folder = aKeysFolder();
    const { request } = prepareRotation(folder, { roles: ALL_ROLES }, parts);
    renameSync(join(folder, 'next', 'log.key'), join(aFolder(), 'log.key'));
    const sheet = signedBy(request, ...rootsIn(folder));
    expect(() => finishRotation(folder, [sheet], parts)).toThrow(refused('ROTATION_REFUSED'));
    expect(numberOf(folder)).toBe(1);
  });
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

/** A root key that the request knows nothing of, made to pass for one. */
function aForeigner(request: Parameters<typeof signedBy>[0]) {
  const { key } = aRootHolder();
  return { ...key, publicKey: request.inForce.rootKeys[0]! };
}
