// The lock's time by the words of WIRE 15: what its clock part says, how far it is trusted, what a time statement does.

export interface ModelClock {
  /** What the clock part is ahead of the true time. */
  readonly aheadMs: number;
  /** It has stopped since it was set, or was seen to jump. */
  readonly isStopped: boolean;
  readonly hasJumped: boolean;
  /** A row was written since: a cut of the power does not make it believed again. */
  readonly isJumpKept: boolean;
  /** What it was set to last, and how sure that was. */
  readonly setToMs: number;
  readonly setUncertaintyS: number;
  readonly floorS: number;
  /** Number of the key set under which the floor was raised last. */
  readonly floorKeySet: number;
}

export type Trust = 'trusted' | 'drifting' | 'lost';

export const HOLD_MS = 300_000;
const TRUSTED_WITHIN_S = 60;
const DRIFT_PPM = 20;
const CHALLENGE_MS = 30_000;
const FLOOR_RISE_MAX_S = 400 * 86_400;
const WORTH_A_WRITE_S = 3_600;

export const saysS = ({ aheadMs }: ModelClock, trueMs: number): number =>
  Math.floor((trueMs + aheadMs) / 1_000);

export function uncertaintyS(clock: ModelClock, trueMs: number): number {
  const sinceSetMs = Math.max(0, trueMs + clock.aheadMs - clock.setToMs);
  return Math.ceil(clock.setUncertaintyS + (sinceSetMs * DRIFT_PPM) / 1_000_000_000);
}

export function trust(clock: ModelClock, trueMs: number): Trust {
  if (clock.isStopped || clock.hasJumped || saysS(clock, trueMs) < clock.floorS) return 'lost';
  return uncertaintyS(clock, trueMs) > TRUSTED_WITHIN_S ? 'drifting' : 'trusted';
}

export interface Statement {
  readonly utcS: number;
  /** Since the challenge whose nonce it bears; undefined where it bears another one. */
  readonly ageMs: number | undefined;
  readonly keySet: number;
  readonly keySetIssuedAtS: number;
}

/** The clock afterwards, or the refusal. */
export function hear(
  clock: ModelClock,
  { utcS, ageMs, keySet, keySetIssuedAtS }: Statement,
  trueMs: number,
): ModelClock | 'TIME_BEFORE_FLOOR' {
  const { floorS, floorKeySet } = clock;
  const raisedS = Math.min(utcS, floorS + FLOOR_RISE_MAX_S);
  const isKept = utcS > floorS && (raisedS - floorS >= WORTH_A_WRITE_S || keySet !== floorKeySet);
  const answersMs = ageMs !== undefined && ageMs <= CHALLENGE_MS ? ageMs : undefined;
  if (answersMs === undefined) {
    if (utcS < floorS) return 'TIME_BEFORE_FLOOR';
    return isKept ? { ...clock, floorS: raisedS, floorKeySet: keySet } : clock;
  }
  const mends = utcS < floorS && keySet > floorKeySet && utcS >= keySetIssuedAtS;
  if (utcS < floorS && !mends) return 'TIME_BEFORE_FLOOR';
  return {
    aheadMs: utcS * 1_000 - trueMs,
    isStopped: false,
    hasJumped: false,
    isJumpKept: false,
    setToMs: utcS * 1_000,
    setUncertaintyS: Math.ceil((answersMs + 1_000) / 1_000),
    // A smaller rise need not be kept.
    floorS: mends ? utcS : isKept ? raisedS : floorS,
    floorKeySet: keySet,
  };
}
