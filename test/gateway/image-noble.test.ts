// A firmware image from the real noble to the real bleno on the modelled link, in virtual time: the lock's restart in
// between, the meeting afterwards, and a link that loses what links lose.
import { expect, onTestFinished, test } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { frameCount } from '#protocol/sync/frames.ts';
import { DoorFinder } from '#gateway/courier/door-finder.ts';
import { deliverImage, type ImageOutcome } from '#gateway/courier/image-delivery.ts';
import { connectorOf } from '#gateway/door-connector.ts';
import type { Faults } from '#radio/air/faults.ts';
import { USUAL_LINK } from '#radio/air/link-model.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { inVirtualTime } from '#test/builders/virtual-time.ts';

const two = aFirmware({ firmware: 2, codeBytes: 20_000 });
const FRAMES = frameCount(two.manifest, 241);

async function bringOver(faults?: Faults): Promise<{ outcome: ImageOutcome; runs: number; tookMs: number }> {
  const clock = new VirtualClock();
  const radio = openVirtualRadio({ clock, link: USUAL_LINK, ...(faults === undefined ? {} : { faults }) });
  const running = <T>(work: Promise<T>): Promise<T> => inVirtualTime(clock, work, radio.settle);
  onTestFinished(() => running(radio.close()));
  const peripheral = await radio.peripheral();
  const { lock, built } = await running(aRunningLock({ peripheral, clock, capacityChunks: 4 }));
  const central = await running(radio.central());
  const door = {
    doorId: 'front',
    doorName: 'Front',
    lockId: built.lockId,
    advertisingKey: built.secrets.advertisingKey,
  };
  const ports = { engine: nodeEngine, clock, random: seededRandom('image over noble') };
  const finder = new DoorFinder(ports, central, [door]);
  const seen = await running(finder.next(new Set([door.doorId])));
  if (seen === undefined) throw new Error('the door does not show itself');
  const startMs = clock.monotonicMs();
  const outcome = await running(
    deliverImage(
      ports,
      { ...door, image: two, keySet: 1 },
      {
        ...connectorOf(central, finder, seen),
        keySetsAfter: () => Promise.resolve([]),
        isWatched: true,
      },
    ),
  );
  return { outcome, runs: lock.report().firmware, tookMs: clock.monotonicMs() - startMs };
}

test('an image is brought, the lock restarts into it, and is met again with it running', async () => {
  const { outcome, runs, tookMs } = await bringOver();
  expect(outcome).toEqual({ result: 'confirmed', connections: 2, framesSent: FRAMES, ranBefore: 1 });
  expect(runs).toBe(2);
  expect(tookMs).toBeLessThan(15_000);
});

test('over a link that loses packets, and is lost itself once in its middle, it is brought all the same', async () => {
  const { outcome, runs } = await bringOver({ seed: 7, packetLoss: 0.05, loseLinkAtPdu: 60 });
  expect(outcome.result).toBe('confirmed');
  expect(outcome.connections).toBeGreaterThan(2);
  expect(runs).toBe(2);
});
