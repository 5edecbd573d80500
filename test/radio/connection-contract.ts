// The part of the ports' contract about connecting: who, in what order, until when, and closing.
import { expect } from 'vitest';
import type { Central } from '#radio/ports/central.ts';
import type { InTime, RadioRig } from './radio-rig.ts';
import {
  aLock,
  anAdvert,
  CONTROL,
  met,
  RecordingHandler,
  SERVICE,
  SERVICES,
  sight,
  STATUS,
} from './radio-rig.ts';

/** Short enough not to be felt in real time; on a virtual clock it costs nothing. */
const SHORT_MS = 150;

export function connectionContract(rig: () => RadioRig, promise: InTime): void {
  promise('connecting agrees on an MTU and finds the whole table', async () => {
    const { link, handler } = await met(rig());
    expect(link.mtu).toBe(256);
    const uuids = link.gattTable.services.map(({ uuid }) => uuid);
    expect(uuids).toEqual(['1800', '1801', '180f', SERVICE]);
    const service = link.gattTable.services.at(-1);
    expect(service?.characteristics.map(({ uuid }) => uuid)).toEqual(
      SERVICES[1]?.characteristics.map(({ uuid }) => uuid),
    );
    expect(handler.link?.mtu).toBe(256);
  });

  promise('only the wanted services are looked into', async () => {
    const { link } = await met(rig(), { serviceUuids: [SERVICE] });
    const known = link.gattTable.services.map(({ characteristics }) => characteristics.length);
    expect(known).toEqual([0, 0, 0, 3]);
  });

  promise('with the table of an earlier meeting nothing is discovered', async () => {
    const { central, link, id, handler } = await met(rig());
    const table = JSON.parse(JSON.stringify(link.gattTable)) as typeof link.gattTable;
    await link.disconnect();
    await handler.called('disconnect 1');
    rig().att.length = 0;
    const again = await central.connect(id, { gattTable: table });
    expect(await again.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
    // MTU request and response, read request and response.
    expect(rig().att).toHaveLength(4);
  });

  promise('the peripheral advertises again by itself after each link, and counts them', async () => {
    const { central, link, id, handler } = await met(rig());
    await link.disconnect();
    const second = await central.connect(id);
    expect(handler.link?.epoch).toBe(2);
    await second.disconnect();
    await handler.called('disconnect 2');
    expect(handler.calls).toEqual(['connect 1', 'disconnect 1', 'connect 2', 'disconnect 2']);
  });

  promise('a peripheral that is away is given up in time, and another is met at once', async () => {
    const away = await aLock(rig());
    const central = await rig().central();
    const { peripheralId } = await sight(central);
    await away.peripheral.stopAdvertising();
    await aLock(rig());
    const other = await sight(central, (report) => report.peripheralId !== peripheralId);
    await expect(central.connect(peripheralId, { deadlineMs: SHORT_MS })).rejects.toMatchObject({
      code: 'CONNECT_TIMEOUT',
    });
    const link = await central.connect(other.peripheralId);
    expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
    await away.peripheral.advertise(anAdvert());
    await central.connect(peripheralId);
  });

  promise('a signal ends the wait for a peripheral', async () => {
    const { peripheral } = await aLock(rig());
    const central = await rig().central();
    const { peripheralId } = await sight(central);
    await peripheral.stopAdvertising();
    const caller = new AbortController();
    const attempt = central.connect(peripheralId, { signal: caller.signal });
    caller.abort();
    await expect(attempt).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    await expect(central.connect(peripheralId, { signal: caller.signal })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    });
    await peripheral.advertise(anAdvert());
    await central.connect(peripheralId);
  });

  promise('a peripheral that nobody ever saw, and one that is linked already, are refused', async () => {
    const { central, id } = await met(rig());
    for (const refused of ['ffffffffffff', id]) {
      await expect(central.connect(refused)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    }
  });

  promise('one central connects to several peripherals, asked for at once', async () => {
    const locks = [];
    for (const n of [0, 1, 2]) locks.push(await aLock(rig(), anAdvert({ localName: `lock ${n}` })));
    const central = await rig().central();
    const ids = [];
    for (const n of [0, 1, 2]) {
      const report = await sight(central, ({ localName }) => localName === `lock ${n}`);
      ids.push(report.peripheralId);
    }
    locks.forEach(({ handler }, n) => {
      handler.read = () => Uint8Array.of(n);
    });
    const links = await Promise.all(ids.map((id) => central.connect(id)));
    const values = await Promise.all(links.map((link) => link.read(STATUS)));
    expect(values.map(([n]) => n)).toEqual([0, 1, 2]);
  });

  promise('a peripheral takes one central: a second waits until the first is gone', async () => {
    const { link, id, handler } = await met(rig());
    const second = await rig().central();
    const spare = await aLock(rig());
    // The second has to have seen it; while it is linked it does not advertise.
    await link.disconnect();
    await sight(second, ({ peripheralId }) => peripheralId === id);
    const first = await (await firstOf(rig(), id)).connect(id);
    await expect(second.connect(id, { deadlineMs: SHORT_MS })).rejects.toMatchObject({
      code: 'CONNECT_TIMEOUT',
    });
    expect(handler.link?.connected).toBe(true);
    await first.disconnect();
    await second.connect(id);
    await spare.peripheral.close();
  });

  promise('a scan goes on after connecting', async () => {
    await aLock(rig());
    const central = await rig().central();
    const seen: string[] = [];
    const waits: (() => void)[] = [];
    const scan = await central.scan({
      serviceUuids: [SERVICE],
      onReport: ({ peripheralId }) => {
        seen.push(peripheralId);
        waits.splice(0).forEach((wake) => wake());
      },
    });
    while (seen.length === 0) await new Promise<void>((resolve) => waits.push(resolve));
    const id = seen[0] ?? '';
    await central.connect(id);
    await aLock(rig());
    while (seen.every((other) => other === id)) await new Promise<void>((resolve) => waits.push(resolve));
    await scan.stop();
  });

  promise(
    'closing ends scan, links and waits, twice as well as once, and refuses what comes after',
    async () => {
      const { central, link, peripheral, handler } = await met(rig());
      await central.scan({ serviceUuids: [], onReport: () => {} });
      await Promise.all([central.close(), central.close()]);
      await link.closed;
      await handler.called('disconnect 1');
      const late = [
        central.scan({ serviceUuids: [], onReport: () => {} }),
        central.connect('ffffffffffff'),
        link.read(CONTROL),
      ];
      for (const call of late) {
        await expect(call).rejects.toMatchObject({
          code: expect.stringMatching(/CLOSED|LINK_LOST/) as string,
        });
      }
      await peripheral.close();
      await peripheral.close();
      await expect(peripheral.advertise(anAdvert())).rejects.toMatchObject({ code: 'CLOSED' });
    },
  );

  promise('closing a peripheral ends its link', async () => {
    const { peripheral, link, handler } = await met(rig());
    await peripheral.close();
    await link.closed;
    expect(handler.calls.at(-1)).toBe('disconnect 1');
  });

  promise('a peripheral that never opened closes', async () => {
    const peripheral = await rig().peripheral();
    await peripheral.close();
    await expect(peripheral.open(SERVICES, new RecordingHandler())).rejects.toMatchObject({ code: 'CLOSED' });
  });
}

/** A central that has seen `id`. */
async function firstOf(rig: RadioRig, id: string): Promise<Central> {
  const central = await rig.central();
  await sight(central, ({ peripheralId }) => peripheralId === id);
  return central;
}
