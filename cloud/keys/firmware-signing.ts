// The firmware key at work, wherever it is kept: a keys folder that has the chain of key sets and that key, and maybe no
// other.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import { signerOf, type Signer } from '#protocol/signed/cose.ts';
import { findKey, verifyChain } from './cloud-keys.ts';
import { KeyFileError } from './key-file.ts';
import { readKeys, readKeySets } from './key-folder.ts';

export interface FirmwareSigning {
  readonly signer: Signer;
  /** The key set in force, which names the key. */
  readonly keySetNumber: number;
}

/** Throws KeyFileError, and WireError for a chain that does not hold. */
export function firmwareSigning(keysFolder: string, engine: CryptoEngine): FirmwareSigning {
  const chain = verifyChain(engine, readKeySets(keysFolder));
  const inForce = chain.at(-1);
  invariant(inForce, 'one key set at least');
  const key = findKey(readKeys(keysFolder, chain.length, engine), 'firmware', inForce);
  if (key === undefined) {
    throw new KeyFileError(
      'KEY_MISSING',
      `${keysFolder} has no firmware key of key set ${inForce.number}, which is in force`,
      { next: 'Where it is kept elsewhere, name that folder: --keys FOLDER, with the key sets in it.' },
    );
  }
  return { signer: signerOf(engine, key.secret), keySetNumber: inForce.number };
}
