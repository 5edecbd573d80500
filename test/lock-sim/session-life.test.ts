// Signed time and the end of an ownership as a table: what each message leads to in each state of the lock.
import { describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { keySetHash } from '#protocol/signed/key-set.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import type { LockFacts } from '#lock-sim/sync/facts.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aDeactivation, aRelease, aTime } from '#test/builders/life.ts';
import {
  lock,
  keySet,
  manifestOf,
  activation,
  owned,
  unowned,
  keys,
  step,
  greeted,
  offerOf,
  refusalOf,
} from './session-rig.ts';

describe('signed time in a conversation', () => {
  const request = { type: MESSAGE.timeRequest, body: new Uint8Array(0) };
  const timeAt = (facts: LockFacts, utcS: number, nonce = keys.timeNonce()) => {
    const asked = step(greeted(facts), request, facts).session;
    const body = aTime(nonce, utcS, { lock, keySet });
    return step(asked, { type: MESSAGE.time, body }, { ...facts, monotonicMs: facts.monotonicMs + 500 });
  };
  const { floorS } = owned.clockFloor;

  it.each<[string, ReturnType<typeof step>, object[]]>([
    ['asked for draws a nonce', step(greeted(owned), request, owned), [{ type: 'send-time-challenge' }]],
    [
      'that answers it sets the clock and is answered',
      timeAt(owned, floorS + 5),
      [{ type: 'set-clock', setting: { utcS: floorS + 5, uncertaintyS: 2 } }, { type: 'answer-time' }],
    ],
    [
      'that answers another raises the floor and is answered',
      timeAt(owned, floorS + 5, new Uint8Array(16)),
      [{ type: 'raise-clock-floor', floorS: floorS + 5 }, { type: 'answer-time' }],
    ],
    [
      'at the floor, for another, is answered alone',
      timeAt(owned, floorS, new Uint8Array(16)),
      [{ type: 'answer-time' }],
    ],
    [
      'below the floor is refused',
      timeAt(owned, floorS - 1),
      [{ code: 'TIME_BEFORE_FLOOR', isAlarm: false }],
    ],
  ])('%s', (_, { effects }, expected) => {
    expect(effects).toMatchObject(expected);
    expect(effects).toHaveLength(expected.length);
  });

  it('uses the challenge up by the statement that bears it and by no other', () => {
    const challengeAfter = ({ session }: ReturnType<typeof step>) =>
      session.phase === 'greeted' ? session.challenge : undefined;
    expect(challengeAfter(timeAt(owned, floorS + 5))).toBeUndefined();
    expect(challengeAfter(timeAt(owned, floorS - 5))).toBeUndefined();
    expect(challengeAfter(timeAt(owned, floorS + 5, new Uint8Array(16)))).toBeDefined();
  });
});

describe('the end of an ownership in a conversation', () => {
  const reset: LockFacts = { ...owned, activated: false, floor: { ...owned.floor, tableVersion: 3 } };
  const deactivated: LockFacts = { ...reset, floor: { ownershipEpoch: 2, keyEpoch: 0, tableVersion: 0 } };
  const deactivate = { type: MESSAGE.deactivate, body: aDeactivation(2, { lock, keySet }) };
  const release = { type: MESSAGE.release, body: aRelease(2, { lock, keySet }) };
  const done = (type: string) => [{ type, ownershipEpoch: 2 }, { type: 'send-receipt' }];
  const receipt = [{ type: 'send-receipt' }];

  it.each<[string, LockFacts, ControlMessage, object[]]>([
    ['deactivate, activated', owned, deactivate, done('deactivate')],
    ['deactivate, reset', reset, deactivate, done('deactivate')],
    ['deactivate, deactivated by the same', deactivated, deactivate, receipt],
    [
      'deactivate, deactivated by another',
      deactivated,
      { ...deactivate, body: aDeactivation(3, { lock, keySet }) },
      [{ code: 'NOT_ACTIVATED' }],
    ],
    ['deactivate, without an owner', unowned, deactivate, [{ code: 'NOT_ACTIVATED' }]],
    ['release, activated', owned, release, done('release')],
    ['release, reset', reset, release, done('release')],
    ['release, deactivated', deactivated, { ...release, body: aRelease(3, { lock, keySet }) }, [{}, {}]],
    ['release, at that epoch already and owned', deactivated, release, [{ code: 'WRONG_OWNERSHIP' }]],
    ['release, released', { ...unowned, floor: deactivated.floor }, release, receipt],
    ['release, new', unowned, release, [{ code: 'NOT_ACTIVATED' }]],
    ['an offer, reset', reset, offerOf(manifestOf({ tableVersion: 9 })), [{ code: 'NOT_ACTIVATED' }]],
    [
      'the pinned key set, reset',
      reset,
      { type: MESSAGE.keySet, body: keySet.bytes },
      [{ type: 'answer-key-set', keySetNumber: 1 }],
    ],
    [
      'the next key set, reset',
      reset,
      { type: MESSAGE.keySet, body: aKeySet({ number: 2 }).bytes },
      [{ type: 'adopt-key-set' }, { type: 'answer-key-set', keySetNumber: 2 }],
    ],
  ])('%s', (_, facts, message, expected) => {
    const { effects } = step(greeted(facts), message, facts);
    expect(effects).toMatchObject(expected);
    expect(effects).toHaveLength(expected.length);
  });

  it('takes no grant for a statement that was made before it', () => {
    const ask = { type: MESSAGE.activate, body: activation.requestBytes };
    const facts = { ...unowned, keySet: keySet.keySet, keySetHash: keySetHash(nodeEngine, keySet.bytes) };
    const proposed = step(greeted(facts), { type: MESSAGE.keySet, body: keySet.bytes }, facts).session;
    const asked = step(proposed, ask, facts).session;
    const rotated = step(asked, { type: MESSAGE.keySet, body: aKeySet({ number: 2 }).bytes }, facts).session;
    const grant = { type: MESSAGE.grant, body: activation.grantBytes };
    expect(step(asked, grant, facts).effects).toMatchObject([{ type: 'activate' }, { type: 'send-receipt' }]);
    expect(refusalOf(step(rotated, grant, facts))).toBe('NOT_ACTIVATED');
  });
});
