// What a central keeps of the devices around it does not grow with the addresses that pass by.
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { HostSocket } from '#radio/hci/host-socket.ts';
import { startNoble, type Noble } from '#radio/noble/load.ts';
import { NobleCentral } from '#radio/noble/noble-central.ts';
import { SEEN_MAX } from '#radio/noble/seen-devices.ts';

function aCentral() {
  const noble = Object.assign(new EventEmitter(), { cancelConnect() {}, disconnect() {} });
  const forgotten: string[] = [];
  const central = new NobleCentral({
    noble: noble as unknown as Noble,
    clock: new VirtualClock(),
    forget() {},
    forgetDevice: (id) => forgotten.push(id),
    release() {},
  });
  const hear = (id: string): void => {
    const peripheral = Object.assign(new EventEmitter(), { id, connect() {} });
    noble.emit('discover', peripheral);
  };
  const hearOthers = (count: number, name: string): void => {
    for (let i = 0; i < count; i++) hear(`${name}${i}`);
  };
  return { central, forgotten, hear, hearOthers };
}

it('lets go of those heard longest ago, which then have to be heard again', async () => {
  const { central, forgotten, hear, hearOthers } = aCentral();
  hear('first');
  hear('second');
  hearOthers(SEEN_MAX - 2, 'a');
  expect(forgotten).toEqual([]);
  hear('first');
  hear('new');
  expect(forgotten).toEqual(['second']);
  await expect(central.connect('second')).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
});

it('keeps the one that is being connected, and its link as long as that is up', async () => {
  const { central, forgotten, hear, hearOthers } = aCentral();
  hear('lock');
  const link = central.connect('lock', { gattTable: { services: [] } });
  await new Promise(setImmediate);
  hearOthers(SEEN_MAX, 'a');
  // LE Connection Complete: status 0, handle 0x0040, central.
  const parameters = Buffer.from('01004000000001020304050618000000900100', 'hex');
  central.onPacket({ kind: 'event', code: 0x3e, parameters } as never, undefined);
  central.onPacket({ kind: 'acl', handle: 0x40 } as never, Buffer.from([0x03, 0, 2]));
  expect(await link).toMatchObject({ peripheralId: 'lock' });
  hearOthers(SEEN_MAX, 'b');
  expect(forgotten).not.toContain('lock');
  expect(forgotten).toHaveLength(SEEN_MAX + 1);
});

it('has noble let go of it too', () => {
  const nowhere = { open() {}, write() {}, isUp: () => true, close() {} };
  const socket = new HostSocket(
    nowhere,
    () => true,
    () => {},
  );
  const { noble, forgetDevice } = startNoble(socket, () => {});
  const { _bindings: bindings } = noble as unknown as { _bindings: Record<string, unknown> };
  const keeps = (): string[] =>
    [noble as unknown as Record<string, unknown>, bindings].flatMap((owner) =>
      Object.entries(owner).flatMap(([name, kept]) =>
        typeof kept === 'object' && kept !== null && 'aabb' in kept ? [name] : [],
      ),
    );
  (bindings as unknown as { _scanServiceUuids: string[] })._scanServiceUuids = [];
  const discover = bindings as unknown as { onDiscover(...report: unknown[]): void };
  discover.onDiscover(0, 'aa:bb', 'random', true, {}, -40, true);
  // The name of the device is its address without colons.
  expect(keeps().length).toBeGreaterThanOrEqual(9);
  forgetDevice('aabb');
  expect(keeps()).toEqual([]);
});
