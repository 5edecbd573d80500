// Whose lock it is: key sets, activation, deactivation and release within a conversation. WIRE 10, 16.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { KEY_SET_STEPS_PER_CONNECTION_MAX } from '#protocol/limits.ts';
import { activationReceiptNonce, decodeActivationRequest, openGrant } from '#protocol/signed/activation.ts';
import { keySetHash, verifyKeySet } from '#protocol/signed/key-set.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import {
  judgeDeactivation,
  judgeEpoch,
  judgeOwnersKeySet,
  judgeRelease,
  type LifeVerdict,
} from '../life/judge-life.ts';
import { isEnoughForActivation } from '../mechanics/battery.ts';
import type { LockFacts } from './facts.ts';
import { refuse, type Greeted, type SessionKeys, type Step } from './session-state.ts';

export function takeKeySet(engine: CryptoEngine, session: Greeted, body: Uint8Array, facts: LockFacts): Step {
  if (session.keySetSteps >= KEY_SET_STEPS_PER_CONNECTION_MAX) {
    return refuse(session, MESSAGE.keySet, 'TOO_MANY_KEY_SETS', 'connect anew to go on');
  }
  const counted = { ...session, keySetSteps: session.keySetSteps + 1 };
  if (facts.keySet === undefined) {
    if (!facts.activationWindowOpen)
      return refuse(counted, MESSAGE.keySet, 'WINDOW_CLOSED', 'nobody pressed the button');
    const keySet = verifyKeySet(engine, body, undefined);
    return {
      session: { ...counted, proposed: { keySet, bytes: body, hash: keySetHash(engine, body) } },
      effects: [{ type: 'answer-key-set', keySetNumber: keySet.number }],
    };
  }
  const pinnedHash = facts.activated ? undefined : facts.keySetHash;
  const { keySet, isNext } =
    pinnedHash === undefined
      ? { keySet: verifyKeySet(engine, body, facts.keySet), isNext: true }
      : judgeOwnersKeySet(engine, body, facts.keySet, pinnedHash);
  const proposed =
    pinnedHash === undefined ? undefined : { keySet, bytes: body, hash: keySetHash(engine, body) };
  return {
    // A grant under the set before would take the lock back to it.
    session: { ...counted, proposed, activation: undefined },
    effects: [
      ...(isNext ? [{ type: 'adopt-key-set' as const, keySet, bytes: body }] : []),
      { type: 'answer-key-set', keySetNumber: keySet.number },
    ],
  };
}

export function takeActivation(
  session: Greeted,
  body: Uint8Array,
  facts: LockFacts,
  keys: SessionKeys,
): Step {
  if (facts.activated) return refuse(session, MESSAGE.activate, 'ALREADY_ACTIVATED', 'it has an owner');
  if (!facts.activationWindowOpen)
    return refuse(session, MESSAGE.activate, 'WINDOW_CLOSED', 'nobody pressed the button');
  const request = decodeActivationRequest(body);
  const { proposed } = session;
  const isProposed = proposed !== undefined && equalBytes(proposed.hash, request.keySetHash);
  if (!isProposed) return refuse(session, MESSAGE.activate, 'UNKNOWN_KEY', 'send the key set first');
  const epoch = judgeEpoch(request.ownershipEpoch, facts);
  if (epoch !== undefined) return refuse(session, MESSAGE.activate, epoch.code, epoch.detail);
  if (!isEnoughForActivation(facts.batteryPercent)) {
    return refuse(session, MESSAGE.activate, 'BATTERY_LOW', `${facts.batteryPercent} % of battery are left`);
  }
  const { bytes, hash } = keys.sign(request);
  return {
    session: {
      ...session,
      activation: { request, statementHash: hash, keySet: proposed.keySet, keySetBytes: proposed.bytes },
    },
    effects: [{ type: 'send-statement', bytes }],
  };
}

export function takeGrant(
  engine: CryptoEngine,
  session: Greeted,
  body: Uint8Array,
  facts: LockFacts,
  keys: SessionKeys,
): Step {
  if (facts.activated) return refuse(session, MESSAGE.grant, 'ALREADY_ACTIVATED', 'it has an owner');
  const { activation } = session;
  if (activation === undefined) {
    return refuse(
      session,
      MESSAGE.grant,
      'NOT_ACTIVATED',
      'a grant that answers no statement of this connection',
    );
  }
  const { request, statementHash, keySet, keySetBytes } = activation;
  const secrets = openGrant(engine, body, {
    lockId: facts.lockId,
    statementHash,
    tableKey: keySet.tableKey,
    sealingSecret: keys.sealingSecret,
  });
  return {
    session: { ...session, activation: undefined, proposed: undefined },
    effects: [
      { type: 'activate', request, keySet, keySetBytes, secrets },
      { type: 'send-receipt', cloudNonce: activationReceiptNonce(statementHash) },
    ],
  };
}

export const takeDeactivation = (
  engine: CryptoEngine,
  session: Greeted,
  body: Uint8Array,
  facts: LockFacts,
): Step => end(session, MESSAGE.deactivate, judgeDeactivation(engine, body, facts));

export const takeRelease = (
  engine: CryptoEngine,
  session: Greeted,
  body: Uint8Array,
  facts: LockFacts,
): Step => end(session, MESSAGE.release, judgeRelease(engine, body, facts));

function end(session: Greeted, ofType: number, verdict: LifeVerdict): Step {
  switch (verdict.verdict) {
    case 'refuse':
      return refuse(session, ofType, verdict.code, verdict.detail);
    case 'done-before':
      return { session, effects: [{ type: 'send-receipt' }] };
    case 'do': {
      const type = ofType === MESSAGE.release ? ('release' as const) : ('deactivate' as const);
      const { ownershipEpoch } = verdict;
      const after = { ...session, proposed: undefined, activation: undefined };
      return { session: after, effects: [{ type, ownershipEpoch }, { type: 'send-receipt' }] };
    }
  }
}
