// A lock whose clock is lost or drifts, and the courier that brings it signed time.
import { expect } from 'vitest';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { decodeTimeAnswer, decodeTimeChallenge } from '#protocol/sync/time-messages.ts';
import { CLOCK_HOLD_MS } from '#lock-sim/clock/rtc.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aTime } from '#test/builders/life.ts';
import { aLock } from '#test/builders/lock.ts';
import { aDoorcodeRow, aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';

export const built = aLock();
export const keySet = aKeySet();
export const NOTHING = new Uint8Array(0);
export const START_S = 1_772_355_600;
export const DAY_S = 86_400;
export const bounded = '1234567';
export const unbounded = '7654321';
export const set = aSignedSet({
  lock: built,
  keySet,
  rows: [aDoorcodeRow(built, bounded, 1, { endS: START_S + 30 * DAY_S }), aDoorcodeRow(built, unbounded, 2)],
});

export function challenge(courier: HandCourier): Uint8Array {
  courier.say(MESSAGE.timeRequest, NOTHING);
  const nonce = courier.bodies(MESSAGE.timeChallenge).map(decodeTimeChallenge).at(-1)?.nonce;
  expect(nonce).toHaveLength(16);
  return nonce!;
}

export const say = (courier: HandCourier, nonce: Uint8Array, utcS: number, by = keySet): void =>
  courier.say(MESSAGE.time, aTime(nonce, utcS, { lock: built, keySet: by }));

export const answers = (courier: HandCourier) => courier.bodies(MESSAGE.timeAnswer).map(decodeTimeAnswer);
export const floorOf = (bench: Bench): number => bench.lock.firmware!.storage.settings.values.clockFloorS;

/** A lock with a table, whose clock was lost in a long cut of the power. */
export async function lostBench(): Promise<Bench> {
  const bench = await aBench({ built, keySet });
  HandCourier.greeted(bench).deliver(set);
  longCut(bench);
  return bench;
}

export function longCut(bench: Bench, offMs = CLOCK_HOLD_MS + 1_000): void {
  bench.lock.cutPower();
  bench.clock.advance(offMs);
  bench.lock.restorePower();
}
