// Habits of noble and bleno that need a controller or an environment of their own to be seen. The rest are promises
// of the ports (host-habit-contract.ts).
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { openBlenoPeripheral } from '#radio/bleno/open-peripheral.ts';
import { connectionComplete } from '#radio/hci/events.ts';
import type { HciTransport, TransportEvents } from '#radio/hci/host-socket.ts';
import { localTransport } from '#radio/virtual/local-transport.ts';
import type { VirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { aLock, met, RecordingHandler, sight, STATUS, stepped } from './radio-rig.ts';

let clock: VirtualClock;
let radio: VirtualRadio;
beforeEach(() => {
  clock = new VirtualClock();
  radio = openVirtualRadio({ clock });
});
const run = (body: () => Promise<void>): Promise<void> => stepped(clock, radio.settle, body);
afterEach(() => run(() => radio.close()));

it('bleno does not hear of a connection that failed, and takes the next one as its first', () =>
  run(async () => {
    const inner = localTransport(radio.air);
    let events!: TransportEvents;
    const transport: HciTransport = {
      open: (given) => inner.open((events = given)),
      write: (packet) => inner.write(packet),
      isUp: () => inner.isUp(),
      close: () => inner.close(),
    };
    const peripheral = openBlenoPeripheral({ clock, transport });
    const { handler } = await aLock({ ...radio, peripheral: async () => peripheral });
    const peer = { address: '02:00:00:00:00:99', random: false };
    const times = { interval: 24, latency: 0, supervisionTimeout: 400 };
    // Connection Failed to be Established (Vol 1 Part F, 2.59).
    events.packet(connectionComplete({ status: 0x3e, handle: 0, role: 1, peer, ...times }));
    await radio.settle();
    expect(handler.calls).toEqual([]);
    const central = await radio.central();
    const link = await central.connect((await sight(central)).peripheralId);
    expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
    expect(handler.calls[0]).toBe('connect 1');
    await peripheral.close();
  }));

it('noble comes up in raw mode also where the environment asks for the user channel', () =>
  run(async () => {
    vi.stubEnv('HCI_CHANNEL_USER', '1');
    try {
      const { link } = await met(radio);
      expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
    } finally {
      vi.unstubAllEnvs();
    }
  }));

it('noble and bleno leave no listener behind, however many there are', () =>
  run(async () => {
    const before = ['SIGINT', 'exit'].map((event) => process.listenerCount(event));
    for (let n = 0; n < 12; n++) {
      await radio.central();
      await (await radio.peripheral()).open([], new RecordingHandler());
    }
    expect(['SIGINT', 'exit'].map((event) => process.listenerCount(event))).toEqual(before);
  }));
