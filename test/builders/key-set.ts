// The cloud's keys: a signed key set with the secrets behind it. By default set 1 with one root (1 of 1); a later
// number is signed by the roots that `signedBy` names, its own where left out. Roots and keys follow from the
// seed and their labels, so that set 2 keeps the roots of set 1 unless it asks for others.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { signerOf, type Signer } from '#protocol/signed/cose.ts';
import { signKeySet, type KeySet } from '#protocol/signed/key-set.ts';

export interface BuiltKeySet {
  readonly keySet: KeySet;
  /** As it goes over the air. */
  readonly bytes: Uint8Array;
  readonly roots: readonly Signer[];
  readonly table: Signer;
  readonly time: Signer;
  readonly firmware: Signer;
  /** X25519. */
  readonly logSecret: Uint8Array;
}

export interface KeySetOptions {
  readonly number?: number;
  readonly threshold?: number;
  /** One label a root key: the same label is the same key. */
  readonly roots?: readonly string[];
  readonly signedBy?: readonly string[];
  /** Likewise, of the firmware key. */
  readonly firmware?: string;
  readonly issuedAtS?: number;
  readonly seed?: number | string;
  readonly engine?: CryptoEngine;
}

export function aKeySet(options: KeySetOptions = {}): BuiltKeySet {
  const { number = 1, roots = ['root'], threshold = roots.length, issuedAtS = 1_700_000_000 } = options;
  const { signedBy = roots, firmware: firmwareLabel = 'firmware', seed = 1, engine = nodeEngine } = options;
  const random = seededRandom(seed).fork('cloud');
  const signer = (label: string): Signer => signerOf(engine, random.fork(label).bytes(32));
  const rootSigners = roots.map((label) => signer(`root/${label}`));
  const [table, time, firmware] = [
    signer(`table/${number}`),
    signer(`time/${number}`),
    signer(firmwareLabel),
  ];
  const logSecret = random.fork(`log/${number}`).bytes(32);
  const keySet: KeySet = {
    format: 1,
    number,
    issuedAtS,
    threshold,
    rootKeys: rootSigners.map((root) => root.publicKey),
    tableKey: table.publicKey,
    timeKey: time.publicKey,
    firmwareKey: firmware.publicKey,
    logKey: engine.x25519PublicKey(logSecret),
  };
  const signers = signedBy.map((label) => signer(`root/${label}`));
  return {
    keySet,
    bytes: signKeySet(engine, keySet, signers),
    roots: rootSigners,
    table,
    time,
    firmware,
    logSecret,
  };
}
