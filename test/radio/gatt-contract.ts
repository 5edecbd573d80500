// The part of the ports' contract about a link that is up: values, errors, order, and how it ends.
import { expect } from 'vitest';
import { ATT_INVALID_ATTRIBUTE_LENGTH, ATT_UNLIKELY_ERROR } from '#radio/ports/gatt.ts';
import type { InTime, Met, RadioRig } from './radio-rig.ts';
import { CONTROL, DATA, met, STATUS } from './radio-rig.ts';

/** Short enough not to be felt in real time; on a virtual clock it costs nothing. */
const SHORT_MS = 150;

export function gattContract(rig: () => RadioRig, promise: InTime): void {
  const linkUp = (): Promise<Met> => met(rig());

  promise('a write request reaches the handler as such and a read gives its value', async () => {
    const { link, handler } = await linkUp();
    await link.write(CONTROL, Uint8Array.of(7, 8));
    await link.write(CONTROL, new Uint8Array(0));
    expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
    expect(handler.calls.slice(1)).toEqual(['request control 0708', 'request control ', 'read status']);
  });

  promise('write commands arrive in order, also among requests', async () => {
    const { link, handler } = await linkUp();
    const all = [0, 1, 2, 3, 4, 5].map((n) =>
      n % 3 === 2 ? link.write(CONTROL, Uint8Array.of(n)) : link.writeCommand(CONTROL, Uint8Array.of(n)),
    );
    await Promise.all(all);
    await link.read(STATUS);
    expect(handler.calls.slice(1)).toEqual([
      'command control 00',
      'command control 01',
      'request control 02',
      'command control 03',
      'command control 04',
      'request control 05',
      'read status',
    ]);
  });

  promise('a subscriber gets each notification, a copy of its own', async () => {
    const { link, handler } = await linkUp();
    const values: Uint8Array[] = [];
    await link.subscribe(CONTROL, (value) => values.push(value));
    await link.subscribe(STATUS, () => values.push(Uint8Array.of(0xff)));
    for (const n of [1, 2, 3]) expect(handler.link?.notify(CONTROL, Uint8Array.of(n))).toBe(true);
    await link.read(STATUS);
    expect(values).toEqual([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]);
    expect(values[0]?.buffer.byteLength).toBe(1);
    expect(handler.link?.isSubscribed(CONTROL)).toBe(true);
    expect(handler.link?.isSubscribed(DATA)).toBe(false);
  });

  promise('what is notified as the central subscribes arrives', async () => {
    const { link, handler } = await linkUp();
    handler.subscribed = (peripheralLink) => peripheralLink.notify(CONTROL, Uint8Array.of(5));
    const values: Uint8Array[] = [];
    await link.subscribe(CONTROL, (value) => values.push(value));
    await link.read(STATUS);
    expect(values).toEqual([Uint8Array.of(5)]);
  });

  promise('a command before subscribing is taken, and its answer notified after', async () => {
    const { link, handler } = await linkUp();
    handler.subscribed = (peripheralLink) => peripheralLink.notify(CONTROL, Uint8Array.of(6));
    const values: Uint8Array[] = [];
    await Promise.all([
      link.writeCommand(CONTROL, Uint8Array.of(1)),
      link.subscribe(CONTROL, (value) => values.push(value)),
    ]);
    expect(values).toEqual([Uint8Array.of(6)]);
    expect(handler.calls.slice(1)).toEqual(['command control 01', 'subscribe control']);
  });

  promise('a notification that nobody subscribed to, or that is too long, is not sent', async () => {
    const { link, handler } = await linkUp();
    expect(handler.link?.notify(CONTROL, Uint8Array.of(1))).toBe(false);
    const values: number[] = [];
    await link.subscribe(CONTROL, (value) => values.push(value.length));
    expect(handler.link?.notify(CONTROL, new Uint8Array(254))).toBe(false);
    expect(handler.link?.notify(CONTROL, new Uint8Array(253))).toBe(true);
    await link.read(STATUS);
    expect(values).toEqual([253]);
  });

  promise('an ATT error is told with its status and the link goes on', async () => {
    const { link, handler } = await linkUp();
    handler.read = () => ATT_UNLIKELY_ERROR;
    handler.write = () => ATT_INVALID_ATTRIBUTE_LENGTH;
    await expect(link.read(STATUS)).rejects.toMatchObject({ code: 'ATT_ERROR', attStatus: 0x0e });
    await expect(link.write(CONTROL, Uint8Array.of(1))).rejects.toMatchObject({
      code: 'ATT_ERROR',
      attStatus: 0x0d,
    });
    // Write Not Permitted, Read Not Permitted, Invalid Handle.
    await expect(link.write(STATUS, Uint8Array.of(1))).rejects.toMatchObject({ attStatus: 0x03 });
    await expect(link.read(DATA)).rejects.toMatchObject({ attStatus: 0x02 });
    await expect(link.subscribe(DATA, () => {})).rejects.toMatchObject({ attStatus: 0x01 });
    handler.write = () => 0;
    await link.write(CONTROL, Uint8Array.of(2));
  });

  promise('each of several requests at once gets its own answer', async () => {
    const { link, handler } = await linkUp();
    handler.write = ([n = 0]) => (n % 2 === 0 ? 0 : ATT_UNLIKELY_ERROR);
    handler.read = () => Uint8Array.of(9);
    const results = await Promise.allSettled([
      link.write(CONTROL, Uint8Array.of(0)),
      link.write(CONTROL, Uint8Array.of(1)),
      link.read(STATUS),
      link.write(CONTROL, Uint8Array.of(2)),
      link.write(CONTROL, Uint8Array.of(3)),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
  });

  promise('values are whole up to their limit and refused beyond it', async () => {
    const { link, handler } = await linkUp();
    const long = new Uint8Array(254);
    const sent = rig().att.length;
    await expect(link.write(CONTROL, long)).rejects.toMatchObject({ code: 'VALUE_TOO_LONG' });
    await expect(link.writeCommand(DATA, long)).rejects.toMatchObject({ code: 'VALUE_TOO_LONG' });
    expect(rig().att).toHaveLength(sent);
    await link.write(CONTROL, long.subarray(1));
    const value = Uint8Array.from({ length: 244 }, (_, n) => n);
    handler.read = () => value;
    expect(await link.read(STATUS)).toEqual(value);
    handler.read = () => new Uint8Array(245);
    await expect(link.read(STATUS)).rejects.toMatchObject({ attStatus: ATT_UNLIKELY_ERROR });
  });

  promise('a characteristic that the peer has not is refused', async () => {
    const { link } = await linkUp();
    const none = 'd0010000000000000000000000000099';
    for (const call of [
      link.read(none),
      link.write(none, Uint8Array.of(1)),
      link.writeCommand(none, Uint8Array.of(1)),
      link.subscribe(none, () => {}),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'NO_CHARACTERISTIC' });
    }
  });

  /** How each operation is asked for; the peer hears of it by the call that it makes. */
  const operations: Record<string, (link: Met['link'], deadlineMs?: number) => Promise<unknown>> = {
    'a read': (link, deadlineMs) => link.read(STATUS, deadlineMs),
    'a write': (link, deadlineMs) => link.write(CONTROL, Uint8Array.of(1), deadlineMs),
    'a subscription': (link, deadlineMs) => link.subscribe(CONTROL, () => {}, deadlineMs),
  };

  for (const [operation, ask] of Object.entries(operations)) {
    promise(`${operation} fails with LINK_LOST as the link drops under it`, async () => {
      const { central, link, handler, id } = await linkUp();
      const drop = (): number => {
        rig().dropLink(id);
        return 0;
      };
      handler.read = drop;
      handler.write = drop;
      handler.subscribed = drop;
      const waiting = link.read(STATUS);
      await expect(ask(link)).rejects.toMatchObject({ code: 'LINK_LOST' });
      await expect(waiting).rejects.toMatchObject({ code: 'LINK_LOST' });
      await link.closed;
      await handler.called('disconnect 1');
      await (await central.connect(id)).disconnect();
    });

    promise(`${operation} that is not answered ends at its deadline, and the link with it`, async () => {
      const { link, handler, id } = await linkUp();
      rig().silence(id);
      await expect(ask(link, SHORT_MS)).rejects.toMatchObject({ code: 'TIMEOUT' });
      await link.closed;
      await handler.called('disconnect 1');
    });

    promise(`${operation} fails with CLOSED as its central is closed`, async () => {
      const { central, link, id } = await linkUp();
      rig().silence(id);
      const asked = expect(ask(link)).rejects.toMatchObject({ code: 'CLOSED' });
      await central.close();
      await asked;
    });
  }

  promise('connecting fails with LINK_LOST as the link drops during discovery', async () => {
    const { central, link, handler, id } = await linkUp();
    await link.disconnect();
    await handler.called('disconnect 1');
    handler.connected = () => rig().dropLink(id);
    await expect(central.connect(id)).rejects.toMatchObject({ code: 'LINK_LOST' });
    handler.connected = () => {};
    await central.connect(id);
  });

  promise('connecting to a peer that hangs ends at its deadline', async () => {
    const { central, link, handler, id } = await linkUp();
    await link.disconnect();
    rig().silence(id);
    await expect(central.connect(id, { deadlineMs: SHORT_MS })).rejects.toMatchObject({
      code: 'CONNECT_TIMEOUT',
    });
    await handler.called('disconnect 2');
  });

  promise(
    'after a disconnect nothing is asked and nothing notified, nor told to the next central',
    async () => {
      const { central, link, handler, id } = await linkUp();
      await link.subscribe(CONTROL, () => {});
      const first = handler.link;
      await Promise.all([link.disconnect(), link.disconnect()]);
      for (const ask of Object.values(operations)) {
        await expect(ask(link)).rejects.toMatchObject({ code: 'LINK_LOST' });
      }
      await expect(link.writeCommand(DATA, Uint8Array.of(1))).rejects.toMatchObject({ code: 'LINK_LOST' });
      const again = await central.connect(id);
      const values: Uint8Array[] = [];
      expect(handler.link?.isSubscribed(CONTROL)).toBe(false);
      await again.subscribe(CONTROL, (value) => values.push(value));
      expect(first?.connected).toBe(false);
      expect(first?.notify(CONTROL, Uint8Array.of(1))).toBe(false);
      first?.disconnect();
      await again.read(STATUS);
      expect(values).toEqual([]);
      // The end of a link is one call: its subscriptions end with it.
      expect(handler.calls).not.toContain('unsubscribe control');
    },
  );

  promise('a peripheral ends its link', async () => {
    const { link, handler } = await linkUp();
    handler.link?.disconnect();
    await link.closed;
    await handler.called('disconnect 1');
    expect(handler.link?.connected).toBe(false);
  });

  promise('the bytes that a caller writes or notifies are its own again at once', async () => {
    const { link, handler } = await linkUp();
    const bytes = Uint8Array.of(1);
    const written = link.write(CONTROL, bytes);
    bytes[0] = 2;
    await written;
    const values: Uint8Array[] = [];
    await link.subscribe(CONTROL, (value) => values.push(value));
    handler.link?.notify(CONTROL, bytes);
    bytes[0] = 3;
    await link.read(STATUS);
    expect(handler.calls[1]).toBe('request control 01');
    expect(values).toEqual([Uint8Array.of(2)]);
  });
}
