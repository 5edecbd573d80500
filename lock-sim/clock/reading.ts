// What time it is, and how far that is to be trusted: pure, from what the clock part says and what the lock knows to
// be past. Below the floor no clock is believed. WIRE 15.3.
import type { ClockTrust } from '#protocol/signed/receipt.ts';
import type { RtcReading } from './rtc.ts';

/** What the lock allows its crystal to be off, over all temperatures. */
export const DRIFT_ASSUMED_PPM = 20;
/** Above it the clock counts as drifting: after 34 days without signed time. */
export const TRUSTED_WITHIN_S = 60;
/** Nobody knows. */
export const UNCERTAINTY_UNKNOWN_S = 0xffff_ffff;
const U32_MAX = 0xffff_ffff;

export interface ClockReading {
  /** UTC seconds. */
  readonly nowS: number;
  readonly trust: ClockTrust;
  readonly uncertaintyS: number;
}

export interface KnownTime {
  readonly floorS: number;
  /** What a lost clock shows: counted on from when it was lost. */
  readonly estimateS: number;
  /** The firmware has seen it jump since it was set. */
  readonly hasJumped: boolean;
}

export const isBelieved = (rtc: RtcReading, known: Pick<KnownTime, 'floorS' | 'hasJumped'>): boolean =>
  !rtc.isLost && !known.hasJumped && secondsOf(rtc) >= known.floorS && secondsOf(rtc) <= U32_MAX;

export function readClock(rtc: RtcReading, known: KnownTime): ClockReading {
  if (!isBelieved(rtc, known)) {
    const nowS = Math.min(U32_MAX, Math.max(known.floorS, known.estimateS));
    return { nowS, trust: 'lost', uncertaintyS: UNCERTAINTY_UNKNOWN_S };
  }
  const sinceSetMs = Math.max(0, rtc.registerMs - rtc.setToMs);
  const driftS = (sinceSetMs * DRIFT_ASSUMED_PPM) / 1_000_000_000;
  const uncertaintyS = Math.ceil(rtc.setUncertaintyS + driftS);
  const trust = uncertaintyS > TRUSTED_WITHIN_S ? 'drifting' : 'trusted';
  return { nowS: secondsOf(rtc), trust, uncertaintyS };
}

const secondsOf = ({ registerMs }: RtcReading): number => Math.floor(registerMs / 1000);

/** Between two readings a clock runs as the processor's own timer does, within this. */
const JUMP_TOLERANCE_MS = 10_000;
const JUMP_TOLERANCE_SHARE = 0.01;

/** Somebody has set it: no crystal does that. */
export function isJump(registerPassedMs: number, timerPassedMs: number): boolean {
  const allowedMs = JUMP_TOLERANCE_MS + timerPassedMs * JUMP_TOLERANCE_SHARE;
  return Math.abs(registerPassedMs - timerPassedMs) > allowedMs;
}
