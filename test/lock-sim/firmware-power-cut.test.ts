// A power cut anywhere in a firmware update: in its download, its restart and its trial.
import { describe, expect, it } from 'vitest';
import { FIRMWARE_RESTART_MS } from '#protocol/limits.ts';
import { SELF_TEST_MS } from '#lock-sim/firmware-image/firmware-update.ts';
import type { Tear } from '#lock-sim/flash/tears.ts';
import { aFirmware, type BuiltFirmware } from '#test/builders/firmware.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';

const set = aSignedSet({ rows: 3 });
const two = aFirmware({ firmware: 2 });
const three = aFirmware({ firmware: 3, codeBytes: 9_000 });
const PROOF_LIMIT_MS = 120_000;

async function begun(): Promise<Bench> {
  const bench = await aBench();
  HandCourier.greeted(bench).deliver(set);
  return bench;
}

const running = (bench: Bench): number => bench.lock.report().firmware;
const opens = (bench: Bench): boolean => bench.lock.press(set.codes[0]!)?.outcome === 'open';

function reboot(bench: Bench): void {
  bench.lock.cutPower();
  bench.lock.restorePower();
  bench.clock.advance(1);
}

const TEARS: readonly Tear[] = [
  { kind: 'before' },
  { kind: 'after' },
  ...[1, 40, 129, 255].map((bytes): Tear => ({ kind: 'prefix', bytes })),
  { kind: 'bits', seed: 1 },
  { kind: 'disturb', seed: 4 },
  { kind: 'unstable', seed: 6 },
];

describe('a power cut anywhere in a firmware update', { timeout: PROOF_LIMIT_MS }, () => {
  it.each<[string, BuiltFirmware, readonly string[]]>([
    ['that passes', two, ['1', '2']],
    ['that fails', aFirmware({ selfTest: 'fail' }), ['1']],
  ])(
    '%s leaves the old or the new one, table and settings, and the next update completes',
    async (_, image, expected) => {
      const before = await begun();
      const start = { flash: before.image(), contents: before.secure.load() };
      const begin = (): Promise<Bench> => aBench({ flash: start.flash.snapshot(), contents: start.contents });
      /** Download, restart, trial, and the restart after a failure. */
      const live = (bench: Bench): void => {
        HandCourier.greeted(bench).deliverImage(image);
        bench.clock.advance(FIRMWARE_RESTART_MS);
        bench.clock.advance(SELF_TEST_MS);
      };
      const whole = await begin();
      const boot = whole.lock.flashOperations;
      live(whole);
      const operations = whole.lock.flashOperations - boot;
      expect(operations).toBeGreaterThan(35);
      const violations: string[] = [];
      const ends = new Set<string>();
      for (let index = 0; index < operations; index++) {
        for (const [n, tear] of TEARS.entries()) {
          if (n > 1 && (n + index) % 2 === 0) continue;
          const bench = await begin();
          const wrong = (what: string): number =>
            violations.push(`operation ${index}, ${JSON.stringify(tear)}: ${what}`);
          bench.lock.planCut(index, tear);
          live(bench);
          if (bench.lock.isPowered) wrong('no cut');
          else bench.lock.restorePower();
          // A trial that the cut came before is now on; one that it fell into is over.
          bench.clock.advance(SELF_TEST_MS);
          reboot(bench);
          ends.add(String(running(bench)));
          if (!expected.includes(String(running(bench)))) wrong(`firmware ${running(bench)}`);
          if (!opens(bench) || bench.lock.report().version !== '1.1.1') wrong('the table is not what it was');
          if (eventsOf(bench, 'firmwareTrial').length > 1) wrong('tried twice');
          if ((n + index) % 3 !== 0) continue;
          HandCourier.greeted(bench).deliverImage(three);
          bench.clock.advance(FIRMWARE_RESTART_MS);
          bench.clock.advance(SELF_TEST_MS);
          reboot(bench);
          if (running(bench) !== 3) wrong('no convergence');
        }
      }
      expect(violations.slice(0, 5)).toEqual([]);
      expect([...ends].sort()).toEqual(expected);
    },
  );
});
