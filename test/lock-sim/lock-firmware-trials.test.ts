// Trials of firmware images that do not end well: too often, on a battery that ran low, in a flash that keeps nothing.
import { describe, expect, it } from 'vitest';
import { FIRMWARE_RESTART_MS, FIRMWARE_TRIAL_DEADLINE_MS } from '#protocol/limits.ts';
import { AgingFlash, type SectorFault } from '#lock-sim/flash/aging-flash.ts';
import { FlashImage } from '#lock-sim/flash/flash-image.ts';
import { BATTERY_WAIT_MS, SELF_TEST_MS } from '#lock-sim/firmware-image/firmware-update.ts';
import { layOut } from '#lock-sim/storage/layout.ts';
import { aFirmware, type BuiltFirmware } from '#test/builders/firmware.ts';
import { begun, inTrial, opens, reboot, running, set, three, told, two } from './firmware-hand.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench } from './lock-bench.ts';

describe('a firmware image', () => {
  it('that failed its trial twice is not taken again for a day, nor is any below it; a higher one is', async () => {
    const { bench } = await begun();
    const failing = aFirmware({ firmware: 3, selfTest: 'fail' });
    const offer = (image: BuiltFirmware): HandCourier => {
      const courier = HandCourier.greeted(bench);
      courier.deliverImage(image);
      courier.leave();
      return courier;
    };
    for (let n = 0; n < 2; n++) {
      inTrial(bench, failing);
      if (n === 0) bench.clock.advance(SELF_TEST_MS);
      else reboot(bench);
      expect([running(bench), told(bench).at(-1)]).toEqual([1, 'firmwareFellBack']);
    }
    reboot(bench);
    const operations = bench.lock.flashOperations;
    for (const image of [failing, two]) expect(offer(image).refusals).toEqual(['WEAR_LIMIT']);
    expect(bench.lock.flashOperations).toBe(operations);
    expect(offer(aFirmware({ firmware: 4, selfTest: 'fail' })).refusals).toEqual([]);
    bench.clock.advance(FIRMWARE_RESTART_MS + SELF_TEST_MS);
    expect([running(bench), offer(failing).refusals]).toEqual([1, []]);
    bench.clock.advance(FIRMWARE_RESTART_MS + SELF_TEST_MS);
    expect([running(bench), offer(three).refusals]).toEqual([1, ['WEAR_LIMIT']]);
    bench.clock.advance(86_400_000);
    inTrial(bench, three);
  });

  it('waits for its trial while the battery has run low since the offer, also over a power cut', async () => {
    const { bench, courier } = await begun();
    courier.offerImage(two, { offerId: 2 });
    bench.lock.hands.setBattery(3);
    for (const index of two.chunks.keys()) courier.chunk(index);
    bench.clock.advance(1);
    expect(courier.firmwareAnswers).toEqual([{ running: 1, staged: 2 }]);
    bench.clock.advance(10 * BATTERY_WAIT_MS);
    reboot(bench);
    bench.clock.advance(10 * BATTERY_WAIT_MS);
    expect([running(bench), told(bench)]).toEqual([1, ['firmwareStaged']]);
    bench.lock.hands.setBattery(100);
    bench.clock.advance(BATTERY_WAIT_MS);
    expect(running(bench)).toBe(2);
    bench.clock.advance(SELF_TEST_MS);
    expect(told(bench).at(-1)).toBe('firmwareConfirmed');
  });

  it('whose confirmation flash does not keep is ended by that deadline too', async () => {
    const aging = new AgingFlash(new FlashImage(layOut({ capacityChunks: 9 }).geometry));
    const bench = await aBench({ flash: aging });
    HandCourier.greeted(bench).deliver(set);
    inTrial(bench, two);
    const spoil = (fault: SectorFault | undefined): void => {
      for (const { sector } of bench.layout.settings.flat()) aging.setBad(sector, fault);
    };
    spoil('program-fails');
    bench.clock.advance(SELF_TEST_MS);
    expect(bench.lock.takeFailure()?.code).toBe('FLASH_WORN');
    spoil(undefined);
    bench.clock.advance(FIRMWARE_TRIAL_DEADLINE_MS);
    expect([running(bench), told(bench).at(-1), opens(bench)]).toEqual([1, 'firmwareFellBack', true]);
  });
});
