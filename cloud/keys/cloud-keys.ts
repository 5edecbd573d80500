// The keys as the serving cloud holds them: those of the key set in force, every log secret that batches may still be
// sealed to, and the chain of signed key sets from number 1, each checked against the one before.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import type { Hash } from '#protocol/ids.ts';
import { signerOf, type Signer } from '#protocol/signed/cose.ts';
import { keySetHash, verifyKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import { KeyFileError, type KeyRole } from './key-file.ts';
import { readKeys, readKeySets, setFolder, type KeyOnDisk } from './key-folder.ts';

export const servingRoles = ['table', 'time', 'firmware', 'log'] as const satisfies readonly KeyRole[];
export type ServingRole = (typeof servingRoles)[number];

export interface CloudKeys {
  /** Signs manifests, activation grants and deactivations. */
  readonly tableSigner: Signer;
  /** Signs time and log acknowledgements. */
  readonly timeSigner: Signer;
  /** Undefined where the firmware key is kept elsewhere. */
  readonly firmwareSigner: Signer | undefined;
  /** What the batches of a lock at that key set are sealed to; undefined where the key is not here (any more). */
  readonly logSecretOf: (keySetNumber: number) => Uint8Array | undefined;
  /** The key set in force; its number is the key epoch. */
  readonly keySet: KeySet;
  readonly keySetHash: Hash;
  /** Undefined for a number that is not there yet. */
  readonly keySetHashOf: (keySetNumber: number) => Hash | undefined;
  /** Signed, number 1 first. */
  readonly keySets: readonly Uint8Array[];
}

/** Throws KeyFileError, and WireError for a chain that does not hold. */
export function loadKeys(keysFolder: string, engine: CryptoEngine): CloudKeys {
  const signed = readKeySets(keysFolder);
  const chain = verifyChain(engine, signed);
  const keySet = chain.at(-1);
  invariant(keySet, 'one key set at least');
  const hashes = signed.map((bytes) => keySetHash(engine, bytes));
  const hash = hashes.at(-1);
  invariant(hash, 'one hash a key set');
  const keys = readKeys(keysFolder, chain.length, engine);
  const needed = (role: ServingRole): KeyOnDisk => {
    const found = findKey(keys, role, keySet);
    if (found !== undefined) return found;
    throw missing(keysFolder, role, keySet, keys);
  };
  const firmware = findKey(keys, 'firmware', keySet);
  // Without it nobody could read what the locks of today seal; older ones may be gone.
  needed('log');
  const logSecrets = chain.map((set) => findKey(keys, 'log', set)?.secret);
  return {
    tableSigner: signerOf(engine, needed('table').secret),
    timeSigner: signerOf(engine, needed('time').secret),
    firmwareSigner: firmware === undefined ? undefined : signerOf(engine, firmware.secret),
    logSecretOf: (number) => logSecrets[number - 1],
    keySet,
    keySetHash: hash,
    keySetHashOf: (number) => hashes[number - 1],
    keySets: signed,
  };
}

/** Key sets 1, 2, ...: each follows from the one before. Throws WireError. */
export function verifyChain(engine: CryptoEngine, signed: readonly Uint8Array[]): KeySet[] {
  const chain: KeySet[] = [];
  for (const bytes of signed) {
    const keySet = verifyKeySet(engine, bytes, chain.at(-1));
    if (keySet.number !== chain.length + 1) {
      throw new KeyFileError(
        'KEY_UNREADABLE',
        `key set ${keySet.number} lies where ${chain.length + 1} belongs`,
        {
          next: 'Put the key sets back from where the keys were copied, each into the folder of its number.',
        },
      );
    }
    chain.push(keySet);
  }
  return chain;
}

export function publicKeyIn(keySet: KeySet, role: ServingRole): Uint8Array {
  switch (role) {
    case 'table':
      return keySet.tableKey;
    case 'time':
      return keySet.timeKey;
    case 'firmware':
      return keySet.firmwareKey;
    case 'log':
      return keySet.logKey;
  }
}

/** Found by what it is, whichever set it was made for: a set names a key again that was not rotated. */
export const findKey = (
  keys: readonly KeyOnDisk[],
  role: ServingRole,
  keySet: KeySet,
): KeyOnDisk | undefined =>
  keys.find((key) => key.role === role && equalBytes(key.publicKey, publicKeyIn(keySet, role)));

function missing(
  keysFolder: string,
  role: ServingRole,
  { number }: KeySet,
  keys: readonly KeyOnDisk[],
): KeyFileError {
  const others = keys.filter((key) => key.role === role);
  const next = `Put ${role}.key of key set ${number} into ${setFolder(keysFolder, number)}.`;
  return others.length === 0
    ? new KeyFileError('KEY_MISSING', `the ${role} key of key set ${number} is missing`, { next })
    : new KeyFileError('KEY_UNREADABLE', `no ${role}.key is the ${role} key of key set ${number}`, { next });
}
