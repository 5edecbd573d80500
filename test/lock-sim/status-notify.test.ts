// What a lock tells by itself to who has subscribed: lock-status and battery level, at most once a second, and only
// what has changed. On a hand-made radio, then over both kinds of radio.
import { describe, expect, it } from 'vitest';
import { STATUS_NOTIFY_MS } from '#protocol/limits.ts';
import { BATTERY_LEVEL, LOCK_STATUS } from '#protocol/sync/gatt.ts';
import { decodeLockStatus } from '#protocol/sync/lock-status.ts';
import { RADIOS, withMetLock } from '#test/builders/met-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import type { HandLink } from './hand-radio.ts';
import { aBench } from './lock-bench.ts';

const big = aSignedSet({ tableVersion: 2, rows: 600 });

const percentsOf = (link: HandLink): (number | undefined)[] =>
  link.notified.filter(({ characteristic }) => characteristic === BATTERY_LEVEL).map(({ value }) => value[0]);
const statusesOf = (link: HandLink): Uint8Array[] =>
  link.notified.filter(({ characteristic }) => characteristic === LOCK_STATUS).map(({ value }) => value);

describe('the battery level', () => {
  it('is notified as its whole percent changes, the last of several within a second', async () => {
    const { clock, lock, radio } = await aBench();
    const link = radio.connect();
    link.subscribe(BATTERY_LEVEL);
    clock.advance(STATUS_NOTIFY_MS);
    expect(percentsOf(link)).toEqual([]);
    for (const percent of [80, 70, 60]) lock.hands.setBattery(percent);
    clock.advance(2 * STATUS_NOTIFY_MS);
    lock.hands.setBattery(60);
    clock.advance(STATUS_NOTIFY_MS);
    expect(percentsOf(link)).toEqual([60]);
    expect(statusesOf(link)).toEqual([]);
  });

  it('is not notified any more once the central has unsubscribed, nor to the next one', async () => {
    const { clock, lock, radio } = await aBench();
    const link = radio.connect();
    link.subscribe(BATTERY_LEVEL);
    link.unsubscribe(BATTERY_LEVEL);
    link.subscribe(LOCK_STATUS);
    link.disconnect();
    clock.advance(1);
    const next = radio.connect();
    lock.hands.setBattery(50);
    clock.advance(2 * STATUS_NOTIFY_MS);
    expect([link.notified, next.notified]).toEqual([[], []]);
  });
});

describe('lock-status', () => {
  it('is notified with the advert that has come on the air', async () => {
    const { clock, lock, radio } = await aBench();
    const link = radio.connect();
    link.subscribe(LOCK_STATUS);
    lock.hands.setBattery(5);
    clock.advance(STATUS_NOTIFY_MS);
    expect(statusesOf(link)).toEqual([link.read(LOCK_STATUS)]);
    expect(decodeLockStatus(statusesOf(link)[0]!).advert).toEqual(radio.advert?.manufacturerData?.slice(2));
  });

  it('is notified once a second while a transfer moves, and not while it stands', async () => {
    const bench = await aBench();
    const courier = HandCourier.greeted(bench);
    courier.link.subscribe(LOCK_STATUS);
    courier.offer(big);
    courier.chunk(0);
    courier.chunk(1);
    bench.clock.advance(STATUS_NOTIFY_MS);
    courier.frame(2 * 17);
    bench.clock.advance(STATUS_NOTIFY_MS);
    bench.clock.advance(2 * STATUS_NOTIFY_MS);
    const transfers = statusesOf(courier.link).map((value) => decodeLockStatus(value).transfer?.progress);
    expect(transfers.map((progress) => [progress?.have[0], progress?.open.length])).toEqual([
      [0b11, 0],
      [0b11, 1],
    ]);
    expect(statusesOf(courier.link).at(-1)).toEqual(courier.link.read(LOCK_STATUS));
  });

  it('that is longer than a notification holds is read alone', async () => {
    const { clock, lock, radio } = await aBench();
    const link = radio.connect(23);
    link.subscribe(LOCK_STATUS);
    lock.hands.setBattery(5);
    clock.advance(STATUS_NOTIFY_MS);
    expect(link.notified).toEqual([]);
    expect(link.read(LOCK_STATUS)).toHaveLength(27);
  });

  it('leaves a lock without power silent, and the timer ends with the link', async () => {
    const { clock, lock, radio } = await aBench();
    const link = radio.connect();
    link.subscribe(LOCK_STATUS);
    lock.cutPower();
    clock.advance(5 * STATUS_NOTIFY_MS);
    expect(link.notified).toEqual([]);
    expect(clock.nextDueMs()).toBeUndefined();
  });
});

it.each(Object.entries(RADIOS))('%s: both are notified and then read the same', async (_name, open) => {
  await withMetLock(open, async ({ lock, link }) => {
    const both = new Map<string, Uint8Array>();
    const told = new Promise<void>((resolve) => {
      const note = (name: string) => (value: Uint8Array) => {
        if (both.set(name, value).size === 2) resolve();
      };
      void link.subscribe(LOCK_STATUS, note('status'));
      void link.subscribe(BATTERY_LEVEL, note('battery')).then(() => lock.hands.setBattery(7));
    });
    await told;
    expect(both.get('battery')).toEqual(Uint8Array.of(7));
    expect(both.get('status')).toEqual(await link.read(LOCK_STATUS));
  });
});
