// Deliveries over the in-memory radio to the model lock, in virtual time.
import { expect, test } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { verifyReceipt } from '#protocol/signed/receipt.ts';
import { deliver, type DeliveryOptions, type DeliveryOutcome } from '#gateway/courier/delivery.ts';
import { openMemoryRadio, type MemoryRadio, type MemoryRadioOptions } from '#radio/memory/memory-radio.ts';
import type { AddressedPeripheral } from '#radio/memory/memory-radio.ts';
import type { Central } from '#radio/ports/central.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { ModelLock, type Faults } from './model-lock.ts';
import { putOnAir } from './model-peripheral.ts';
import { settle } from './settle.ts';

interface Scene {
  readonly clock: VirtualClock;
  readonly radio: MemoryRadio;
  readonly central: Central;
  readonly peripheral: AddressedPeripheral;
  readonly lock: ModelLock;
  deliver(set: BuiltSet, options?: Partial<DeliveryOptions>): Promise<DeliveryOutcome>;
}

async function aScene(faults: Faults = {}, radioOptions: Partial<MemoryRadioOptions> = {}): Promise<Scene> {
  const clock = new VirtualClock();
  const radio = openMemoryRadio({ clock, link: { intervalMs: 30 }, ...radioOptions });
  const [central, peripheral] = [await radio.central(), await radio.peripheral()];
  const lock = new ModelLock(aLock(), faults);
  await putOnAir(peripheral, lock);
  const ports = { engine: nodeEngine, clock, random: seededRandom(1) };
  return {
    clock,
    radio,
    central,
    peripheral,
    lock,
    deliver: (set, options = {}) =>
      settle(
        clock,
        deliver(
          ports,
          {
            lockId: lock.built.lockId,
            advertisingKey: lock.built.secrets.advertisingKey,
            cloudNonce: new Uint8Array(16).fill(7),
            package: set,
          },
          {
            connect: (how) => central.connect(peripheral.peripheralId, how),
            keySetsAfter: async () => [],
            ...options,
          },
        ),
      ),
  };
}

test('a lock without a table gets the set, and its receipt comes back', async () => {
  const { deliver, lock } = await aScene();
  const set = aSignedSet({ rows: 600 });
  const seen: number[] = [];
  const outcome = await deliver(set, { onProgress: ({ bytes }) => seen.push(bytes) });
  expect(outcome.result).toBe('applied');
  expect(lock.active?.triple).toEqual(set.triple);
  if (outcome.result !== 'applied') return;
  const receipt = verifyReceipt(
    nodeEngine,
    outcome.receiptBytes,
    lock.built.lockId,
    lock.built.identity.publicKey,
  );
  expect([...receipt.cloudNonce]).toEqual(Array.from({ length: 16 }, () => 7));
  expect(outcome.framesSent).toBe(lock.framesHeard);
  expect(outcome.connections).toBe(1);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(lock.outOfBounds).toEqual([]);
});
