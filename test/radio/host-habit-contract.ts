// The part of the ports' contract that the hosts below would break: each promise here is one habit of noble or bleno
// that its adapter mends (the table in docs/radio.md).
import { expect } from 'vitest';
import type { InTime, RadioRig } from './radio-rig.ts';
import { aLock, anAdvert, CONTROL, DATA, met, SERVICE, sight, STATUS } from './radio-rig.ts';

/** Short enough not to be felt in real time; on a virtual clock it costs nothing. */
const SHORT_MS = 150;

/** noble keeps its request for ever after the first, and begins to pair after the others (Vol 3 Part F, 3.4.1.1). */
const POISONING_STATUSES = {
  'Invalid PDU': 0x04,
  'Insufficient Authentication': 0x05,
  'Insufficient Authorization': 0x08,
  'Insufficient Encryption': 0x0f,
};

export function hostHabitContract(rig: () => RadioRig, promise: InTime): void {
  for (const [name, status] of Object.entries(POISONING_STATUSES)) {
    promise(
      `a read answered by ${name} is told so, and the link ends for whatever waits behind it`,
      async () => {
        const { central, link, handler, id } = await met(rig());
        handler.read = () => status;
        const [read, behind] = [link.read(STATUS), link.write(CONTROL, Uint8Array.of(1))];
        behind.catch(() => {});
        await expect(read).rejects.toMatchObject({ code: 'ATT_ERROR', attStatus: status });
        await expect(behind).rejects.toMatchObject({ code: 'LINK_LOST' });
        await link.closed;
        await handler.called('disconnect 1');
        await (await central.connect(id)).write(CONTROL, Uint8Array.of(2));
        expect(handler.calls.filter((call) => call.startsWith('request'))).toEqual(['request control 02']);
      },
    );

    promise(`a write answered by ${name} is told so, and the link ends`, async () => {
      const { link, handler } = await met(rig());
      handler.write = () => status;
      await expect(link.write(CONTROL, Uint8Array.of(1))).rejects.toMatchObject({
        code: 'ATT_ERROR',
        attStatus: status,
      });
      await link.closed;
      await expect(link.read(STATUS)).rejects.toMatchObject({ code: 'LINK_LOST' });
    });
  }

  promise('a write command does not overtake requests that were asked for before it', async () => {
    const { link, handler } = await met(rig());
    await Promise.all([
      link.write(CONTROL, Uint8Array.of(1)),
      link.write(CONTROL, Uint8Array.of(2)),
      link.writeCommand(CONTROL, Uint8Array.of(3)),
      link.write(CONTROL, Uint8Array.of(4)),
      link.writeCommand(CONTROL, Uint8Array.of(5)),
    ]);
    await link.read(STATUS);
    expect(handler.calls.slice(1)).toEqual([
      'request control 01',
      'request control 02',
      'command control 03',
      'request control 04',
      'command control 05',
      'read status',
    ]);
  });

  promise('a write command made as an answer comes does not overtake the request that waits', async () => {
    const { link, handler } = await met(rig());
    const first = link
      .write(CONTROL, Uint8Array.of(1))
      .then(() => link.writeCommand(CONTROL, Uint8Array.of(3)));
    await Promise.all([first, link.write(CONTROL, Uint8Array.of(2))]);
    await link.read(STATUS);
    expect(handler.calls.slice(1)).toEqual([
      'request control 01',
      'request control 02',
      'command control 03',
      'read status',
    ]);
  });

  promise('a write command that waits fails with LINK_LOST as the link drops', async () => {
    const { link, handler, id } = await met(rig());
    handler.read = () => {
      rig().dropLink(id);
      return 0;
    };
    const results = await Promise.allSettled([
      link.read(STATUS),
      link.write(CONTROL, Uint8Array.of(1)),
      link.writeCommand(DATA, Uint8Array.of(2)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await handler.called('disconnect 1');
    expect(handler.calls.some((call) => call.startsWith('command'))).toBe(false);
  });

  promise('while a link is up nobody sees the peripheral, however often its advert changes', async () => {
    const { peripheral, link, id, handler } = await met(rig());
    const scanner = await rig().central();
    const names: (string | undefined)[] = [];
    const waits: (() => void)[] = [];
    const scan = await scanner.scan({
      serviceUuids: [],
      onReport: ({ localName }) => {
        names.push(localName);
        waits.splice(0).forEach((wake) => wake());
      },
    });
    await peripheral.advertise(anAdvert({ localName: 'one' }));
    await peripheral.advertise(anAdvert({ localName: 'two' }));
    await link.write(CONTROL, Uint8Array.of(1));
    // Another advertises, and is seen: had the first been on the air, it had been seen by now.
    const spare = await rig().peripheral();
    await spare.open([], handler);
    await spare.advertise(anAdvert({ localName: 'spare' }));
    const until = async (name: string): Promise<void> => {
      while (!names.includes(name)) await new Promise<void>((resolve) => waits.push(resolve));
    };
    await until('spare');
    expect(new Set(names)).toEqual(new Set(['spare']));
    await peripheral.advertise(anAdvert({ localName: 'three' }));
    const other = await rig().central();
    await sight(other, ({ localName }) => localName === 'spare');
    await expect(other.connect(id, { deadlineMs: SHORT_MS })).rejects.toThrow();
    expect(names).not.toContain('three');
    await link.disconnect();
    await until('three');
    await scan.stop();
    expect(names).not.toContain('one');
    expect(names).not.toContain('two');
  });

  promise('an advert that leaves nothing for the scan response is reported all the same', async () => {
    const { peripheral } = await aLock(rig());
    await peripheral.advertise({ serviceUuids: [SERVICE] });
    const report = await sight(await rig().central(), ({ localName }) => localName === undefined);
    expect(report.serviceUuids).toEqual([SERVICE]);
  });

  promise('an advert changed from within the end of a link is shown', async () => {
    const { peripheral, link, handler } = await met(rig());
    let shown: Promise<void> | undefined;
    const onDisconnect = handler.onDisconnect.bind(handler);
    handler.onDisconnect = (ended) => {
      onDisconnect(ended);
      shown = peripheral.advertise(anAdvert({ localName: 'late' }));
    };
    await link.disconnect();
    await handler.called('disconnect 1');
    await shown;
    await sight(await rig().central(), ({ localName }) => localName === 'late');
    // And the next one is not lost behind it.
    await peripheral.advertise(anAdvert({ localName: 'later' }));
    await sight(await rig().central(), ({ localName }) => localName === 'later');
  });
}
