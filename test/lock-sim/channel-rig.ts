// A lock that knows the phone "own", and what the tests of its channel look at.
import type { Row } from '#protocol/table/rows.ts';
import { LOCKOUT_PROFILES } from '#lock-sim/access/lockout.ts';
import { aDoorcodeRow, aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { anAppRow, type HandPhone } from './hand-phone.ts';
import { aBench, eventsOf, type Bench, type BenchOptions } from './lock-bench.ts';
import { built, keySet } from './owned-bench.ts';

export const CODE = '1234567';
const OWN_ID = 7;
export const code = aDoorcodeRow(built, CODE, 1);
export const setOf = (tableVersion: number, rows: readonly Row[], lockoutProfile = 'exponential'): BuiltSet =>
  aSignedSet({
    lock: built,
    keySet,
    tableVersion,
    rows,
    head: {
      policies: {
        lockoutProfile: LOCKOUT_PROFILES.findIndex((name) => name === lockoutProfile),
        unlockSeconds: 10,
        holdOpen: null,
      },
    },
  });
export const own = anAppRow(built, 'own', OWN_ID);

/** Activated, with a table that knows the phone "own". */
export async function bench(set = setOf(1, [code, own]), options: BenchOptions = {}): Promise<Bench> {
  const made = await aBench({ built, keySet, ...options });
  const courier = HandCourier.greeted(made);
  courier.deliver(set);
  courier.leave();
  return made;
}

export const boltOf = (made: Bench) => made.lock.hands.state()?.bolt;
export const openings = (made: Bench): number => eventsOf(made, 'opened').length;

/** The same radio, whose next link is the phone's. */
export function joined(made: Bench, phone: HandPhone): Bench['radio'] {
  return Object.assign(Object.create(made.radio) as Bench['radio'], { connect: () => phone.link });
}
