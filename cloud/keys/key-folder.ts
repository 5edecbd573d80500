// Where the cloud's keys lie: a folder for each key set, with the signed set and the keys that were made for it, and
// the root keys apart. A set is in force once its folder is there; it comes by one rename.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  KeyFileError,
  keyRoles,
  publicKeyOf,
  readKeyFile,
  type KeyRole,
  type SecretKey,
} from './key-file.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';

export const ROOT_FOLDER = 'root';
/** What a rotation has made and is not in force. */
export const NEXT_FOLDER = 'next';
const KEY_SET_FILE = 'key-set.cbor';

export const setFolder = (keysFolder: string, number: number): string => join(keysFolder, String(number));

export const keySetPath = (keysFolder: string, number: number): string =>
  join(setFolder(keysFolder, number), KEY_SET_FILE);

/** `number`: of the key set that the key was made for. Later ones may go on using it. */
export const keyFilePath = (keysFolder: string, role: KeyRole, number = 1): string =>
  role === 'root'
    ? join(keysFolder, ROOT_FOLDER, number === 1 ? 'root.key' : `root-${number}.key`)
    : join(setFolder(keysFolder, number), `${role}.key`);

export const keySetFileIn = (folder: string): string => join(folder, KEY_SET_FILE);

export interface KeyOnDisk extends SecretKey {
  readonly role: KeyRole;
  readonly file: string;
  readonly publicKey: Uint8Array;
}

/** Numbers of the key sets in force and before, ascending. Throws KEY_MISSING where there is no keys folder. */
export function keySetNumbers(keysFolder: string): number[] {
  let names: string[];
  try {
    names = readdirSync(keysFolder);
  } catch (error) {
    throw new KeyFileError('KEY_MISSING', `${keysFolder} can't be read`, { cause: error, next: MAKE_KEYS });
  }
  return names
    .filter((name) => /^[1-9][0-9]{0,9}$/.test(name) && existsSync(keySetPath(keysFolder, Number(name))))
    .map(Number)
    .sort((a, b) => a - b);
}

export const MAKE_KEYS = 'Make the keys with `doorlab cloud keygen`.';

/** The signed bytes of key set 1, 2, ... to the newest. Throws KEY_MISSING where one is left out. */
export function readKeySets(keysFolder: string): Uint8Array[] {
  const newest = keySetNumbers(keysFolder).at(-1) ?? 1;
  return Array.from({ length: newest }, (_, at) => {
    const file = keySetPath(keysFolder, at + 1);
    try {
      return new Uint8Array(readFileSync(file));
    } catch (error) {
      throw new KeyFileError('KEY_MISSING', `${file} can't be read`, {
        cause: error,
        next:
          at === 0 && newest === 1
            ? MAKE_KEYS
            : 'Put it back from where the keys were copied: none may be left out.',
      });
    }
  });
}

/** Every key of the sets up to `newest`, but for the roots. Throws KEY_TOO_OPEN, KEY_UNREADABLE. */
export function readKeys(keysFolder: string, newest: number, engine: CryptoEngine): KeyOnDisk[] {
  const found: KeyOnDisk[] = [];
  for (let number = 1; number <= newest; number++) {
    for (const role of keyRoles) {
      const file = keyFilePath(keysFolder, role, number);
      if (role !== 'root' && existsSync(file)) found.push(readKeyOnDisk(file, role, engine));
    }
  }
  return found;
}

/** Root keys that lie in the keys folder. Throws KEY_TOO_OPEN, KEY_UNREADABLE. */
export const readRootKeys = (keysFolder: string, engine: CryptoEngine): KeyOnDisk[] =>
  rootKeyFiles(keysFolder).map((file) => readKeyOnDisk(file, 'root', engine));

export function rootKeyFiles(keysFolder: string): string[] {
  const folder = join(keysFolder, ROOT_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.key'))
    .sort()
    .map((name) => join(folder, name));
}

export function readKeyOnDisk(file: string, role: KeyRole, engine: CryptoEngine): KeyOnDisk {
  const key = readKeyFile(file, role);
  return { ...key, role, file, publicKey: publicKeyOf(engine, role, key.secret) };
}
