// What lies in a keys folder, looked at without trust: every key with its age and place, what could not be read, and
// the key set in force where the chain holds. Nothing of it leaves with a secret.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { KeySet } from '#protocol/signed/key-set.ts';
import { findKey, servingRoles, verifyChain } from './cloud-keys.ts';
import { keyRoles, type KeyRole } from './key-file.ts';
import { NEXT_FOLDER, readKeyOnDisk, readKeySets, type KeyOnDisk } from './key-folder.ts';
import { fingerprintOf } from './sign-request.ts';

export interface ReportedKey {
  readonly role: KeyRole;
  readonly file: string;
  readonly fingerprint: string;
  readonly createdAtS: number;
  readonly use: 'in-force' | 'past' | 'next' | 'unused';
  /** Of the newest key set that names it; undefined where none does. */
  readonly keySet: number | undefined;
}

export interface KeyReport {
  readonly folder: string;
  readonly isThere: boolean;
  readonly keys: readonly ReportedKey[];
  /** Paths that others than the owner may use. */
  readonly open: readonly string[];
  /** What can't be read, with its reason. */
  readonly unreadable: readonly string[];
  /** Key sets 1, 2, ...; empty where the chain does not hold. */
  readonly chain: readonly KeySet[];
  readonly chainTrouble: string | undefined;
  /** Keys whose secret is no secret, and keys that stand for two roles. */
  readonly weak: readonly string[];
  /** Roles of the set in force whose secret is not here. */
  readonly missing: readonly KeyRole[];
  /** Past key sets whose log key is not here. */
  readonly logKeysGone: readonly number[];
}

const OTHERS_MAY = 0o077;
/** 32 random bytes have fewer different ones once in more than 2^100. */
const DISTINCT_BYTES_MIN = 8;

/** Never throws: what is wrong stands in it. */
export function reportKeys(keysFolder: string, engine: CryptoEngine): KeyReport {
  if (!existsSync(keysFolder)) return { ...NOTHING, folder: keysFolder };
  const unreadable: string[] = [];
  const files = filesIn(keysFolder, unreadable);
  const keys = files
    .filter((file) => file.endsWith('.key'))
    .flatMap((file) => readOne(file, engine, unreadable));
  const { chain, trouble } = chainOf(keysFolder, engine);
  const inForce = chain.at(-1);
  return {
    folder: keysFolder,
    isThere: true,
    keys: keys.map((key) => reported(key, chain, keysFolder, engine)),
    open: process.platform === 'win32' ? [] : [keysFolder, ...files].filter(isOpen),
    unreadable,
    chain,
    chainTrouble: trouble,
    weak: weakOf(keys),
    missing:
      inForce === undefined ? [] : servingRoles.filter((role) => findKey(keys, role, inForce) === undefined),
    logKeysGone: chain
      .slice(0, -1)
      .filter((set) => findKey(keys, 'log', set) === undefined)
      .map(({ number }) => number),
  };
}

const NOTHING: Omit<KeyReport, 'folder'> = {
  isThere: false,
  keys: [],
  open: [],
  unreadable: [],
  chain: [],
  chainTrouble: undefined,
  weak: [],
  missing: [],
  logKeysGone: [],
};

function filesIn(folder: string, unreadable: string[]): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    unreadable.push(messageOf(error));
    return [];
  }
}

/** Public halves and requests are for everybody; the folder keeps them anyway. */
function isOpen(path: string): boolean {
  try {
    const stat = statSync(path);
    return (stat.mode & OTHERS_MAY) !== 0 && (stat.isDirectory() || path.endsWith('.key'));
  } catch {
    return false;
  }
}

function readOne(file: string, engine: CryptoEngine, unreadable: string[]): KeyOnDisk[] {
  const role =
    keyRoles.find((known) => new RegExp(`(^|[/\\\\])${known}(-[0-9]+)?\\.key$`).test(file)) ?? 'root';
  try {
    return [readKeyOnDisk(file, role, engine)];
  } catch (error) {
    unreadable.push(messageOf(error));
    return [];
  }
}

function chainOf(keysFolder: string, engine: CryptoEngine): { chain: KeySet[]; trouble: string | undefined } {
  try {
    return { chain: verifyChain(engine, readKeySets(keysFolder)), trouble: undefined };
  } catch (error) {
    return { chain: [], trouble: messageOf(error) };
  }
}

function reported(
  { role, file, publicKey, createdAtS }: KeyOnDisk,
  chain: readonly KeySet[],
  keysFolder: string,
  engine: CryptoEngine,
): ReportedKey {
  const hex = encodeHex(publicKey);
  const naming = chain.filter((set) => publicKeysOf(set, role).some((key) => encodeHex(key) === hex)).at(-1);
  const isNext = file.startsWith(join(keysFolder, NEXT_FOLDER) + sep);
  const past = naming === undefined ? 'unused' : 'past';
  const use = isNext ? 'next' : naming !== undefined && naming === chain.at(-1) ? 'in-force' : past;
  return {
    role,
    file,
    fingerprint: fingerprintOf(engine, publicKey),
    createdAtS,
    use,
    keySet: naming?.number,
  };
}

export function publicKeysOf(keySet: KeySet, role: KeyRole): readonly Uint8Array[] {
  switch (role) {
    case 'root':
      return keySet.rootKeys;
    case 'table':
      return [keySet.tableKey];
    case 'time':
      return [keySet.timeKey];
    case 'firmware':
      return [keySet.firmwareKey];
    case 'log':
      return [keySet.logKey];
  }
}

function weakOf(keys: readonly KeyOnDisk[]): string[] {
  const guessable = keys
    .filter(({ secret }) => new Set(secret).size < DISTINCT_BYTES_MIN)
    .map(({ file }) => `${file} holds no random key`);
  const bySecret = new Map<string, KeyOnDisk>();
  const twice: string[] = [];
  for (const key of keys) {
    const hex = encodeHex(key.secret);
    const other = bySecret.get(hex);
    if (other === undefined) bySecret.set(hex, key);
    else if (other.role !== key.role) twice.push(`${other.file} and ${key.file} are one key`);
  }
  return [...guessable, ...twice];
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
