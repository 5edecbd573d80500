// A real lock on the in-memory radio, images for it, and a courier that brings them, in virtual time.
import { onTestFinished } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { deliver, type DeliveryOutcome } from '#gateway/courier/delivery.ts';
import { deliverImage, type ImageOptions, type ImageOutcome } from '#gateway/courier/image-delivery.ts';
import type { Lock } from '#lock-sim/lock.ts';
import { openMemoryRadio, type MemoryRadio, type MemoryRadioOptions } from '#radio/memory/memory-radio.ts';
import type { AddressedPeripheral } from '#radio/memory/memory-radio.ts';
import type { Central } from '#radio/ports/central.ts';
import type { BuiltFirmware } from '#test/builders/firmware.ts';
import type { BuiltSet } from '#test/builders/signed-set.ts';
import { aRunningLock, type RunningLock } from '#test/builders/running-lock.ts';
import { settle } from './settle.ts';

export interface ImageScene {
  readonly clock: VirtualClock;
  readonly radio: MemoryRadio;
  readonly central: Central;
  readonly peripheral: AddressedPeripheral;
  readonly running: RunningLock;
  readonly lock: Lock;
  bring(image: BuiltFirmware, options?: Partial<ImageOptions> & { keySet?: number }): Promise<ImageOutcome>;
  deliver(set: BuiltSet): Promise<DeliveryOutcome>;
}

export async function anImageScene(radioOptions: Partial<MemoryRadioOptions> = {}): Promise<ImageScene> {
  const clock = new VirtualClock();
  const radio = openMemoryRadio({ clock, link: { intervalMs: 30 }, ...radioOptions });
  const [central, peripheral] = [await radio.central(), await radio.peripheral()];
  const running = await settle(clock, aRunningLock({ peripheral, clock, capacityChunks: 4 }));
  const { lock, built } = running;
  onTestFinished(() => lock.close());
  const ports = { engine: nodeEngine, clock, random: seededRandom('image') };
  const to = { lockId: built.lockId, advertisingKey: built.secrets.advertisingKey };
  const connect: ImageOptions['connect'] = (how) => central.connect(peripheral.peripheralId, how);
  return {
    clock,
    radio,
    central,
    peripheral,
    running,
    lock,
    bring: (image, { keySet = 1, ...options } = {}) =>
      settle(
        clock,
        deliverImage(
          ports,
          { ...to, image, keySet },
          {
            connect,
            keySetsAfter: async () => [],
            isWatched: true,
            ...options,
          },
        ),
      ),
    deliver: (set) =>
      settle(
        clock,
        deliver(
          ports,
          { ...to, cloudNonce: new Uint8Array(16), package: set },
          { connect, keySetsAfter: async () => [] },
        ),
      ),
  };
}

export const numberOf = ({ lock }: ImageScene): number => lock.report().firmware;

/** Types of the rows that tell of firmware, in order. */
export const told = ({ lock }: ImageScene): string[] =>
  [...(lock.firmware?.storage.events.read(1) ?? [])]
    .map(({ type }) => type)
    .filter((type) => type.startsWith('firmware'));
