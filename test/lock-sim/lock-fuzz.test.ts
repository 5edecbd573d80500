// Any bytes on any characteristic, by hand and over the air: a lock never throws, and serves whoever comes next.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REFUSAL_LINGER_MS } from '#protocol/limits.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { encodeFrame } from '#protocol/sync/frames.ts';
import { CHANNEL, SYNC_CONTROL, SYNC_DATA } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { holds } from '#test/builders/seeded-property.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench } from './lock-bench.ts';

const big = aSignedSet({ tableVersion: 2, rows: 600 });

describe('any bytes at all', () => {
  const aValue = fc.uint8Array({ maxLength: 244 });
  const aMessage = fc.record({ type: fc.nat(127), body: fc.uint8Array({ maxLength: 700 }) });
  const aFrame = fc.tuple(fc.nat(120), fc.uint8Array({ minLength: 241, maxLength: 241 }));

  it('never make the lock throw, at any point of a conversation', async () => {
    const bench = await aBench();
    let written = 0;
    holds(
      fc.property(
        fc.constantFrom(0, 1, 2),
        fc.array(fc.oneof(aValue, aMessage, aFrame), { minLength: 20, maxLength: 40 }),
        (start, inputs) => {
          const courier = new HandCourier(bench);
          courier.link.subscribe();
          if (start > 0) courier.greet();
          if (start > 1) courier.offer(big);
          for (const input of inputs) {
            written++;
            if (input instanceof Uint8Array) {
              courier.link.write([SYNC_CONTROL, SYNC_DATA, CHANNEL][written % 3]!, input);
            } else if (Array.isArray(input)) {
              const [number, payload] = input;
              courier.link.write(SYNC_DATA, encodeFrame({ offerId: 1, number, payload }));
            } else courier.say(input.type, input.body);
            bench.clock.advance(1);
          }
          courier.leave();
        },
      ),
      400,
    );
    expect(written).toBeGreaterThan(10_000);
    expect(bench.radio.advert).toBeDefined();
    expect(bench.lock.report()).toMatchObject({ tableState: 'none', boots: 1 });
    const honest = HandCourier.greeted(bench);
    // Once to find the rubbish that the others left open, once more for what then was missing.
    const receipt = honest.deliver(big) ?? honest.deliver(big, 2);
    expect(honest.refusals).toEqual([]);
    expect(receipt?.triple).toEqual(big.triple);
  });

  it('of a fragment bomb end the connection at 4 KiB', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    for (let n = 1; n < 40; n++) {
      courier.link.write(
        SYNC_CONTROL,
        Uint8Array.from({ length: 244 }, (_, i) => [MESSAGE.offer, n + 5][i] ?? 7),
      );
    }
    expect(new Set(courier.refusals)).not.toEqual(new Set());
    bench.clock.advance(REFUSAL_LINGER_MS);
    expect(courier.link.connected).toBe(false);
  });

  it('over the air leave a lock that advertises and serves the next courier', async () => {
    const clock = new VirtualClock();
    const radio = openMemoryRadio({ clock });
    const peripheral = await radio.peripheral();
    const { lock } = await aRunningLock({ peripheral, clock });
    const central = await radio.central();
    const settle = async <T>(work: Promise<T>): Promise<T> => {
      let isDone = false;
      void work.then(
        () => (isDone = true),
        () => (isDone = true),
      );
      const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
      await clock.runUntil(() => isDone, turn, 60_000);
      return work;
    };
    const reports: AdvertReport[] = [];
    for (let round = 0; round < 20; round++) {
      const link = await settle(central.connect(peripheral.peripheralId));
      for (let n = 0; n < 20; n++) {
        const value = Uint8Array.from({ length: 1 + n * 10 }, (_, i) => (i * 31 + n * 7 + round) & 0xff);
        await settle(link.writeCommand(n % 2 === 0 ? SYNC_DATA : SYNC_CONTROL, value)).catch(() => undefined);
      }
      await settle(link.disconnect());
    }
    const scan = await settle(central.scan({ serviceUuids: [], onReport: (report) => reports.push(report) }));
    clock.advance(2_000);
    await settle(scan.stop());
    expect(reports.map(({ localName }) => localName)).toContain('Doorlab');
    expect(lock.report()).toMatchObject({ powered: true, connected: false });
    await settle(lock.close());
  });
});
