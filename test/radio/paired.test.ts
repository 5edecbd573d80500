// A peripheral on two radios serves one central at a time, and is met on either again once it is free.
import { expect, test } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import { PairedPeripheral } from '#radio/paired/paired-peripheral.ts';
import { anAdvert, RecordingHandler, SERVICES, STATUS } from './radio-rig.ts';

async function aPair() {
  const [air, wire] = [openMemoryRadio({ clock: systemClock }), openMemoryRadio({ clock: systemClock })];
  const [onAir, onWire] = [await air.peripheral(), await wire.peripheral()];
  const peripheral = new PairedPeripheral(onAir, onWire);
  const handler = new RecordingHandler();
  await peripheral.open(SERVICES, handler);
  await peripheral.advertise(anAdvert());
  const [walker, hub] = [await air.central(), await wire.central()];
  return {
    peripheral,
    handler,
    byAir: (deadlineMs = 2_000) => walker.connect(onAir.peripheralId, { deadlineMs }),
    byWire: (deadlineMs = 2_000) => hub.connect(onWire.peripheralId, { deadlineMs }),
    close: () => Promise.all([air.close(), wire.close()]),
  };
}

test('whoever is connected by one radio keeps the other out, and lets it in by leaving', async () => {
  const { byAir, byWire, handler, close } = await aPair();
  const first = await byAir();
  await expect(byWire(50)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
  await first.disconnect();
  const second = await byWire();
  expect((await second.read(STATUS)).length).toBeGreaterThan(0);
  await expect(byAir(50)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
  await second.disconnect();
  await (await byAir()).disconnect();
  expect(handler.calls.filter((call) => /connect/.test(call))).toEqual([
    'connect 1',
    'disconnect 1',
    'connect 2',
    'disconnect 2',
    'connect 3',
    'disconnect 3',
  ]);
  await close();
});

test('of two that meet it at the same moment one is served, and the other never heard of', async () => {
  const { byAir, byWire, handler, close } = await aPair();
  const links = await Promise.allSettled([byAir(), byWire()]);
  const alive = [];
  for (const link of links) {
    if (link.status !== 'fulfilled') continue;
    const read = await link.value.read(STATUS).catch(() => undefined);
    if (read !== undefined) alive.push(link.value);
  }
  expect(alive).toHaveLength(1);
  expect(handler.calls.filter((call) => call.startsWith('connect'))).toEqual(['connect 1']);
  await alive[0]!.disconnect();
  await (await byAir()).disconnect();
  await (await byWire()).disconnect();
  await close();
});

test('one that went dark while it was connected shows itself on neither', async () => {
  const { peripheral, byAir, byWire, close } = await aPair();
  const link = await byAir();
  await peripheral.stopAdvertising();
  await link.disconnect();
  await expect(byWire(50)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
  await peripheral.advertise(anAdvert());
  await (await byWire()).disconnect();
  await close();
});
