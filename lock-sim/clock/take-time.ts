// The messages of signed time within a conversation: what each leads to. The challenge lives in the connection and
// goes with it. WIRE 15.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { verifyTime } from '#protocol/signed/time.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { refuseUnless } from '#protocol/wire-error.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { LockFacts } from '../sync/facts.ts';
import { judgeTime, type Challenge } from './judge-time.ts';
import type { ClockSetting } from './lock-time.ts';

export type TimeEffect =
  | { readonly type: 'send-time-challenge'; readonly nonce: Uint8Array }
  | { readonly type: 'set-clock'; readonly setting: ClockSetting }
  | { readonly type: 'raise-clock-floor'; readonly floorS: number; readonly keyEpoch: number }
  | { readonly type: 'answer-time' };

export interface TimeStep {
  /** What is out now. */
  readonly challenge: Challenge | undefined;
  readonly effects: readonly TimeEffect[];
  readonly refusal: { readonly code: RefusalCode; readonly detail: string } | undefined;
}

/** `nonce`: drawn for this request. Throws WireError. */
export function takeTimeRequest(body: Uint8Array, facts: LockFacts, nonce: Uint8Array): TimeStep {
  refuseUnless(body.length === 0, 'TRAILING_BYTES', 'a time request has no body');
  if (facts.keySet === undefined) return refuse(undefined, 'NOT_ACTIVATED', 'there is no key to believe');
  return {
    challenge: { nonce, drawnAtMs: facts.monotonicMs },
    effects: [{ type: 'send-time-challenge', nonce }],
    refusal: undefined,
  };
}

/** Throws WireError. */
export function takeTime(
  engine: CryptoEngine,
  body: Uint8Array,
  facts: LockFacts,
  challenge: Challenge | undefined,
): TimeStep {
  const { keySet, clockFloor, monotonicMs } = facts;
  if (keySet === undefined) return refuse(challenge, 'NOT_ACTIVATED', 'there is no key to believe');
  const statement = verifyTime(engine, body, facts.lockId, keySet.timeKey);
  const isUsed = challenge !== undefined && equalBytes(challenge.nonce, statement.nonce);
  const left = isUsed ? undefined : challenge;
  const verdict = judgeTime(statement, challenge, monotonicMs, keySet, clockFloor);
  const keyEpoch = keySet.number;
  const answer = (...effects: TimeEffect[]): TimeStep => ({
    challenge: left,
    effects: [...effects, { type: 'answer-time' }],
    refusal: undefined,
  });
  switch (verdict.verdict) {
    case 'set': {
      const { utcS, uncertaintyS, floorS } = verdict;
      return answer({ type: 'set-clock', setting: { utcS, uncertaintyS, floorS, keyEpoch } });
    }
    case 'raise-floor':
      return answer({ type: 'raise-clock-floor', floorS: verdict.floorS, keyEpoch });
    case 'nothing':
      return answer();
    case 'before-floor':
      return refuse(left, 'TIME_BEFORE_FLOOR', `${statement.utcS} is below ${verdict.floorS}`);
  }
}

const refuse = (challenge: Challenge | undefined, code: RefusalCode, detail: string): TimeStep => ({
  challenge,
  effects: [],
  refusal: { code, detail },
});
