// One connection's conversation on sync-control, as a pure machine: greet, take key sets, judge an offer,
// activate. It decides and names effects; the shell performs them in order. WIRE 9, 10, 11.
import { equalBytes, equalSecret } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Hash } from '#protocol/ids.ts';
import { KEY_SET_STEPS_PER_CONNECTION_MAX } from '#protocol/limits.ts';
import {
  decodeActivationRequest,
  openGrant,
  type ActivationRequest,
  type LockSecrets,
} from '#protocol/signed/activation.ts';
import { keySetHash, verifyKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import type { VerifiedManifest } from '#protocol/signed/manifest.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import {
  decodeHello,
  decodeOffer,
  helloMac,
  MESSAGE,
  PROTOCOL_VERSION,
  type Hello,
  type Offer,
} from '#protocol/sync/messages.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { WireError } from '#protocol/wire-error.ts';
import { judgeLogAck, judgeLogPull, type LogEffect } from '../log/judge-log.ts';
import type { LockFacts } from './facts.ts';
import { judgeOffer } from './judge-offer.ts';

export type Session =
  | { readonly phase: 'ungreeted'; readonly connectionNonce: Uint8Array; readonly advertNonce: Uint8Array }
  | {
      readonly phase: 'greeted';
      readonly hello: Hello;
      readonly keySetSteps: number;
      /** First key set of a lock without an owner, verified but not yet believed in. */
      readonly proposed:
        { readonly keySet: KeySet; readonly bytes: Uint8Array; readonly hash: Hash } | undefined;
      readonly activation: { readonly request: ActivationRequest; readonly statementHash: Hash } | undefined;
    }
  | { readonly phase: 'over' };

export type SessionEffect =
  | { readonly type: 'greet'; readonly hello: Hello }
  | { readonly type: 'adopt-key-set'; readonly keySet: KeySet; readonly bytes: Uint8Array }
  | { readonly type: 'answer-key-set'; readonly keySetNumber: number }
  | {
      readonly type: 'receive';
      readonly offer: Offer;
      readonly verified: VerifiedManifest;
      readonly resumes: boolean;
    }
  | { readonly type: 'send-receipt' }
  | { readonly type: 'send-statement'; readonly bytes: Uint8Array }
  | {
      readonly type: 'activate';
      readonly request: ActivationRequest;
      readonly keySet: KeySet;
      readonly keySetBytes: Uint8Array;
      readonly secrets: LockSecrets;
    }
  | {
      readonly type: 'refuse';
      readonly code: RefusalCode;
      readonly ofType: number;
      readonly detail: string;
      readonly isAlarm: boolean;
    }
  | LogEffect
  | { readonly type: 'disconnect' };

/** What needs the lock's own secrets, handed in so that the machine holds none. */
export interface SessionKeys {
  /** The signed statement for this request and its hash. */
  sign(request: ActivationRequest): { readonly bytes: Uint8Array; readonly hash: Hash };
  readonly sealingSecret: Uint8Array;
}

interface Step {
  readonly session: Session;
  readonly effects: readonly SessionEffect[];
}

export const newSession = (connectionNonce: Uint8Array, advertNonce: Uint8Array): Session => ({
  phase: 'ungreeted',
  connectionNonce,
  advertNonce,
});

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
    if (error instanceof WireError) return refuse(session, message.type, error.code, error.message);
    throw error;
  }
}

type Ungreeted = Extract<Session, { phase: 'ungreeted' }>;
type Greeted = Extract<Session, { phase: 'greeted' }>;

function greet(engine: CryptoEngine, session: Ungreeted, message: ControlMessage, facts: LockFacts): Step {
  if (message.type !== MESSAGE.hello) return end(message.type, 'NOT_GREETED', 'the first message is a hello');
  const hello = decodeHello(message.body);
  if (hello.version !== PROTOCOL_VERSION) {
    return end(message.type, 'PROTOCOL_VERSION', `version ${PROTOCOL_VERSION} is spoken here`);
  }
  const nonce = hello.boundTo === 'connection' ? session.connectionNonce : session.advertNonce;
  const mac = helloMac(engine, facts.advertisingKey, hello.boundTo, nonce, hello.courierNonce);
  if (!equalSecret(mac, hello.mac))
    return end(message.type, 'WRONG_MAC', 'the hello was not made for this lock');
  return {
    session: { phase: 'greeted', hello, keySetSteps: 0, proposed: undefined, activation: undefined },
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
    case MESSAGE.activate:
      return takeActivation(session, message.body, facts, keys);
    case MESSAGE.grant:
      return takeGrant(engine, session, message.body, facts, keys);
    case MESSAGE.logPull:
      return { session, effects: [judgeLogPull(facts, message.body)] };
    case MESSAGE.logAck:
      return { session, effects: [judgeLogAck(engine, facts, message.body)] };
    default:
      return refuse(session, message.type, 'UNKNOWN_MESSAGE', `message ${message.type} has no meaning here`);
  }
}

function takeKeySet(engine: CryptoEngine, session: Greeted, body: Uint8Array, facts: LockFacts): Step {
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
  const keySet = verifyKeySet(engine, body, facts.keySet);
  return {
    session: counted,
    effects: [
      { type: 'adopt-key-set', keySet, bytes: body },
      { type: 'answer-key-set', keySetNumber: keySet.number },
    ],
  };
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

function takeActivation(session: Greeted, body: Uint8Array, facts: LockFacts, keys: SessionKeys): Step {
  if (facts.activated) return refuse(session, MESSAGE.activate, 'ALREADY_ACTIVATED', 'it has an owner');
  if (!facts.activationWindowOpen)
    return refuse(session, MESSAGE.activate, 'WINDOW_CLOSED', 'nobody pressed the button');
  const request = decodeActivationRequest(body);
  const isProposed = session.proposed !== undefined && equalBytes(session.proposed.hash, request.keySetHash);
  if (!isProposed) return refuse(session, MESSAGE.activate, 'UNKNOWN_KEY', 'send the key set first');
  if (request.ownershipEpoch <= facts.floor.ownershipEpoch) {
    return refuse(session, MESSAGE.activate, 'WRONG_OWNERSHIP', 'the ownership epoch has to rise');
  }
  const { bytes, hash } = keys.sign(request);
  return {
    session: { ...session, activation: { request, statementHash: hash } },
    effects: [{ type: 'send-statement', bytes }],
  };
}

function takeGrant(
  engine: CryptoEngine,
  session: Greeted,
  body: Uint8Array,
  facts: LockFacts,
  keys: SessionKeys,
): Step {
  if (facts.activated) return refuse(session, MESSAGE.grant, 'ALREADY_ACTIVATED', 'it has an owner');
  const { activation, proposed } = session;
  if (activation === undefined || proposed === undefined) {
    return refuse(
      session,
      MESSAGE.grant,
      'NOT_ACTIVATED',
      'a grant that answers no statement of this connection',
    );
  }
  const secrets = openGrant(engine, body, {
    lockId: facts.lockId,
    statementHash: activation.statementHash,
    tableKey: proposed.keySet.tableKey,
    sealingSecret: keys.sealingSecret,
  });
  return {
    session: { ...session, activation: undefined, proposed: undefined },
    effects: [
      {
        type: 'activate',
        request: activation.request,
        keySet: proposed.keySet,
        keySetBytes: proposed.bytes,
        secrets,
      },
      { type: 'send-receipt' },
    ],
  };
}

function refuse(session: Session, ofType: number, code: RefusalCode, detail: string, isAlarm = false): Step {
  return { session, effects: [{ type: 'refuse', code, ofType, detail, isAlarm }] };
}

/** Before the greeting nobody gets a second try on one connection. */
const end = (ofType: number, code: RefusalCode, detail: string): Step => ({
  session: { phase: 'over' },
  effects: [{ type: 'refuse', code, ofType, detail, isAlarm: false }, { type: 'disconnect' }],
});
