// A lock with an owner and a table in force, and the look at it once its ownership has ended.
import { expect } from 'vitest';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aDeactivation } from '#test/builders/life.ts';
import { aLock } from '#test/builders/lock.ts';
import { secureContentsOf } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';
import { byLabel } from './owner-hand.ts';

export const built = aLock();
export const keySet = aKeySet();
export const thief = aKeySet({ seed: 'thief' });
export const one = aSignedSet({ lock: built, keySet, tableVersion: 1 });
export const CODE = one.codes[0]!;

/** Activated, with a table in force. */
export async function withTable(): Promise<Bench> {
  const bench = await aBench({ built, keySet });
  HandCourier.greeted(bench).deliver(one);
  expect(bench.lock.press(CODE)?.outcome).toBe('open');
  return bench;
}

export function deactivate(
  bench: Bench,
  ownershipEpoch: number,
  courier = HandCourier.greeted(bench),
): HandCourier {
  courier.say(MESSAGE.deactivate, aDeactivation(ownershipEpoch, { lock: built, keySet }));
  return courier;
}

/** Nothing that ever opened opens, nor does any set of that epoch come back. */
export function expectWiped(bench: Bench, ownershipEpoch: number): void {
  expect(bench.lock.press(CODE)?.outcome).toBe('refused');
  expect(bench.secure.load().lockSecrets).toBeNull();
  // What lies in the slots was sealed under it.
  expect(bench.secure.load().tableSecret).not.toEqual(secureContentsOf(built, keySet).tableSecret);
  const courier = byLabel(bench);
  expect(courier.helloAnswer).toMatchObject({ activated: false, tableState: 'none', tableHash: null });
  for (const tableVersion of [1, 2])
    courier.offer(aSignedSet({ lock: built, keySet, tableVersion, ownershipEpoch }));
  expect(courier.refusals.every((code) => ['NOT_ACTIVATED', 'WRONG_OWNERSHIP', 'STALE'].includes(code))).toBe(
    true,
  );
  expect(courier.refusals).toHaveLength(2);
  courier.leave();
}

export function reboot(bench: Bench): void {
  bench.lock.cutPower();
  bench.lock.restorePower();
  bench.clock.advance(1);
}
