// A lock as the cloud and a test know it: identity, key pairs and per-lock secrets, all drawn from one seed. The
// same seed and name give the same lock; another name gives another lock.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { asDoorId, lockIdOf, type DoorId, type Hash, type LockId } from '#protocol/ids.ts';
import { labelHashOf } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { LOCK_SECRET_BYTES, type LockSecrets } from '#protocol/signed/activation.ts';
import { signerOf, type Signer } from '#protocol/signed/cose.ts';

export interface BuiltLock {
  readonly identity: Signer;
  readonly lockId: LockId;
  readonly labelHash: Hash;
  readonly doorId: DoorId;
  /** X25519: tables and grants are sealed to it. */
  readonly sealingSecret: Uint8Array;
  readonly sealingKey: Uint8Array;
  /** X25519: the Noise static key. */
  readonly channelSecret: Uint8Array;
  readonly channelKey: Uint8Array;
  readonly secrets: LockSecrets;
  readonly capacityRows: number;
  readonly firmware: number;
}

export interface LockOptions {
  readonly name?: string;
  readonly seed?: number | string;
  readonly engine?: CryptoEngine;
  readonly capacityRows?: number;
  readonly firmware?: number;
}

export function aLock(options: LockOptions = {}): BuiltLock {
  const { name = 'front', seed = 1, engine = nodeEngine, capacityRows = 1_500, firmware = 1 } = options;
  const random = seededRandom(seed).fork(`lock/${name}`);
  const draw = (label: string): Uint8Array => random.fork(label).bytes(LOCK_SECRET_BYTES);
  const identity = signerOf(engine, draw('identity'));
  const sealingSecret = draw('sealing');
  const channelSecret = draw('channel');
  return {
    identity,
    lockId: lockIdOf(engine, identity.publicKey),
    labelHash: labelHashOf(engine, identity.publicKey),
    doorId: asDoorId(draw('door').subarray(0, 16))!,
    sealingSecret,
    sealingKey: engine.x25519PublicKey(sealingSecret),
    channelSecret,
    channelKey: engine.x25519PublicKey(channelSecret),
    secrets: {
      credentialKey: draw('credential'),
      dailyKey: draw('daily'),
      advertisingKey: draw('advertising'),
    },
    capacityRows,
    firmware,
  };
}
