// What the lock signs for the network part in its own housing, and for nobody on the air. WIRE 18.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import { signLiveProof } from '#protocol/signed/live-proof.ts';
import type { Firmware } from './firmware.ts';
import type { SecureContents } from './secure-element/secure-contents.ts';

/** Undefined without an owner: there is nobody to prove anything to. */
export function liveProof(
  engine: CryptoEngine,
  { identitySeed, lockSecrets, floor }: SecureContents,
  { lockId, storage }: Firmware,
  nonce: Uint8Array,
): Uint8Array | undefined {
  if (lockSecrets === null) return undefined;
  const { ownershipEpoch } = floor.triple;
  const { bootCount } = storage.settings.values;
  const identity = signerOf(engine, identitySeed);
  return signLiveProof(engine, identity, lockId, { format: 1, nonce, ownershipEpoch, bootCount });
}
