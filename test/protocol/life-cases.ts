// Of signed time, of what ends an ownership, and of the live proof: each message with its encoder, its decoder and values
// to try.
import fc from 'fast-check';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { signDeactivation, verifyDeactivation } from '#protocol/signed/deactivation.ts';
import { signLiveProof, verifyLiveProof } from '#protocol/signed/live-proof.ts';
import { readRelease, signRelease, verifyRelease } from '#protocol/signed/release.ts';
import { signTime, verifyTime } from '#protocol/signed/time.ts';
import {
  decodeTimeAnswer,
  decodeTimeChallenge,
  encodeTimeAnswer,
  encodeTimeChallenge,
} from '#protocol/sync/time-messages.ts';
import { anInt, anU32, someBytes } from '../builders/arbitraries.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { messageCase, type MessageCase } from './message-case.ts';

const lock = aLock();
const { keySet, table, time, roots } = aKeySet();
const signer = lock.identity;
const one = fc.constant(1 as const);
const aReleaseValue = fc.record({
  format: fc.constant(1 as const),
  lockId: fc.constant(lock.lockId),
  ownershipEpoch: anInt(1, 0xffff_ffff),
});

export const LIFE_MESSAGES: readonly MessageCase[] = [
  messageCase(
    'time statement',
    fc.record({ format: one, nonce: someBytes(16), utcS: anU32 }),
    (value) => signTime(engine, time, lock.lockId, value),
    (input) => verifyTime(engine, input, lock.lockId, time.publicKey),
  ),
  messageCase(
    'deactivation',
    fc.record({ format: one, ownershipEpoch: anInt(1, 0xffff_ffff) }),
    (value) => signDeactivation(engine, table, lock.lockId, value),
    (input) => verifyDeactivation(engine, input, lock.lockId, table.publicKey),
  ),
  messageCase(
    'release',
    aReleaseValue,
    (value) => signRelease(engine, value, roots),
    (input) => verifyRelease(engine, input, lock.lockId, keySet),
  ),
  messageCase(
    'release, unverified',
    aReleaseValue,
    (value) => signRelease(engine, value, roots),
    (input) => readRelease(input, lock.lockId),
  ),
  messageCase(
    'live proof',
    fc.record({ format: one, nonce: someBytes(32), ownershipEpoch: anU32, bootCount: anU32 }),
    (value) => signLiveProof(engine, signer, lock.lockId, value),
    (input) => verifyLiveProof(engine, input, lock.lockId, signer.publicKey),
  ),
  messageCase(
    'time challenge',
    fc.record({ nonce: someBytes(16) }),
    encodeTimeChallenge,
    decodeTimeChallenge,
  ),
  messageCase(
    'time answer',
    fc.record({
      trust: fc.constantFrom('trusted' as const, 'drifting' as const, 'lost' as const),
      lockTimeS: anU32,
      uncertaintyS: anU32,
    }),
    encodeTimeAnswer,
    decodeTimeAnswer,
  ),
];
