// The cloud's keys, made once: root, table, time, firmware and log key, and key set number 1 signed by root. The
// root key lies in a folder of its own, to be taken away; serving needs the others alone.
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { syncFolder } from '#protocol/node/durable-file.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import { signKeySet } from '#protocol/signed/key-set.ts';
import {
  KeyFileError,
  keyRoles,
  SECRET_BYTES,
  writeKeyFile,
  writeNewFile,
  type KeyRole,
} from './key-file.ts';
import { keyFilePath, keySetPath, ROOT_FOLDER, setFolder } from './key-folder.ts';

export interface Keygen {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The files made. The folder appears whole or not at all: it is made beside, and what an earlier run that was cut
 * off left there is taken away. Throws KEY_EXISTS, and then nothing was written.
 */
export function keygen(folder: string, parts: Keygen): readonly string[] {
  const keysFolder = resolve(folder);
  requireVacant(keysFolder);
  const parent = dirname(keysFolder);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const draft = `${keysFolder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  writeKeys(draft, parts);
  for (const inner of foldersOf(draft)) syncFolder(inner);
  // Windows renames over nothing, not even over an empty folder.
  if (existsSync(keysFolder)) rmdirSync(keysFolder);
  renameSync(draft, keysFolder);
  syncFolder(parent);
  return [...keyRoles.map((role) => keyFilePath(keysFolder, role)), keySetPath(keysFolder, 1)];
}

const foldersOf = (keysFolder: string): readonly string[] => [
  keysFolder,
  join(keysFolder, ROOT_FOLDER),
  setFolder(keysFolder, 1),
];

function writeKeys(keysFolder: string, { engine, clock, random }: Keygen): void {
  for (const folder of foldersOf(keysFolder)) mkdirSync(folder, { mode: 0o700 });
  const createdAtS = nowS(clock);
  const secrets = new Map<KeyRole, Uint8Array>(keyRoles.map((role) => [role, random.bytes(SECRET_BYTES)]));
  const secretOf = (role: KeyRole): Uint8Array => secrets.get(role) as Uint8Array;
  for (const role of keyRoles) writeKeyFile(keyFilePath(keysFolder, role), role, secretOf(role), createdAtS);
  const root = signerOf(engine, secretOf('root'));
  const keySet = signKeySet(
    engine,
    {
      format: 1,
      number: 1,
      issuedAtS: createdAtS,
      threshold: 1,
      rootKeys: [root.publicKey],
      tableKey: engine.ed25519PublicKey(secretOf('table')),
      timeKey: engine.ed25519PublicKey(secretOf('time')),
      firmwareKey: engine.ed25519PublicKey(secretOf('firmware')),
      logKey: engine.x25519PublicKey(secretOf('log')),
    },
    [root],
  );
  writeNewFile(keySetPath(keysFolder, 1), keySet);
}

function requireVacant(keysFolder: string): void {
  if (!existsSync(keysFolder) || readdirSync(keysFolder).length === 0) return;
  throw new KeyFileError('KEY_EXISTS', `${keysFolder} exists and is not overwritten`, {
    next: 'Choose another folder; locks trust the keys they were activated with.',
  });
}
