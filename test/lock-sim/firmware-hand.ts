// A lock with a table, images to offer it, and the look at which of them runs.
import { expect } from 'vitest';
import { FIRMWARE_RESTART_MS } from '#protocol/limits.ts';
import { aFirmware, type BuiltFirmware } from '#test/builders/firmware.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';

export const set = aSignedSet({ rows: 3 });
export const two = aFirmware({ firmware: 2 });
export const three = aFirmware({ firmware: 3, codeBytes: 9_000 });

export async function begun(): Promise<{ bench: Bench; courier: HandCourier }> {
  const bench = await aBench();
  const courier = HandCourier.greeted(bench);
  courier.deliver(set);
  return { bench, courier };
}

export const running = (bench: Bench): number => bench.lock.report().firmware;
export const opens = (bench: Bench): boolean => bench.lock.press(set.codes[0]!)?.outcome === 'open';

export function reboot(bench: Bench): void {
  bench.lock.cutPower();
  bench.lock.restorePower();
  bench.clock.advance(1);
}

/** Delivered and restarted into: the trial has begun. */
export function inTrial(bench: Bench, image: BuiltFirmware): void {
  const courier = HandCourier.greeted(bench);
  expect(courier.deliverImage(image)?.staged).toBe(image.manifest.firmware);
  courier.leave();
  bench.clock.advance(FIRMWARE_RESTART_MS);
  expect(running(bench)).toBe(image.manifest.firmware);
}

export const told = (bench: Bench): string[] =>
  bench
    .events()
    .map(({ type }) => type)
    .filter((type) => type.startsWith('firmware'));
