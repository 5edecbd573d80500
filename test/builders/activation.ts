// An activation as it went: request, the lock's signed statement, and the cloud's grant of the lock's secrets.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import {
  ACTIVATION_NONCE_BYTES,
  encodeActivationRequest,
  signGrant,
  signStatement,
  verifyStatement,
  type ActivationRequest,
  type VerifiedStatement,
} from '#protocol/signed/activation.ts';
import { keySetHash } from '#protocol/signed/key-set.ts';
import { aKeySet, type BuiltKeySet } from './key-set.ts';
import { aLock, type BuiltLock } from './lock.ts';

export interface BuiltActivation {
  readonly request: ActivationRequest;
  readonly requestBytes: Uint8Array;
  readonly statementBytes: Uint8Array;
  readonly verified: VerifiedStatement;
  readonly grantBytes: Uint8Array;
  readonly lock: BuiltLock;
  readonly keySet: BuiltKeySet;
}

export interface ActivationOptions {
  readonly lock?: BuiltLock;
  readonly keySet?: BuiltKeySet;
  readonly ownershipEpoch?: number;
  readonly seed?: number | string;
  readonly engine?: CryptoEngine;
}

export function anActivation(options: ActivationOptions = {}): BuiltActivation {
  const { seed = 1, engine = nodeEngine, ownershipEpoch = 1 } = options;
  const { lock = aLock({ seed }), keySet = aKeySet({ seed }) } = options;
  const random = seededRandom(seed).fork(`activation/${lock.lockId.join('.')}/${ownershipEpoch}`);
  const request: ActivationRequest = {
    format: 1,
    nonce: random.fork('nonce').bytes(ACTIVATION_NONCE_BYTES),
    doorId: lock.doorId,
    ownershipEpoch,
    keySetHash: keySetHash(engine, keySet.bytes),
  };
  const statementBytes = signStatement(engine, lock.identity, {
    ...request,
    lockId: lock.lockId,
    identityKey: lock.identity.publicKey,
    sealingKey: lock.sealingKey,
    channelKey: lock.channelKey,
    capacityRows: lock.capacityRows,
    firmware: lock.firmware,
  });
  const verified = verifyStatement(engine, statementBytes, lock.labelHash);
  const grantBytes = signGrant(
    engine,
    keySet.table,
    random.fork('ephemeral').bytes(32),
    verified,
    lock.secrets,
  );
  const requestBytes = encodeActivationRequest(request);
  return { request, requestBytes, statementBytes, verified, grantBytes, lock, keySet };
}
