// A central without notifications: it reads what is held back for it, and nobody else's.
import { describe, expect, it } from 'vitest';
import { FragmentReader } from '#protocol/sync/fragments.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench } from './lock-bench.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });

describe('a central that does not subscribe', () => {
  it('reads its answers, fragment by fragment, up to the receipt', async () => {
    const bench = await aBench();
    const courier = new HandCourier(bench, 100);
    const reader = new FragmentReader();
    const heard: number[] = [];
    const readAll = (): void => {
      for (;;) {
        const fragment = courier.link.read(SYNC_CONTROL);
        if (typeof fragment === 'number' || fragment.length === 0) return;
        expect(fragment.length).toBeLessThanOrEqual(97);
        const message = reader.read(fragment);
        if (message !== undefined) heard.push(message.type);
      }
    };
    courier.greet();
    readAll();
    courier.offer(one);
    readAll();
    for (let chunk = 0; chunk < one.chunks.length; chunk++) courier.chunk(chunk);
    bench.clock.advance(1_000);
    expect(courier.status.transfer).toBeUndefined();
    readAll();
    expect(heard).toEqual([MESSAGE.helloAnswer, MESSAGE.offerAnswer, MESSAGE.receipt]);
    expect(courier.link.heard).toEqual([]);
    expect(courier.link.connected).toBe(true);
  });

  it('is notified of the rest where it subscribes in the middle of reading a message, and reads no more', async () => {
    const bench = await aBench();
    const courier = new HandCourier(bench, 23);
    courier.greet();
    const first = courier.link.read(SYNC_CONTROL) as Uint8Array;
    expect(first.length).toBe(20);
    courier.link.begun(first);
    courier.link.subscribe();
    expect(courier.link.heard.map(({ type }) => type)).toEqual([MESSAGE.helloAnswer]);
    expect(courier.link.read(SYNC_CONTROL)).toEqual(new Uint8Array(0));
  });

  it('gets no answer that was held back for the central before it', async () => {
    const bench = await aBench();
    const courier = new HandCourier(bench);
    courier.greet();
    courier.link.disconnect();
    bench.clock.advance(1);
    expect(bench.radio.connect().read(SYNC_CONTROL)).toEqual(new Uint8Array(0));
  });
});
