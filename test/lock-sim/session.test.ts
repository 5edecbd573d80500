// One connection's conversation as a table: what each message leads to in each phase, and what is refused by which code.
import { describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { hashOf } from '#protocol/ids.ts';
import { helloMac, MESSAGE } from '#protocol/sync/messages.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { LockFacts } from '#lock-sim/sync/facts.ts';
import { newSession } from '#lock-sim/sync/session-state.ts';
import { anActivation } from '#test/builders/activation.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet, reSigned } from '#test/builders/signed-set.ts';
import {
  lock,
  keySet,
  manifestOf,
  activation,
  CONNECTION_NONCE,
  ADVERT_NONCE,
  NONCES,
  owned,
  unowned,
  helloTo,
  step,
  greeted,
  offerOf,
  refusalOf,
} from './session-rig.ts';

describe('a greeting', () => {
  const fresh = newSession(CONNECTION_NONCE, ADVERT_NONCE);

  it('is answered after a right MAC over the connection nonce', () => {
    expect(step(fresh, helloTo(owned), owned).effects).toMatchObject([{ type: 'greet' }]);
  });

  it('is answered after a right MAC over the advert nonce', () => {
    const mac = helloMac(nodeEngine, owned.advertisingKey, 'advert', ADVERT_NONCE, NONCES);
    expect(step(fresh, helloTo(owned, { boundTo: 'advert', mac }), owned).effects).toMatchObject([
      { type: 'greet' },
    ]);
  });

  it.each<[string, ControlMessage, RefusalCode]>([
    ['under another key', helloTo(unowned), 'WRONG_MAC'],
    ['replayed under another nonce', helloTo(owned, { courierNonce: new Uint8Array(16) }), 'WRONG_MAC'],
    [
      'whose cloud nonce was exchanged',
      helloTo(owned, { cloudNonce: new Uint8Array(16).fill(1) }),
      'WRONG_MAC',
    ],
    ['of another version', helloTo(owned, { version: 2 }), 'PROTOCOL_VERSION'],
    ['that is no hello', { type: MESSAGE.offer, body: new Uint8Array(9) }, 'NOT_GREETED'],
  ])('%s ends the connection', (_, message, code) => {
    const result = step(fresh, message, owned);
    expect(refusalOf(result)).toBe(code);
    expect(result.effects.at(-1)).toEqual({ type: 'disconnect' });
    expect(result.session.phase).toBe('over');
    expect(step(result.session, helloTo(owned), owned).effects).toEqual([]);
  });

  it('that does not parse is refused with the parser code', () => {
    const result = step(fresh, { type: MESSAGE.hello, body: Uint8Array.of(0xa1) }, owned);
    expect(refusalOf(result)).toBe('TRUNCATED');
    expect(result.session.phase).toBe('over');
    expect(result.effects.at(-1)).toEqual({ type: 'disconnect' });
  });
});

describe('an offer', () => {
  const set = aSignedSet({ lock, keySet, tableVersion: 5 });
  const active = { triple: set.triple, tableHash: set.manifest.tableHash, manifestHash: set.manifestHash };
  const inForce: LockFacts = {
    ...owned,
    active,
    tableState: 'active',
    floor: set.triple,
    floorTableHash: active.tableHash,
  };
  const judge = (facts: LockFacts, manifestBytes: Uint8Array) =>
    step(greeted(facts), offerOf(manifestBytes), facts);
  const next = aSignedSet({ lock, keySet, tableVersion: 6 });

  it('that is newer is taken', () => {
    expect(judge(inForce, next.manifestBytes).effects).toMatchObject([{ type: 'receive', resumes: false }]);
  });

  it('equal to the table in force gets its receipt at once', () => {
    expect(judge(inForce, set.manifestBytes).effects).toEqual([{ type: 'send-receipt' }]);
  });

  it('whose stage is there already is resumed', () => {
    const stage = { manifestHash: next.manifestHash, triple: next.triple, isMoving: true };
    expect(judge({ ...inForce, stage }, next.manifestBytes).effects).toMatchObject([
      { type: 'receive', resumes: true },
    ]);
  });

  it('of the very table of the floor is taken by a degraded lock, another one of that version is not', () => {
    const degraded: LockFacts = { ...inForce, active: undefined, tableState: 'degraded' };
    expect(judge(degraded, set.manifestBytes).effects).toMatchObject([{ type: 'receive' }]);
    const other = aSignedSet({ lock, keySet, tableVersion: 5, rows: 4 });
    expect(refusalOf(judge(degraded, other.manifestBytes))).toBe('CONFLICT');
  });

  const moving = {
    manifestHash: hashOf(nodeEngine, new Uint8Array(1)),
    triple: { ...next.triple, tableVersion: 9 },
    isMoving: true,
  };
  const flipped = next.manifestBytes.slice();
  flipped[flipped.length - 1]! ^= 1;

  it.each<[string, LockFacts, Uint8Array, RefusalCode]>([
    ['that is older', inForce, manifestOf({ tableVersion: 4 }), 'STALE'],
    ['of the same version with another table', inForce, manifestOf({ tableVersion: 5, rows: 9 }), 'CONFLICT'],
    ['that jumps too far', inForce, manifestOf({ tableVersion: 5 + 65_536 }), 'JUMP_TOO_FAR'],
    ['of another ownership', inForce, manifestOf({ ownershipEpoch: 2 }), 'WRONG_OWNERSHIP'],
    [
      'for another lock',
      inForce,
      aSignedSet({ lock: aLock({ name: 'other' }), keySet, tableVersion: 6 }).manifestBytes,
      'WRONG_AUDIENCE',
    ],
    ['whose signature has a flipped bit', inForce, flipped, 'BAD_SIGNATURE'],
    [
      'by a table key that is not in force',
      inForce,
      aSignedSet({ lock, keySet: aKeySet({ seed: 2 }), tableVersion: 6 }).manifestBytes,
      'UNKNOWN_KEY',
    ],
    [
      'under a later key set',
      inForce,
      aSignedSet({ lock, keySet: aKeySet({ number: 2 }), tableVersion: 1 }).manifestBytes,
      'KEY_EPOCH',
    ],
    [
      'by the table key in force for a key set that is not',
      inForce,
      reSigned(next, { triple: { ...next.triple, keyEpoch: 4_000_000_000 } }),
      'KEY_EPOCH',
    ],
    [
      'that asks for newer firmware',
      inForce,
      manifestOf({ tableVersion: 6, minimumFirmware: 2 }),
      'FIRMWARE_TOO_OLD',
    ],
    ['of more rows than fit', { ...inForce, capacityRows: 2 }, next.manifestBytes, 'CAPACITY'],
    ['of more chunks than fit', { ...inForce, capacityChunks: 1 }, next.manifestBytes, 'CAPACITY'],
    ['below a stage that moves', { ...inForce, stage: moving }, next.manifestBytes, 'STAGE_BUSY'],
    [
      'of a delta from another base',
      inForce,
      reSigned(next, {
        kind: 'delta',
        baseHash: aSignedSet({ lock, keySet, rows: 9 }).manifest.tableHash,
        chunkCount: 1,
        chunkDigests: next.manifest.chunkDigests.slice(0, 32),
      }),
      'WRONG_BASE',
    ],
    ['that is cut short', inForce, next.manifestBytes.slice(0, -1), 'TRUNCATED'],
    ['before activation', unowned, next.manifestBytes, 'NOT_ACTIVATED'],
  ])('%s is refused with its code and nothing is written', (_, facts, manifestBytes, code) => {
    const result = judge(facts, manifestBytes);
    expect(refusalOf(result)).toBe(code);
    expect(result.effects).toHaveLength(1);
  });

  it('that is lower replaces a stage that stands still', () => {
    const facts = { ...inForce, stage: { ...moving, isMoving: false } };
    expect(judge(facts, next.manifestBytes).effects).toMatchObject([{ type: 'receive' }]);
  });

  it('raises an alarm only under a good signature', () => {
    const conflict = judge(inForce, manifestOf({ tableVersion: 5, rows: 9 }));
    expect(conflict.effects).toMatchObject([{ isAlarm: true }]);
    expect(judge(inForce, flipped).effects).toMatchObject([{ isAlarm: false }]);
  });
});

describe('key sets', () => {
  it('are followed one by one, signed by the old and the new roots', () => {
    const second = aKeySet({ number: 2 });
    const result = step(greeted(owned), { type: MESSAGE.keySet, body: second.bytes }, owned);
    expect(result.effects).toMatchObject([
      { type: 'adopt-key-set' },
      { type: 'answer-key-set', keySetNumber: 2 },
    ]);
    const third = aKeySet({ number: 3 });
    expect(refusalOf(step(greeted(owned), { type: MESSAGE.keySet, body: third.bytes }, owned))).toBe(
      'KEY_SET_OUT_OF_ORDER',
    );
    const foreign = aKeySet({ number: 2, roots: ['thief'] });
    expect(refusalOf(step(greeted(owned), { type: MESSAGE.keySet, body: foreign.bytes }, owned))).toBe(
      'TOO_FEW_SIGNATURES',
    );
  });

  it('are at most 16 on one connection', () => {
    let session = greeted(owned);
    const second = { type: MESSAGE.keySet, body: aKeySet({ number: 2 }).bytes };
    for (let i = 0; i < 16; i++) session = step(session, second, owned).session;
    expect(refusalOf(step(session, second, owned))).toBe('TOO_MANY_KEY_SETS');
  });
});

describe('an activation', () => {
  const propose = { type: MESSAGE.keySet, body: keySet.bytes };
  const ask = { type: MESSAGE.activate, body: activation.requestBytes };
  const grant = { type: MESSAGE.grant, body: activation.grantBytes };

  it('takes the key set, signs the statement, opens the grant, and answers a receipt', () => {
    const proposed = step(greeted(unowned), propose, unowned);
    expect(proposed.effects).toEqual([{ type: 'answer-key-set', keySetNumber: 1 }]);
    const asked = step(proposed.session, ask, unowned);
    expect(asked.effects).toEqual([{ type: 'send-statement', bytes: activation.statementBytes }]);
    const granted = step(asked.session, grant, unowned);
    expect(granted.effects).toMatchObject([
      { type: 'activate', secrets: lock.secrets },
      { type: 'send-receipt' },
    ]);
  });

  it.each<[string, LockFacts, readonly ControlMessage[], RefusalCode]>([
    ['without the physical action', { ...unowned, activationWindowOpen: false }, [propose], 'WINDOW_CLOSED'],
    ['once the window has closed', { ...unowned, activationWindowOpen: false }, [ask], 'WINDOW_CLOSED'],
    ['of a lock that has an owner', owned, [ask], 'ALREADY_ACTIVATED'],
    ['without its key set', unowned, [ask], 'UNKNOWN_KEY'],
    [
      'whose epoch does not rise',
      { ...unowned, floor: { ...unowned.floor, ownershipEpoch: 1 } },
      [propose, ask],
      'WRONG_OWNERSHIP',
    ],
    ['granted before it was asked for', unowned, [propose, grant], 'NOT_ACTIVATED'],
  ])('%s is refused', (_, facts, messages, code) => {
    let result = { session: greeted(facts), effects: [] } as ReturnType<typeof step>;
    for (const message of messages) result = step(result.session, message, facts);
    expect(refusalOf(result)).toBe(code);
  });

  it('by a grant for another statement is refused', () => {
    const other = anActivation({ lock, keySet, ownershipEpoch: 2 });
    const session = step(step(greeted(unowned), propose, unowned).session, ask, unowned).session;
    const result = step(session, { type: MESSAGE.grant, body: other.grantBytes }, unowned);
    expect(refusalOf(result)).toBe('WRONG_AUDIENCE');
  });

  it('ignores messages of no meaning with a refusal and goes on', () => {
    const result = step(greeted(unowned), { type: 99, body: new Uint8Array(0) }, unowned);
    expect(refusalOf(result)).toBe('UNKNOWN_MESSAGE');
    expect(step(result.session, propose, unowned).effects).toMatchObject([{ type: 'answer-key-set' }]);
  });
});
