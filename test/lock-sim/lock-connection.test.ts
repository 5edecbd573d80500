// What a hostile central can do to a lock: nothing that lasts, nothing that throws, and never for long.
import { describe, expect, it } from 'vitest';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { REFUSAL_LINGER_MS } from '#protocol/limits.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { LOCK_STATUS, SYNC_CONTROL, SYNC_DATA } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aSignedSet, reSigned } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import type { HandLink } from './hand-radio.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
/** More of them would only make the test slower: connections cost most. */
const OFFERS_A_CONNECTION = 200;
/** Many times what 100,000 offers take. */
const MASS_LIMIT_MS = 300_000;
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
    ['reads lock-status', (link) => link.read(LOCK_STATUS)],
    ['reads what is held back for it', (link) => link.read(SYNC_CONTROL)],
  ])('is ended after 5 s where it %s', async (_, act) => {
    const bench = await aBench();
    const link = bench.radio.connect();
    link.subscribe();
    expect(lifeOf(bench, link, (second) => act(link, second))).toBe(6);
    expect(HandCourier.greeted(bench).deliver(one)?.triple).toEqual(one.triple);
  });

  it('is ended a moment after the refusal where its hello does not parse', async () => {
    const bench = await aBench();
    const link = bench.radio.connect();
    link.subscribe();
    link.write(SYNC_CONTROL, Uint8Array.of(0x81, 0, 0xa1));
    expect(link.heard.map(({ type }) => type)).toEqual([MESSAGE.refusal]);
    bench.clock.advance(REFUSAL_LINGER_MS - 1);
    expect(link.connected).toBe(true);
    bench.clock.advance(1);
    expect(link.connected).toBe(false);
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

describe('a lock whose power comes back at once', () => {
  it('is not put out again by what the boot before had begun', async () => {
    const bench = await aBench({ timing: { eraseMs: 45, programMs: 0.8 } });
    const courier = HandCourier.greeted(bench);
    courier.offer(big);
    courier.chunk(0);
    courier.chunk(1);
    bench.clock.advance(10);
    bench.lock.cutPower();
    bench.lock.restorePower();
    bench.clock.advance(60_000);
    expect(bench.lock.report()).toMatchObject({ powered: true, boots: 2 });
  });
});

describe('offers that lead nowhere', { timeout: MASS_LIMIT_MS }, () => {
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

  it.each([
    ['Node engine', nodeEngine, 100_000],
    ['portable engine', portableEngine, 1_000],
  ] as const)('cost no flash operation, with frames, on the %s', async (_, engine, count) => {
    const bench = await aBench({ engine });
    HandCourier.greeted(bench).deliver(aSignedSet({ tableVersion: 2, rows: 2 }));
    const operations = bench.lock.flashOperations;
    const codes = new Set<string>();
    for (let n = 0; n < count;) {
      const courier = HandCourier.greeted(bench);
      for (const end = Math.min(count, n + OFFERS_A_CONNECTION); n < end; n++) {
        courier.offer({ ...big, manifestBytes: offers[n % offers.length]![1] });
        courier.frame(n % 17);
      }
      for (const code of courier.refusals) codes.add(code);
      courier.leave();
    }
    expect(bench.lock.flashOperations).toBe(operations);
    expect([...codes].sort()).toEqual(offers.map(([, , code]) => code).sort());
  });

  it('of two signed sets in turn erase 16 times a day at most, and the newest is taken all the same, begun or not', async () => {
    const bench = await aBench();
    const eight = aSignedSet({ tableVersion: 8, rows: 300 });
    const nine = aSignedSet({ tableVersion: 9, rows: 300 });
    const begin = (set: typeof eight): string | undefined => {
      const courier = HandCourier.greeted(bench);
      courier.offer(set);
      courier.chunk(0);
      bench.clock.advance(1_000);
      courier.leave();
      bench.clock.advance(31_000);
      return courier.refusals[0];
    };
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 20; n++) codes.push(begin(nine), begin(eight));
    // Nine and eight in turn, until eight has had its eight begins: from then on only nine goes on.
    expect(codes.indexOf('WEAR_LIMIT')).toBe(17);
    expect(codes.filter((_, at) => at % 2 === 0)).toEqual(Array.from({ length: 20 }, () => undefined));
    const chunkSector = bench.layout.slots.A.chunks.sector;
    expect(bench.flash.eraseCount(chunkSector)).toBeLessThanOrEqual(17);
    const image = HandCourier.greeted(bench);
    expect(image.deliverImage(aFirmware({ firmware: 2 }))?.staged, 'its budget is its own').toBe(2);
    image.leave();
    expect(begin(aSignedSet({ tableVersion: 10, rows: 300 }))).toBeUndefined();
    bench.clock.advance(86_400_000);
    expect(begin(nine)).toBeUndefined();
  });

  it('that end on a set which is not the newest do not hold the newest up, also once that one is committed', async () => {
    const bench = await aBench();
    const eight = aSignedSet({ tableVersion: 8, rows: 300 });
    const nine = aSignedSet({ tableVersion: 9, rows: 300 });
    for (let n = 0; n < 20; n++) {
      const courier = HandCourier.greeted(bench);
      courier.offer(n % 2 === 0 ? nine : eight);
      courier.chunk(0);
      bench.clock.advance(1_000);
      courier.leave();
      bench.clock.advance(31_000);
    }
    const next = HandCourier.greeted(bench);
    next.deliver(eight);
    next.leave();
    bench.clock.advance(31_000);
    const honest = HandCourier.greeted(bench);
    expect(honest.deliver(nine)?.triple, honest.refusals.join()).toEqual(nine.triple);
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
