// Vectors of signed time, of deactivation, of release and of the live proof.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { concat, utf8 } from '#protocol/bytes.ts';
import { keyId, parseSign1, type Role, type Signer } from '#protocol/signed/cose.ts';
import { encodeTimeAnswer, encodeTimeChallenge } from '#protocol/sync/time-messages.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { aKeySet } from '../key-set.ts';
import { aDeactivation, aLiveProof, aRelease, aTime } from '../life.ts';
import { aLock } from '../lock.ts';
import type { VectorMaker } from './vector-file.ts';

const MAX_BYTES = 512;
const UTC_S = 1_772_355_600;

export const lifeVectors: VectorMaker = (engine) => ({
  time: {
    about: 'A challenge, the statement that answers it, and what the lock says then.',
    wire: '15',
    cases: timeCases(engine),
  },
  deactivation: {
    about: 'A deactivation of a lock at ownership epoch 1.',
    wire: '16.1',
    cases: { deactivation: deactivationCase(engine) },
  },
  release: {
    about: 'A release of a lock by two of its three root keys.',
    wire: '16.3',
    cases: { release: releaseCase(engine) },
  },
  'live-proof': {
    about: 'What a lock with a network of its own shows the cloud.',
    wire: '18',
    cases: { proof: liveProofCase(engine) },
  },
});

function timeCases(engine: CryptoEngine) {
  const [lock, keySet] = [aLock({ engine }), aKeySet({ engine })];
  const challenge = { nonce: seededRandom(1).fork('time').bytes(16) };
  const bytes = aTime(challenge.nonce, UTC_S, { engine, lock, keySet });
  const trusted = { trust: 'trusted', lockTimeS: UTC_S, uncertaintyS: 2 } as const;
  const lost = { trust: 'lost', lockTimeS: UTC_S, uncertaintyS: 0xffff_ffff } as const;
  return {
    challenge: { challenge, bytes: encodeTimeChallenge(challenge) },
    statement: {
      statement: { format: 1, nonce: challenge.nonce, utcS: UTC_S },
      ...signed(keySet.time, 'time', lock.lockId, bytes),
    },
    'answer-trusted': { answer: trusted, bytes: encodeTimeAnswer(trusted) },
    'answer-lost': { answer: lost, bytes: encodeTimeAnswer(lost) },
  };
}

function deactivationCase(engine: CryptoEngine) {
  const [lock, keySet] = [aLock({ engine }), aKeySet({ engine })];
  const bytes = aDeactivation(2, { engine, lock, keySet });
  return {
    deactivation: { format: 1, ownershipEpoch: 2 },
    ...signed(keySet.table, 'deactivation', lock.lockId, bytes),
  };
}

function liveProofCase(engine: CryptoEngine) {
  const lock = aLock({ engine });
  const nonce = seededRandom(1).fork('live').bytes(32);
  const bytes = aLiveProof(nonce, { engine, lock });
  return {
    proof: { format: 1, nonce, ownershipEpoch: 1, bootCount: 7 },
    ...signed(lock.identity, 'live-proof', lock.lockId, bytes),
  };
}

function releaseCase(engine: CryptoEngine) {
  const lock = aLock({ engine });
  const keySet = aKeySet({ engine, roots: ['b', 'c', 'd'], threshold: 2 });
  const roots = keySet.roots.slice(0, 2);
  return {
    rootSeeds: roots.map((root) => root.seed),
    rootKeyIds: roots.map((root) => keyId(engine, root.publicKey)),
    release: { format: 1, lockId: lock.lockId, ownershipEpoch: 3 },
    bytes: aRelease(3, { engine, lock, keySet, roots }),
  };
}

function signed(signer: Signer, role: Role, audience: Uint8Array, bytes: Uint8Array) {
  const { kid, payload, signature, toBeSigned } = parseSign1(bytes, MAX_BYTES, role, audience);
  return {
    lockId: audience,
    signerSeed: signer.seed,
    signerPublicKey: signer.publicKey,
    kid,
    externalAad: concat(utf8(`doorlab/${role}/1`), Uint8Array.of(0), audience),
    payload,
    sigStructure: toBeSigned,
    signature,
    bytes,
  };
}
