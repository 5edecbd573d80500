// The cloud's keys, made once: root, table, time, firmware and log key, and key set number 1 signed by root. The
// root key lies in a folder of its own, to be taken away; serving needs the others alone.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import { signKeySet } from '#protocol/signed/key-set.ts';
import { KeyFileError, keyRoles, writeKeyFile, writeNewFile, type KeyRole } from './key-file.ts';
import { keyFilePath, KEY_SETS_FOLDER, keySetPath, ROOT_FOLDER } from './key-folder.ts';

const SECRET_BYTES = 32;

export interface Keygen {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
}

/** The files made. Throws KEY_EXISTS, and then nothing was written. */
export function keygen(keysFolder: string, { engine, clock, random }: Keygen): readonly string[] {
  const files = keyRoles.map((role) => keyFilePath(keysFolder, role));
  const keySetFile = keySetPath(keysFolder, 1);
  for (const file of [...files, keySetFile]) requireAbsent(file);
  for (const folder of [keysFolder, join(keysFolder, ROOT_FOLDER), join(keysFolder, KEY_SETS_FOLDER)]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
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
  writeNewFile(keySetFile, keySet);
  return [...files, keySetFile];
}

function requireAbsent(file: string): void {
  if (!existsSync(file)) return;
  throw new KeyFileError('KEY_EXISTS', `${file} exists and is not overwritten`, {
    next: 'Choose another folder; locks trust the keys they were activated with.',
  });
}
