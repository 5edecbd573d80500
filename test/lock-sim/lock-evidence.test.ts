// What a lock tells of itself: receipts in order, rows that are durable before anybody sees their effect, adverts
// that only who holds the key can read.
import { describe, expect, it } from 'vitest';
import { readU32 } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { compareReceipts, type Receipt } from '#protocol/signed/receipt.ts';
import { ADVERT_ROTATION_MS, advertOfManufacturerData, recogniseAdvert } from '#protocol/sync/advert.ts';
import { BATTERY_LEVEL, CHANNEL } from '#protocol/sync/gatt.ts';
import type { Triple } from '#protocol/triple.ts';
import { TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { aDoorcodeRow, aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
const two = aSignedSet({ tableVersion: 2, rows: 4 });

/** As boot and commit rows hold it. */
const readTriple = (data: Uint8Array): Triple => ({
  ownershipEpoch: readU32(data, 0),
  keyEpoch: readU32(data, 4),
  tableVersion: readU32(data, 8),
});

/** Of each advert shown so far, the 16 bytes. */
const adverts = ({ radio }: Bench): Uint8Array[] =>
  radio.adverts.map(({ manufacturerData }) => advertOfManufacturerData(manufacturerData!)!);

const recognised = (bench: Bench) =>
  recogniseAdvert(nodeEngine, bench.built.secrets.advertisingKey, adverts(bench).at(-1)!);

describe('receipts', () => {
  it('are ordered by boot and log number: whatever changed lies between two of them', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const receipts: Receipt[] = [];
    const take = (set = one): void => {
      const courier = HandCourier.greeted(bench);
      courier.deliver(set);
      receipts.push(...courier.receipts);
      courier.leave();
    };
    take();
    take();
    bench.lock.press(one.codes[0]!);
    take();
    bench.lock.cutPower();
    bench.lock.restorePower();
    bench.clock.advance(1);
    take();
    take(two);
    take(two);
    expect(receipts).toHaveLength(6);
    for (const [i, next] of receipts.entries()) {
      const before = receipts[i - 1];
      if (before === undefined) continue;
      const isSame = before.triple.tableVersion === next.triple.tableVersion;
      const order = compareReceipts(before, next);
      expect(order).toBeLessThanOrEqual(0);
      if (!isSame || before.bootCount !== next.bootCount) expect(order).toBeLessThan(0);
      if (order === 0) expect(next.logHash).toEqual(before.logHash);
    }
  });

  it('carry the battery as the sensor reads it, which the battery service shows too', async () => {
    const bench = await aBench();
    bench.lock.hands.setBattery(14);
    const courier = HandCourier.greeted(bench);
    expect(courier.deliver(one)?.batteryPercent).toBe(14);
    expect(courier.link.read(BATTERY_LEVEL)).toEqual(Uint8Array.of(14));
    expect(courier.link.read(CHANNEL)).toBe(0x06);
  });
});

describe('a row of the event log', () => {
  it('is in flash before the door opens or refuses: a cut within it shows no decision', async () => {
    for (const [digits, type] of [
      [one.codes[0]!, 'opened'],
      ['7654321', 'refused'],
    ] as const) {
      const [bench, whole] = [await aBench(), await aBench()];
      HandCourier.greeted(bench).deliver(one);
      HandCourier.greeted(whole).deliver(one);
      const operations = whole.lock.flashOperations;
      whole.lock.press(digits);
      // The row comes last: what counts the guess lies before it.
      const operationsBefore = whole.lock.flashOperations - operations - 1;
      bench.lock.planCut(operationsBefore, { kind: 'prefix', bytes: 20 });
      expect(bench.lock.press(digits)).toBeUndefined();
      bench.lock.restorePower();
      expect(bench.lock.press(digits)?.outcome).toBe(type === 'opened' ? 'open' : 'refused');
      bench.lock.cutPower();
      bench.lock.restorePower();
      expect(eventsOf(bench, type)).toHaveLength(1);
      expect(eventsOf(bench, 'gap')).toHaveLength(1);
    }
  });

  it('of an alarm is in flash before the courier hears of the refusal', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(one);
    const courier = HandCourier.greeted(bench);
    bench.lock.planCut(0, { kind: 'before' });
    courier.offer(aSignedSet({ tableVersion: 1, rows: 9 }));
    expect(courier.refusals).toEqual([]);
    bench.lock.restorePower();
    expect(eventsOf(bench, 'alarm')).toEqual([]);
    const again = HandCourier.greeted(bench);
    again.offer(aSignedSet({ tableVersion: 1, rows: 9 }));
    expect(again.refusals).toEqual(['CONFLICT']);
    expect(eventsOf(bench, 'alarm')).toHaveLength(1);
  });

  it('of a commit is there as soon as the new table decides, before the receipt', async () => {
    const bench = await aBench({ timing: TYPICAL_TIMING });
    const courier = HandCourier.greeted(bench);
    courier.offer(one);
    courier.chunk(0);
    courier.chunk(1);
    while (bench.lock.report().tableState !== 'active') bench.clock.step();
    expect(courier.receipts).toEqual([]);
    expect(eventsOf(bench, 'tableCommitted').map(({ data }) => readTriple(data))).toEqual([one.triple]);
  });

  it('of a boot names the table in force, so that a commit whose row was cut off is told all the same', async () => {
    const bench = await aBench();
    const row = aDoorcodeRow(bench.built, '1234567', 1);
    const set = aSignedSet({ rows: [row] });
    const whole = await aBench();
    HandCourier.greeted(whole).deliver(set);
    const operations = whole.lock.flashOperations - bench.lock.flashOperations;
    bench.lock.planCut(operations - 1, { kind: 'before' });
    HandCourier.greeted(bench).deliver(set);
    expect(bench.lock.isPowered).toBe(false);
    bench.lock.restorePower();
    expect(bench.lock.press('1234567')?.outcome).toBe('open');
    expect(eventsOf(bench, 'tableCommitted')).toEqual([]);
    expect(eventsOf(bench, 'booted').map(({ data }) => readTriple(data).tableVersion)).toEqual([0, 1]);
  });
});

describe('the advert', () => {
  it('takes a fresh nonce every 15 minutes, and with each change of what it says', async () => {
    const bench = await aBench();
    expect(adverts(bench)).toHaveLength(1);
    bench.clock.advance(ADVERT_ROTATION_MS - 1);
    expect(adverts(bench)).toHaveLength(1);
    bench.clock.advance(1);
    expect(adverts(bench)).toHaveLength(2);
    bench.clock.advance(10 * ADVERT_ROTATION_MS);
    expect(adverts(bench)).toHaveLength(12);
    HandCourier.greeted(bench).deliver(one);
    expect(adverts(bench)).toHaveLength(13);
    expect(recognised(bench)).toMatchObject({ versionBits: 1, batteryLow: false, notActivated: false });
    bench.lock.hands.setBattery(14);
    expect(recognised(bench)).toMatchObject({ versionBits: 1, batteryLow: true });
    const nonces = new Set(adverts(bench).map((advert) => advert.slice(1, 5).join()));
    expect(nonces.size).toBe(14);
  });

  it('has nothing in two of its kind that only one lock would show, without the key', async () => {
    const bench = await aBench();
    HandCourier.greeted(bench).deliver(one);
    bench.clock.advance(40 * ADVERT_ROTATION_MS);
    const shown = adverts(bench).slice(2);
    for (let at = 1; at < 16; at++) {
      expect(new Set(shown.map((advert) => advert[at])).size, `byte ${at}`).toBeGreaterThan(20);
    }
    const other = nodeEngine.sha256(Uint8Array.of(1));
    expect(shown.every((advert) => recogniseAdvert(nodeEngine, other, advert) === undefined)).toBe(true);
    const { localName, serviceUuids } = bench.radio.advert!;
    expect([localName, serviceUuids]).toEqual(['Doorlab', [expect.stringMatching(/^d00b/)]]);
  });

  it('shows the low bits of the version alone', async () => {
    const bench = await aBench();
    const far = aSignedSet({ tableVersion: 65_535, rows: 1 });
    const farther = aSignedSet({ tableVersion: 65_537, rows: 1 });
    const courier = HandCourier.greeted(bench);
    courier.deliver(far);
    courier.deliver(farther, 2);
    expect(recognised(bench)?.versionBits).toBe(1);
  });

  it('goes silent with the power, and comes back with it', async () => {
    const bench = await aBench();
    bench.lock.cutPower();
    expect(bench.radio.advert).toBeUndefined();
    bench.clock.advance(2 * ADVERT_ROTATION_MS);
    expect(bench.radio.advert).toBeUndefined();
    bench.lock.restorePower();
    expect(bench.radio.advert).toBeDefined();
    await bench.lock.close();
    bench.lock.hands.setBattery(3);
    expect(bench.radio.advert).toBeUndefined();
  });
});
