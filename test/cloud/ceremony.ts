// Ceremonies of the cloud's keys as tests hold them: a keys folder, root keys in folders of their own, and who signs.
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { atEndOfFile } from './each-file.ts';
import type { KeyRole } from '#cloud/keys/key-file.ts';
import { readKeyOnDisk, readRootKeys, type KeyOnDisk } from '#cloud/keys/key-folder.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { makeRootKey, readRootPublic } from '#cloud/keys/root-keys.ts';
import {
  parseSignatures,
  formatSignatures,
  signRequest,
  type SignatureSheet,
} from '#cloud/keys/root-signing.ts';
import { finishRotation, prepareRotation, type RotationWish } from '#cloud/keys/rotation.ts';
import type { SignRequest } from '#cloud/keys/sign-request.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { KeySet } from '#protocol/signed/key-set.ts';

export const parts = { engine: nodeEngine, clock: systemClock, random: systemRandom };
export const ALL_ROLES: readonly KeyRole[] = ['table', 'time', 'firmware', 'log'];

/** Of its own, as no cloud is needed here. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doorlab-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let made: string | undefined;

/** Its keys are the same in every test of a file: making them takes the disk its time. */
export function aKeysFolder(): string {
  if (made === undefined) {
    made = join(mkdtempSync(join(tmpdir(), 'doorlab-first-keys-')), 'keys');
    keygen(made, parts);
  }
  const folder = join(aFolder(), 'keys');
  cpSync(made, folder, { recursive: true });
  return folder;
}

/** Of another cloud. */
export function aForeignKeysFolder(): string {
  const folder = join(aFolder(), 'keys');
  keygen(folder, parts);
  return folder;
}

atEndOfFile(() => {
  if (made !== undefined) rmSync(dirname(made), { recursive: true, force: true });
  made = undefined;
});

export interface RootHolder {
  readonly key: KeyOnDisk;
  readonly publicKey: Uint8Array;
}

/** A root key on a machine of its own. */
export function aRootHolder(): RootHolder {
  const file = join(aFolder(), 'holder.key');
  const { publicFile } = makeRootKey(file, parts);
  return { key: readKeyOnDisk(file, 'root', nodeEngine), publicKey: readRootPublic(publicFile) };
}

/** As it travels: through a file and back. */
export const signedBy = (request: SignRequest, ...roots: readonly KeyOnDisk[]): SignatureSheet =>
  parseSignatures(
    formatSignatures(
      nodeEngine,
      signRequest(nodeEngine, request, roots, { nowS: 1_800_000_000, again: true }),
      'a test',
    ),
  );

export const rootsIn = (keysFolder: string): readonly KeyOnDisk[] => readRootKeys(keysFolder, nodeEngine);

/** From its beginning to its end, by the root keys that lie in the folder. */
export function rotate(
  keysFolder: string,
  wish: Partial<RotationWish> = {},
  clock: Clock = systemClock,
): KeySet {
  const { request } = prepareRotation(keysFolder, { roles: ALL_ROLES, ...wish }, { ...parts, clock });
  return finishRotation(keysFolder, [signedBy(request, ...rootsIn(keysFolder))], parts);
}

/** A cloud whose next set has these holders as roots, `threshold` of them to sign, and none of its first. */
export function handOver(keysFolder: string, holders: readonly RootHolder[], threshold: number): KeySet {
  const wish = { roles: [], rootKeys: holders.map(({ publicKey }) => publicKey), threshold };
  const { request } = prepareRotation(keysFolder, wish, parts);
  const sheets = [...rootsIn(keysFolder), ...holders.map(({ key }) => key)].map((root) =>
    signedBy(request, root),
  );
  return finishRotation(keysFolder, sheets, parts);
}

export const isPending = (keysFolder: string): boolean => existsSync(join(keysFolder, 'next'));
