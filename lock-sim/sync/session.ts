// One connection's conversation on sync-control, as a pure machine: greet, take key sets, judge an offer,
// activate. It decides and names effects; the shell performs them in order. WIRE 9, 10, 11.
import { equalSecret } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import { decodeHello, decodeOffer, helloMac, MESSAGE, PROTOCOL_VERSION } from '#protocol/sync/messages.ts';
import { WireError } from '#protocol/wire-error.ts';
import { judgeLogAck, judgeLogPull } from '../log/judge-log.ts';
import { takeTime, takeTimeRequest, type TimeStep } from '../clock/take-time.ts';
import { judgeFirmware } from '../firmware-image/judge-firmware.ts';
import type { LockFacts } from './facts.ts';
import { judgeOffer } from './judge-offer.ts';
import { takeActivation, takeDeactivation, takeGrant, takeKeySet, takeRelease } from './session-ownership.ts';
import {
  end,
  refuse,
  type Greeted,
  type Session,
  type SessionKeys,
  type Step,
  type Ungreeted,
} from './session-state.ts';

/** Total: whatever the body holds, the answer is a step; a malformed one is refused with its code. */
export function stepSession(
  engine: CryptoEngine,
  session: Session,
  message: ControlMessage,
  facts: LockFacts,
  keys: SessionKeys,
): Step {
  try {
    switch (session.phase) {
      case 'ungreeted':
        return greet(engine, session, message, facts);
      case 'greeted':
        return converse(engine, session, message, facts, keys);
      case 'over':
        return { session, effects: [] };
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const answer = session.phase === 'ungreeted' ? end : refuse.bind(undefined, session);
    return answer(message.type, error.code, error.message);
  }
}

function greet(engine: CryptoEngine, session: Ungreeted, message: ControlMessage, facts: LockFacts): Step {
  if (message.type !== MESSAGE.hello) return end(message.type, 'NOT_GREETED', 'the first message is a hello');
  const hello = decodeHello(message.body);
  if (hello.version !== PROTOCOL_VERSION) {
    return end(message.type, 'PROTOCOL_VERSION', `version ${PROTOCOL_VERSION} is spoken here`);
  }
  const nonce = hello.boundTo === 'connection' ? session.connectionNonce : session.advertNonce;
  const mac = helloMac(engine, facts.advertisingKey, hello.boundTo, nonce, hello);
  if (!equalSecret(mac, hello.mac))
    return end(message.type, 'WRONG_MAC', 'the hello was not made for this lock');
  return {
    session: {
      phase: 'greeted',
      hello,
      keySetSteps: 0,
      proposed: undefined,
      challenge: undefined,
      activation: undefined,
    },
    effects: [{ type: 'greet', hello }],
  };
}

function converse(
  engine: CryptoEngine,
  session: Greeted,
  message: ControlMessage,
  facts: LockFacts,
  keys: SessionKeys,
): Step {
  switch (message.type) {
    case MESSAGE.keySet:
      return takeKeySet(engine, session, message.body, facts);
    case MESSAGE.offer:
      return takeOffer(engine, session, message.body, facts);
    case MESSAGE.firmwareOffer:
      return takeFirmwareOffer(engine, session, message.body, facts);
    case MESSAGE.activate:
      return takeActivation(session, message.body, facts, keys);
    case MESSAGE.grant:
      return takeGrant(engine, session, message.body, facts, keys);
    case MESSAGE.timeRequest:
      return withTime(session, message.type, takeTimeRequest(message.body, facts, keys.timeNonce()));
    case MESSAGE.time:
      return withTime(session, message.type, takeTime(engine, message.body, facts, session.challenge));
    case MESSAGE.deactivate:
      return takeDeactivation(engine, session, message.body, facts);
    case MESSAGE.release:
      return takeRelease(engine, session, message.body, facts);
    case MESSAGE.logPull:
      return { session, effects: [judgeLogPull(facts, message.body)] };
    case MESSAGE.logAck:
      return { session, effects: [judgeLogAck(engine, facts, message.body)] };
    default:
      return refuse(session, message.type, 'UNKNOWN_MESSAGE', `message ${message.type} has no meaning here`);
  }
}

function takeOffer(engine: CryptoEngine, session: Greeted, body: Uint8Array, facts: LockFacts): Step {
  const offer = decodeOffer(body);
  const verdict = judgeOffer(engine, facts, offer.manifestBytes);
  switch (verdict.verdict) {
    case 'refuse':
      return refuse(session, MESSAGE.offer, verdict.code, verdict.detail, verdict.isAlarm);
    case 'already-active':
      return { session, effects: [{ type: 'send-receipt' }] };
    case 'take':
      return {
        session,
        effects: [{ type: 'receive', offer, verified: verdict.verified, resumes: verdict.resumes }],
      };
  }
}

function takeFirmwareOffer(engine: CryptoEngine, session: Greeted, body: Uint8Array, facts: LockFacts): Step {
  const offer = decodeOffer(body);
  const verdict = judgeFirmware(engine, facts, offer.manifestBytes);
  switch (verdict.verdict) {
    case 'refuse':
      return refuse(session, MESSAGE.firmwareOffer, verdict.code, verdict.detail, verdict.isAlarm);
    case 'there-already':
      return { session, effects: [{ type: 'answer-firmware' }] };
    case 'take':
      return { session, effects: [{ type: 'receive-firmware', offer, verified: verdict.verified }] };
  }
}

function withTime(session: Greeted, ofType: number, { challenge, effects, refusal }: TimeStep): Step {
  const after = { ...session, challenge };
  return refusal === undefined
    ? { session: after, effects }
    : refuse(after, ofType, refusal.code, refusal.detail);
}
