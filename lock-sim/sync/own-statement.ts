// What a lock says of itself at its activation, signed by its identity key: its keys, and what it can hold. WIRE 10.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { signStatement, verifyStatement, type ActivationRequest } from '#protocol/signed/activation.ts';
import type { Signer } from '#protocol/signed/cose.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import type { LockFacts } from './facts.ts';
import type { SessionKeys } from './session-state.ts';

export interface StatementParts {
  readonly engine: CryptoEngine;
  readonly secure: SecureElement;
  readonly identity: Signer;
  readonly labelHash: Uint8Array;
}

export function signOwnStatement(
  { engine, secure, identity, labelHash }: StatementParts,
  request: ActivationRequest,
  { lockId, capacityRows, firmware }: LockFacts,
): ReturnType<SessionKeys['sign']> {
  const { sealingSecret, channelSecret } = secure.contents;
  const bytes = signStatement(engine, identity, {
    ...request,
    lockId,
    identityKey: identity.publicKey,
    sealingKey: engine.x25519PublicKey(sealingSecret),
    channelKey: engine.x25519PublicKey(channelSecret),
    capacityRows,
    firmware,
  });
  return { bytes, hash: verifyStatement(engine, bytes, labelHash).hash };
}
