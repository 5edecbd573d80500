// Firmware images at a lock: what is refused, a trial that passes, fails or hangs, and the power cut anywhere in it.
import { describe, expect, it } from 'vitest';
import { FIRMWARE_RESTART_MS, FIRMWARE_TRIAL_DEADLINE_MS } from '#protocol/limits.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { signFirmware, type FirmwarePackage } from '#protocol/signed/firmware.ts';
import { FIRMWARE_REVISION } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { SELF_TEST_MS } from '#lock-sim/firmware-image/firmware-update.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { begun, inTrial, opens, reboot, running, set, three, told, two } from './firmware-hand.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf } from './lock-bench.ts';

describe('a firmware image', () => {
  it('is staged, tried after a restart by the lock itself, confirmed, and shown everywhere', async () => {
    const { bench, courier } = await begun();
    expect(courier.deliverImage(two, 2)).toEqual({ running: 1, staged: 2 });
    expect(running(bench)).toBe(1);
    bench.clock.advance(FIRMWARE_RESTART_MS);
    expect([running(bench), told(bench)]).toEqual([2, ['firmwareStaged', 'firmwareTrial']]);
    bench.clock.advance(SELF_TEST_MS);
    expect(told(bench).at(-1)).toBe('firmwareConfirmed');
    reboot(bench);
    const later = HandCourier.greeted(bench);
    expect(later.helloAnswer?.firmware).toBe(2);
    expect(later.deliver(set)).toMatchObject({ firmware: 2, triple: set.triple });
    expect(later.link.read(FIRMWARE_REVISION)).toEqual(Uint8Array.of(0x32));
    expect(opens(bench)).toBe(true);
  });

  it('and the next go into the other place, one after another', async () => {
    const { bench } = await begun();
    for (const firmware of [2, 3, 4]) {
      inTrial(bench, aFirmware({ firmware }));
      bench.clock.advance(SELF_TEST_MS);
      reboot(bench);
      expect(running(bench)).toBe(firmware);
    }
    expect(eventsOf(bench, 'firmwareConfirmed')).toHaveLength(3);
  });

  it('that fails its self test leads back to the one before, and may be offered again', async () => {
    const { bench } = await begun();
    inTrial(bench, two);
    bench.clock.advance(SELF_TEST_MS);
    inTrial(bench, aFirmware({ firmware: 3, selfTest: 'fail' }));
    bench.clock.advance(SELF_TEST_MS);
    expect([running(bench), told(bench).at(-1), opens(bench)]).toEqual([2, 'firmwareFellBack', true]);
    bench.clock.advance(FIRMWARE_TRIAL_DEADLINE_MS);
    expect(running(bench)).toBe(2);
    inTrial(bench, three);
    bench.clock.advance(SELF_TEST_MS);
    reboot(bench);
    expect(running(bench)).toBe(3);
  });

  it('that hangs in its self test is ended by the deadline of its trial', async () => {
    const { bench } = await begun();
    inTrial(bench, aFirmware({ selfTest: 'hang' }));
    bench.clock.advance(FIRMWARE_TRIAL_DEADLINE_MS - 10);
    expect(running(bench)).toBe(2);
    bench.clock.advance(10);
    expect([running(bench), told(bench).at(-1)]).toEqual([1, 'firmwareFellBack']);
  });

  it.each(['hang', 'pass'] as const)(
    'whose trial a power cut ends is not tried twice: %s',
    async (selfTest) => {
      const { bench } = await begun();
      inTrial(bench, aFirmware({ selfTest }));
      reboot(bench);
      expect([running(bench), told(bench).at(-1), opens(bench)]).toEqual([1, 'firmwareFellBack', true]);
      bench.clock.advance(FIRMWARE_TRIAL_DEADLINE_MS);
      reboot(bench);
      expect([running(bench), told(bench)]).toEqual([
        1,
        ['firmwareStaged', 'firmwareTrial', 'firmwareFellBack'],
      ]);
    },
  );

  it('that rotted before its trial is not tried', async () => {
    const { bench, courier } = await begun();
    courier.deliverImage(two, 2);
    bench.flash.write(bench.layout.images[1].address, new Uint8Array(64));
    bench.clock.advance(FIRMWARE_RESTART_MS);
    expect([running(bench), told(bench).at(-1)]).toEqual([1, 'firmwareFellBack']);
  });

  it('whose download broke off goes on with the chunks in flash, after a reboot and by another courier', async () => {
    const { bench, courier } = await begun();
    courier.offerImage(three, { offerId: 2 });
    courier.chunk(1);
    bench.clock.advance(1);
    reboot(bench);
    const second = HandCourier.greeted(bench);
    second.offerImage(three);
    expect(second.progress).toMatchObject({ chunkCount: 3, have: Uint8Array.of(0b010) });
    second.chunk(0);
    second.chunk(2);
    bench.clock.advance(1);
    expect(second.firmwareAnswers).toEqual([{ running: 1, staged: 3 }]);
  });

  it('offered again once it waits for its restart is answered at once', async () => {
    const { bench, courier } = await begun();
    courier.deliverImage(two, 2);
    const operations = bench.lock.flashOperations;
    courier.offerImage(two, { offerId: 3 });
    courier.offerImage(three, { offerId: 4 });
    expect(courier.firmwareAnswers).toHaveLength(2);
    expect(courier.refusals).toEqual(['STAGE_BUSY']);
    expect(bench.lock.flashOperations).toBe(operations);
  });

  it('being received gives way to a credential set, and goes on behind it', async () => {
    const { bench, courier } = await begun();
    courier.offerImage(three, { offerId: 2 });
    courier.chunk(0);
    bench.clock.advance(1);
    const next = aSignedSet({ tableVersion: 2, rows: 4 });
    courier.offer(next, { offerId: 3 });
    courier.offerImage(three, { offerId: 4 });
    expect(courier.refusals).toEqual(['STAGE_BUSY']);
    expect(courier.deliver(next, 5)?.triple).toEqual(next.triple);
    courier.offerImage(three, { offerId: 6 });
    expect(courier.progress?.have).toEqual(Uint8Array.of(0b001));
  });
});

describe('a firmware image that is refused', () => {
  const flipped = two.manifestBytes.slice();
  flipped[flipped.length - 1]! ^= 1;
  const signed = (over: Partial<FirmwarePackage['manifest']>, of = two): FirmwarePackage => ({
    ...of,
    manifestBytes: signFirmware(nodeEngine, aKeySet().firmware, { ...of.manifest, ...over }),
  });

  it.each<[string, FirmwarePackage, string]>([
    ['whose signature has a flipped bit', { ...two, manifestBytes: flipped }, 'BAD_SIGNATURE'],
    ['signed by another firmware key', aFirmware({ keySet: aKeySet({ seed: 9 }) }), 'UNKNOWN_KEY'],
    ['that is a credential set', { ...two, manifestBytes: aSignedSet().manifestBytes }, 'WRONG_ROLE'],
    ['of the number that runs', aFirmware({ firmware: 1 }), 'FIRMWARE_NOT_NEWER'],
    ['that is cut short', { ...two, manifestBytes: two.manifestBytes.slice(0, -1) }, 'TRUNCATED'],
    ['whose digests are not as many as its chunks', signed({ imageBytes: 12_000 }), 'WRONG_LENGTH'],
  ])('%s costs no flash operation', async (_, image, code) => {
    const { bench, courier } = await begun();
    const operations = bench.lock.flashOperations;
    for (let n = 2; n < 12; n++) courier.deliverImage(image, n);
    expect(new Set(courier.refusals)).toEqual(new Set([code]));
    expect(bench.lock.flashOperations).toBe(operations);
    expect(running(bench)).toBe(1);
  });

  it('on a low battery is taken once it is charged', async () => {
    const { bench, courier } = await begun();
    bench.lock.hands.setBattery(14);
    const operations = bench.lock.flashOperations;
    courier.deliverImage(two, 2);
    expect(courier.refusals).toEqual(['BATTERY_LOW']);
    expect(bench.lock.flashOperations).toBe(operations);
    bench.lock.hands.setBattery(16);
    expect(courier.deliverImage(two, 3)?.staged).toBe(2);
  });

  it('on a lock without an owner', async () => {
    const bench = await aBench({ activated: false });
    const courier = HandCourier.greeted(bench, { key: bench.lock.firmware!.facts().advertisingKey });
    courier.deliverImage(two);
    expect(courier.refusals).toEqual(['NOT_ACTIVATED']);
  });

  it('as a downgrade is an alarm, once an hour, also where the confirmed image has rotted', async () => {
    const { bench } = await begun();
    inTrial(bench, three);
    bench.clock.advance(SELF_TEST_MS);
    bench.flash.write(bench.layout.images[1].address, new Uint8Array(64));
    reboot(bench);
    expect(running(bench)).toBe(1);
    const courier = HandCourier.greeted(bench);
    courier.deliverImage(two);
    courier.deliverImage(two, 2);
    expect(courier.refusals).toEqual(['FIRMWARE_NOT_NEWER', 'FIRMWARE_NOT_NEWER']);
    expect(eventsOf(bench, 'alarm')).toHaveLength(1);
  });

  it('as a downgrade also where the flash is put back to the image of before', async () => {
    const { bench } = await begun();
    inTrial(bench, two);
    bench.clock.advance(SELF_TEST_MS);
    const before = bench.image();
    inTrial(bench, three);
    bench.clock.advance(SELF_TEST_MS);
    bench.lock.cutPower();
    const contents = bench.secure.load();
    const again = await aBench({ built: bench.built, keySet: bench.keySet, flash: before, contents });
    // Two was whole and confirmed on that flash; what runs now is the built-in one.
    expect(running(again)).toBe(1);
    const courier = HandCourier.greeted(again);
    courier.deliverImage(two);
    courier.deliverImage(three, 2);
    expect(courier.refusals).toEqual(['FIRMWARE_NOT_NEWER', 'FIRMWARE_NOT_NEWER']);
  });

  it('by its bytes, chunk by chunk before an erase', async () => {
    const { bench, courier } = await begun();
    const operations = bench.lock.flashOperations;
    courier.offerImage(two, { offerId: 2 });
    for (let n = 0; n < 17; n++)
      courier.frame(n, (payload) => (n === 5 ? payload.map((b) => b ^ 1) : payload));
    bench.clock.advance(1);
    expect(courier.refusals).toEqual(['BAD_CHUNK']);
    expect(bench.lock.flashOperations).toBe(operations);
    expect(courier.deliverImage(two, 3)?.staged).toBe(2);
  });

  it.each<[string, FirmwarePackage]>([
    ['whose hash is not that of its chunks', signed({ imageHash: set.manifest.tableHash })],
    ['whose own number is another', signed({ firmware: 7 })],
  ])('%s is never tried', async (_, image) => {
    const { bench, courier } = await begun();
    courier.deliverImage(image, 2);
    expect(courier.refusals).toEqual(['IMAGE_MISMATCH']);
    bench.clock.advance(FIRMWARE_RESTART_MS);
    reboot(bench);
    expect([running(bench), told(bench), opens(bench)]).toEqual([1, [], true]);
  });

  it('is no message to a lock that was not greeted', async () => {
    const bench = await aBench();
    const courier = new HandCourier(bench);
    courier.link.subscribe();
    courier.say(MESSAGE.firmwareOffer, two.manifestBytes);
    expect(courier.refusals).toEqual(['NOT_GREETED']);
  });
});
