// Attacks on a rotation of the cloud's keys: none of them puts a key set in force.
import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadKeys } from '#cloud/keys/cloud-keys.ts';
import { requireRootsOf, signRequest } from '#cloud/keys/root-signing.ts';
import { discardRotation, finishRotation, pendingRotation, prepareRotation } from '#cloud/keys/rotation.ts';
import { digestOf, formatRequest, parseRequest, requestKeySet } from '#cloud/keys/sign-request.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import {
  aFolder,
  aForeignKeysFolder,
  aKeysFolder,
  ALL_ROLES,
  aRootHolder,
  handOver,
  parts,
  rootsIn,
  rotate,
  signedBy,
} from './ceremony.ts';

const numberOf = (folder: string): number => loadKeys(folder, nodeEngine).keySet.number;
const refused = (code: string): unknown => expect.objectContaining({ code });
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

/** A root key that the request knows nothing of, made to pass for one. */
function aForeigner(request: Parameters<typeof signedBy>[0]) {
  const { key } = aRootHolder();
  return { ...key, publicKey: request.inForce.rootKeys[0]! };
}
