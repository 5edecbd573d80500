// What a time statement may do to the clock, once its signature has been checked: with the nonce of this connection,
// within 30 s, it sets the clock; without it only the floor rises, by so much at most. WIRE 15.1 and 15.2.
import { equalBytes } from '#protocol/bytes.ts';
import { CLOCK_FLOOR_JUMP_MAX_S, TIME_CHALLENGE_MS } from '#protocol/limits.ts';
import type { KeySet } from '#protocol/signed/key-set.ts';
import type { TimeStatement } from '#protocol/signed/time.ts';

/** The one that is out; used up by the first statement that bears it. */
export interface Challenge {
  readonly nonce: Uint8Array;
  /** By the lock's own timer. */
  readonly drawnAtMs: number;
}

export interface ClockFloor {
  readonly floorS: number;
  /** The key set under which it was raised last. */
  readonly keyEpoch: number;
}

export type TimeVerdict =
  | { readonly verdict: 'set'; readonly utcS: number; readonly uncertaintyS: number; readonly floorS: number }
  | { readonly verdict: 'raise-floor'; readonly floorS: number }
  | { readonly verdict: 'nothing' }
  | { readonly verdict: 'before-floor'; readonly floorS: number };

/** `nowMs`: the lock's own timer. `keySet`: the one in force, whose time key signed. */
export function judgeTime(
  { nonce, utcS }: TimeStatement,
  challenge: Challenge | undefined,
  nowMs: number,
  keySet: Pick<KeySet, 'number' | 'issuedAtS'>,
  floor: ClockFloor,
): TimeVerdict {
  const ageMs = challenge === undefined ? Infinity : nowMs - challenge.drawnAtMs;
  const answers = challenge !== undefined && equalBytes(challenge.nonce, nonce) && ageMs <= TIME_CHALLENGE_MS;
  const raisedS = Math.min(utcS, floor.floorS + CLOCK_FLOOR_JUMP_MAX_S);
  if (!answers) {
    if (utcS < floor.floorS) return { verdict: 'before-floor', floorS: floor.floorS };
    return utcS === floor.floorS ? { verdict: 'nothing' } : { verdict: 'raise-floor', floorS: raisedS };
  }
  // The statement says whole seconds, so that it may be a second old when it is signed.
  const uncertaintyS = Math.ceil((ageMs + 1000) / 1000);
  if (utcS >= floor.floorS) return { verdict: 'set', utcS, uncertaintyS, floorS: raisedS };
  const mends = keySet.number > floor.keyEpoch && utcS >= keySet.issuedAtS;
  return mends
    ? { verdict: 'set', utcS, uncertaintyS, floorS: utcS }
    : { verdict: 'before-floor', floorS: floor.floorS };
}
