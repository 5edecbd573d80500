// What a hostile central can do to a lock: nothing that lasts, nothing that throws, and never for long.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '#protocol/sync/frames.ts';
import { CHANNEL, LOCK_STATUS, SYNC_CONTROL, SYNC_DATA } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { holds } from '#test/builders/seeded-property.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aSignedSet, reSigned } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import type { HandLink } from './hand-radio.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
const big = aSignedSet({ tableVersion: 2, rows: 600 });

/** How long the link lives while `keepBusy` is called every second. */
function lifeOf(bench: Bench, link: HandLink, keepBusy: (second: number) => void): number {
  for (let second = 1; second <= 400; second++) {
    bench.clock.advance(999);
    if (!link.connected) return second;
    keepBusy(second);
    bench.clock.advance(1);
  }
  return Infinity;
}

describe('a connection that does not get on', () => {
  it.each<[string, (link: HandLink, second: number) => void]>([
    ['says nothing', () => undefined],
    ['trickles a message by the byte', (link, n) => link.write(SYNC_CONTROL, Uint8Array.of(1, n - 1, 0))],
    ['sends frames before its hello', (link) => link.write(SYNC_DATA, Uint8Array.of(1, 0, 0, 1))],
    [
      'sends hellos that do not parse',
      (link, n) => link.write(SYNC_CONTROL, Uint8Array.of(0x81, n - 1, 0xa1)),
    ],
    ['reads lock-status', (link) => link.read(LOCK_STATUS)],
  ])('is ended after 5 s where it %s', async (_, act) => {
    const bench = await aBench();
    const link = bench.radio.connect();
    link.subscribe();
    expect(lifeOf(bench, link, (second) => act(link, second))).toBe(6);
    expect(HandCourier.greeted(bench).deliver(one)?.triple).toEqual(one.triple);
  });

  it.each<[string, (courier: HandCourier) => void]>([
    ['says no more', () => undefined],
    ['repeats one frame', (courier) => courier.frame(0)],
    ['sends frames for which there is no room', (courier) => courier.frame(5 * 17)],
    ['sends messages that are refused', (courier) => courier.say(99, new Uint8Array(1))],
  ])('is ended 10 s after its last step on where it %s', async (_, act) => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.offer(big);
    courier.frame(0);
    expect(lifeOf(bench, courier.link, () => act(courier))).toBe(11);
  });

  it('is ended after 180 s however busy it is, and the next courier goes on from there', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.offer(big);
    let next = 0;
    expect(lifeOf(bench, courier.link, () => courier.frame(next++ % 102))).toBeLessThanOrEqual(181);
    const offering = HandCourier.greeted(bench);
    expect(lifeOf(bench, offering.link, (second) => offering.offer(big, { offerId: second & 0xff }))).toBe(
      181,
    );
    expect(HandCourier.greeted(bench).deliver(big)?.triple).toEqual(big.triple);
  });
});

describe('a central that does not listen', () => {
  it('gets a whole table through, without one notification', async () => {
    const bench = await aBench();
    const courier = new HandCourier(bench);
    courier.greet();
    courier.deliver(big);
    for (let chunk = 0; chunk < big.chunks.length; chunk++) {
      courier.offer(big, { offerId: 2 + chunk });
      courier.chunk(chunk);
      bench.clock.advance(1);
    }
    expect(bench.lock.report().version).toBe('1.1.2');
    expect(courier.link.heard).toEqual([]);
  });

  it('cannot pile up answers in the lock', async () => {
    const bench = await aBench();
    const courier = new HandCourier(bench);
    courier.greet();
    for (let n = 0; n < 1_000; n++) courier.say(99, new Uint8Array(1));
    courier.link.subscribe();
    expect(courier.link.heard.length).toBeLessThanOrEqual(8);
    bench.clock.advance(1);
    expect(courier.link.connected).toBe(false);
  });
});

describe('a link that outlives a boot', () => {
  it('is ended, and nothing said on it reaches the next boot', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.offer(big);
    courier.frame(0);
    bench.lock.cutPower();
    bench.lock.restorePower();
    courier.frame(1);
    courier.offer(one, { offerId: 2 });
    expect(bench.lock.report()).toMatchObject({ connected: false, staging: undefined });
    expect(courier.status.connectionNonce).toEqual(new Uint8Array(8));
    bench.clock.advance(1);
    expect(courier.link.connected).toBe(false);
    expect(HandCourier.greeted(bench).deliver(one)?.triple).toEqual(one.triple);
  });

  it('that comes up in the dark is ended', async () => {
    const bench = await aBench();
    bench.lock.cutPower();
    const link = bench.radio.connect();
    expect(link.read(LOCK_STATUS)).toBe(0x0e);
    bench.clock.advance(1);
    expect(link.connected).toBe(false);
  });

  it('leaves no timer and no flash job that acts on the next boot', async () => {
    const bench = await aBench({ timing: { eraseMs: 45, programMs: 0.8 } });
    const courier = HandCourier.greeted(bench);
    courier.deliver(one);
    courier.offer(big, { offerId: 2 });
    for (let chunk = 0; chunk < 5; chunk++) courier.chunk(chunk);
    bench.lock.pressButton();
    bench.lock.cutPower();
    expect(bench.radio.advert).toBeUndefined();
    bench.clock.advance(1);
    expect(bench.clock.nextDueMs()).toBeUndefined();
    bench.lock.restorePower();
    const operations = bench.lock.flashOperations;
    const next = HandCourier.greeted(bench);
    bench.clock.advance(4_000);
    expect(bench.lock.flashOperations).toBe(operations);
    expect(next.link.connected).toBe(true);
    expect(bench.lock.report()).toMatchObject({ version: '1.1.1', boots: 2, activationWindowOpen: false });
  });
});

describe('offers that lead nowhere', () => {
  const flipped = big.manifestBytes.slice();
  flipped[flipped.length - 1]! ^= 1;
  const offers: [string, Uint8Array, string][] = [
    ['with a forged signature', flipped, 'BAD_SIGNATURE'],
    [
      'by a stranger',
      aSignedSet({ keySet: aKeySet({ seed: 2 }), tableVersion: 9 }).manifestBytes,
      'UNKNOWN_KEY',
    ],
    ['of rubbish', new Uint8Array(900).fill(0x5a), 'TRUNCATED'],
    ['that are too old', aSignedSet({ tableVersion: 1, rows: 9 }).manifestBytes, 'STALE'],
    ['that are too large', aSignedSet({ tableVersion: 9, rows: 1_200 }).manifestBytes, 'CAPACITY'],
    [
      'that need other firmware',
      reSigned(aSignedSet({ tableVersion: 9 }), { minimumFirmware: 9 }),
      'FIRMWARE_TOO_OLD',
    ],
  ];

  it('cost no flash operation, a thousand of them, with frames', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(aSignedSet({ tableVersion: 2, rows: 2 }));
    const operations = bench.lock.flashOperations;
    const codes = new Set<string>();
    for (let n = 0; n < 1_000; n++) {
      const courier = HandCourier.greeted(bench);
      courier.offer({ ...big, manifestBytes: offers[n % offers.length]![1] });
      courier.frame(n % 17);
      for (const code of courier.refusals) codes.add(code);
      courier.leave();
    }
    expect(bench.lock.flashOperations).toBe(operations);
    expect([...codes].sort()).toEqual(offers.map(([, , code]) => code).sort());
  });

  it('under the signature of the cloud cost one row of the log a code an hour', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(one);
    const conflict = aSignedSet({ tableVersion: 1, rows: 9 });
    const jump = aSignedSet({ tableVersion: 1 + 65_536, rows: 1 });
    for (let n = 0; n < 200; n++) {
      const courier = HandCourier.greeted(bench);
      courier.offer(conflict);
      courier.offer(jump, { offerId: 2 });
      expect(courier.refusals).toEqual(['CONFLICT', 'JUMP_TOO_FAR']);
      courier.leave();
    }
    expect(eventsOf(bench, 'alarm').map(({ data }) => data[0])).toEqual([71, 72]);
    bench.clock.advance(3_600_000);
    HandCourier.greeted(bench).offer(conflict);
    expect(eventsOf(bench, 'alarm')).toHaveLength(3);
  });
});

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
    bench.clock.advance(1);
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
