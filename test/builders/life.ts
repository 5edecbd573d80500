// What the cloud signs to give a lock the time, to deactivate it, and to release it; and a lock to be live.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { signDeactivation } from '#protocol/signed/deactivation.ts';
import { signLiveProof } from '#protocol/signed/live-proof.ts';
import { signRelease } from '#protocol/signed/release.ts';
import { signTime } from '#protocol/signed/time.ts';
import { aKeySet, type BuiltKeySet } from './key-set.ts';
import { aLock, type BuiltLock } from './lock.ts';

export interface SpokenTo {
  readonly lock?: BuiltLock;
  readonly keySet?: BuiltKeySet;
  readonly engine?: CryptoEngine;
}

/** Signed by the time key, for that lock and nonce. */
export function aTime(nonce: Uint8Array, utcS: number, to: SpokenTo = {}): Uint8Array {
  const { engine = nodeEngine, lock = aLock(), keySet = aKeySet() } = to;
  return signTime(engine, keySet.time, lock.lockId, { format: 1, nonce, utcS });
}

/** Signed by the table key. */
export function aDeactivation(ownershipEpoch: number, to: SpokenTo = {}): Uint8Array {
  const { engine = nodeEngine, lock = aLock(), keySet = aKeySet() } = to;
  return signDeactivation(engine, keySet.table, lock.lockId, { format: 1, ownershipEpoch });
}

/** Signed by all roots of the key set, or by those given. */
export function aRelease(
  ownershipEpoch: number,
  to: SpokenTo & { readonly roots?: BuiltKeySet['roots'] } = {},
): Uint8Array {
  const { engine = nodeEngine, lock = aLock(), keySet = aKeySet(), roots = keySet.roots } = to;
  return signRelease(engine, { format: 1, lockId: lock.lockId, ownershipEpoch }, roots);
}

/** Signed by the lock, at ownership epoch 1 and boot 7 unless said otherwise. */
export function aLiveProof(
  nonce: Uint8Array,
  to: SpokenTo & { readonly ownershipEpoch?: number; readonly bootCount?: number } = {},
): Uint8Array {
  const { engine = nodeEngine, lock = aLock(), ownershipEpoch = 1, bootCount = 7 } = to;
  return signLiveProof(engine, lock.identity, lock.lockId, { format: 1, nonce, ownershipEpoch, bootCount });
}
