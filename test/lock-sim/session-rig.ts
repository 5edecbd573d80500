// A conversation without its shell: facts of a lock with an owner and of one without, and what is said to it.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { labelAdvertisingKey } from '#protocol/label.ts';
import { keySetHash } from '#protocol/signed/key-set.ts';
import { encodeHello, encodeOffer, helloMac, MESSAGE, type Hello } from '#protocol/sync/messages.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { LockFacts } from '#lock-sim/sync/facts.ts';
import { newSession, type Session, type SessionKeys } from '#lock-sim/sync/session-state.ts';
import { stepSession } from '#lock-sim/sync/session.ts';
import { anActivation } from '#test/builders/activation.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet, type SetOptions } from '#test/builders/signed-set.ts';

export const lock = aLock();
export const keySet = aKeySet();
export const manifestOf = (over: SetOptions): Uint8Array =>
  aSignedSet({ lock, keySet, ...over }).manifestBytes;
export const activation = anActivation({ lock, keySet });
export const CONNECTION_NONCE = new Uint8Array(8).fill(3);
export const ADVERT_NONCE = new Uint8Array(4).fill(4);
export const COURIER_NONCE = new Uint8Array(16).fill(5);
/** What a hello says, and its MAC covers. */
export const NONCES = { courierNonce: COURIER_NONCE, cloudNonce: new Uint8Array(16) };

export const owned: LockFacts = {
  lockId: lock.lockId,
  keySet: keySet.keySet,
  activated: true,
  advertisingKey: lock.secrets.advertisingKey,
  tableState: 'none',
  active: undefined,
  floor: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 0 },
  floorTableHash: null,
  firmware: 1,
  capacityRows: 1_500,
  capacityChunks: 13,
  stage: undefined,
  activationWindowOpen: false,
  keySetHash: keySetHash(nodeEngine, keySet.bytes),
  batteryPercent: 100,
  monotonicMs: 0,
  clockFloor: { floorS: 1_700_000_000, keyEpoch: 1 },
  log: { acknowledged: 0, chainAt: () => undefined },
  update: { confirmed: 1, trial: undefined, capacityChunks: 16, heldBackUpTo: 0 },
};
export const unowned: LockFacts = {
  ...owned,
  keySet: undefined,
  keySetHash: undefined,
  activated: false,
  advertisingKey: labelAdvertisingKey(nodeEngine, lock.labelHash),
  floor: { ownershipEpoch: 0, keyEpoch: 0, tableVersion: 0 },
  activationWindowOpen: true,
};
export const keys: SessionKeys = {
  sign: () => ({ bytes: activation.statementBytes, hash: activation.verified.hash }),
  sealingSecret: lock.sealingSecret,
  timeNonce: () => new Uint8Array(16).fill(6),
};

export function helloTo(facts: LockFacts, over: Partial<Hello> = {}): ControlMessage {
  const mac = helloMac(nodeEngine, facts.advertisingKey, 'connection', CONNECTION_NONCE, NONCES);
  const hello: Hello = {
    version: 1,
    ...NONCES,
    boundTo: 'connection',
    mac,
    ...over,
  };
  return { type: MESSAGE.hello, body: encodeHello(hello) };
}

export const step = (session: Session, message: ControlMessage, facts: LockFacts) =>
  stepSession(nodeEngine, session, message, facts, keys);

export const greeted = (facts: LockFacts): Session =>
  step(newSession(CONNECTION_NONCE, ADVERT_NONCE), helloTo(facts), facts).session;

export const offerOf = (manifestBytes: Uint8Array): ControlMessage => ({
  type: MESSAGE.offer,
  body: encodeOffer({ offerId: 1, frameBytes: 241, manifestBytes }),
});

export const refusalOf = (result: ReturnType<typeof step>): RefusalCode | undefined =>
  result.effects.map((effect) => (effect.type === 'refuse' ? effect.code : undefined)).find(Boolean);
