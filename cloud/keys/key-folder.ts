// The keys folder as the serving cloud reads it: the table key, and the chain of signed key sets from number 1
// to the one in force, each checked against the one before.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Hash } from '#protocol/ids.ts';
import { signerOf, type Signer } from '#protocol/signed/cose.ts';
import { keySetHash, verifyKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import { KeyFileError, readKeyFile, type KeyRole } from './key-file.ts';

export const ROOT_FOLDER = 'root';
export const KEY_SETS_FOLDER = 'key-sets';

export const keyFilePath = (keysFolder: string, role: KeyRole): string =>
  join(keysFolder, role === 'root' ? ROOT_FOLDER : '', `${role}.key`);

export const keySetPath = (keysFolder: string, number: number): string =>
  join(keysFolder, KEY_SETS_FOLDER, `${number}.cbor`);

export interface CloudKeys {
  readonly tableSigner: Signer;
  /** The key set in force; its number is the key epoch. */
  readonly keySet: KeySet;
  readonly keySetHash: Hash;
  /** Signed, number 1 first. */
  readonly keySets: readonly Uint8Array[];
}

/** Throws KeyFileError, and WireError for a chain that does not hold. */
export function loadKeys(keysFolder: string, engine: CryptoEngine): CloudKeys {
  const tableSigner = signerOf(engine, readKeyFile(keyFilePath(keysFolder, 'table'), 'table').secret);
  const keySets = readKeySets(keysFolder);
  let keySet: KeySet | undefined;
  for (const signed of keySets) keySet = verifyKeySet(engine, signed, keySet);
  const last = keySets.at(-1);
  if (keySet === undefined || last === undefined) {
    throw new KeyFileError('KEY_MISSING', `${keySetPath(keysFolder, 1)} is missing`, {
      next: 'Make the keys with `doorlab cloud keygen`.',
    });
  }
  if (!equalBytes(keySet.tableKey, tableSigner.publicKey)) {
    throw new KeyFileError('KEY_UNREADABLE', `table.key is not the table key of key set ${keySet.number}`);
  }
  return { tableSigner, keySet, keySetHash: keySetHash(engine, last), keySets };
}

function readKeySets(keysFolder: string): Uint8Array[] {
  let names: string[];
  try {
    names = readdirSync(join(keysFolder, KEY_SETS_FOLDER));
  } catch (error) {
    throw new KeyFileError('KEY_MISSING', `${keysFolder} holds no key sets`, {
      cause: error,
      next: 'Make the keys with `doorlab cloud keygen`.',
    });
  }
  const numbers = names.flatMap((name) => /^([1-9][0-9]*)\.cbor$/.exec(name)?.[1] ?? []).map(Number);
  return numbers
    .sort((a, b) => a - b)
    .map((number) => new Uint8Array(readFileSync(keySetPath(keysFolder, number))));
}
