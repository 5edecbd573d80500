// What a peer may send that neither noble nor bleno expects. The link may end by it; the process may not, and the
// next peer is served.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { Central } from '#radio/ports/central.ts';
import type { VirtualController } from '#radio/hci/virtual-controller.ts';
import { encodeCreateConnection, OPCODE } from '#radio/hci/commands.ts';
import { decodeConnectionComplete, decodeDisconnectionComplete } from '#radio/hci/events.ts';
import { ACL_FIRST_FROM_HOST, decodeH4, encodeAcl, encodeCommand } from '#radio/hci/h4.ts';
import type { AddressedPeripheral, VirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { aLock, anAdvert, CONTROL, met, SERVICE, sight, STATUS, stepped } from './radio-rig.ts';

let clock: VirtualClock;
let radio: VirtualRadio;
beforeEach(() => {
  clock = new VirtualClock();
  radio = openVirtualRadio({ clock });
});
const run = (body: () => Promise<void>): Promise<void> => stepped(clock, radio.settle, body);
afterEach(() => run(() => radio.close()));

/** A host that sends what it likes. */
class RawHost {
  handle: number | undefined;
  ended = false;
  readonly received: Buffer[] = [];
  readonly controller: VirtualController;

  constructor() {
    this.controller = radio.air.attach({
      pacing: 'macrotask',
      toHost: (bytes) => {
        const packet = decodeH4(bytes);
        if (packet?.kind === 'acl') this.received.push(packet.data);
        if (packet?.kind !== 'event') return;
        const up = decodeConnectionComplete(packet);
        if (up?.status === 0) this.handle = up.handle;
        if (decodeDisconnectionComplete(packet) !== undefined) this.ended = true;
      },
    });
  }

  async connect(address: string): Promise<void> {
    const times = { intervalMin: 24, intervalMax: 24, latency: 0, supervisionTimeout: 400 };
    this.controller.fromHost(encodeCreateConnection({ peer: { address, random: false }, ...times }));
    await radio.settle();
  }

  async att(pdu: readonly number[]): Promise<void> {
    await this.l2cap([pdu.length & 0xff, pdu.length >> 8, 4, 0, ...pdu]);
  }

  async l2cap(bytes: readonly number[]): Promise<void> {
    this.controller.fromHost(encodeAcl(this.handle ?? 0, ACL_FIRST_FROM_HOST, Buffer.from(bytes)));
    await radio.settle();
  }
}

/** Each opcode of ATT with too little behind it, unknown ones, and L2CAP that is cut short. */
const PDUS: readonly (readonly number[])[] = [
  ...[0x02, 0x04, 0x06, 0x08, 0x0a, 0x0c, 0x0e, 0x10, 0x12, 0x16, 0x18, 0x1e, 0x52, 0xd2, 0xff].flatMap(
    (opcode) => [[opcode], [opcode, 1], [opcode, 0xff, 0xff, 0xff], [opcode, 0, 0, 0, 0, 0, 0]],
  ),
  [0x08, 1, 0, 0xff, 0xff, 0x03],
  [0x10, 0xff, 0xff, 0x01, 0x00, 0x00, 0x28],
];

it('no request, however short, ends the peripheral; the next central is served', () =>
  run(async () => {
    const { peripheral, handler } = await aLock(radio);
    const { peripheralId } = peripheral as AddressedPeripheral;
    for (const pdu of PDUS) {
      const host = new RawHost();
      await host.connect(peripheralId);
      expect(host.handle).toBeDefined();
      await host.att(pdu);
      radio.air.detach(host.controller);
      await radio.settle();
    }
    const raw = new RawHost();
    await raw.connect(peripheralId);
    for (const bytes of [[], [1], [200, 0, 4, 0, 1], [1, 0, 9, 9, 1], [0, 0, 4, 0]]) await raw.l2cap(bytes);
    radio.air.detach(raw.controller);
    await radio.settle();
    const central = await radio.central();
    const link = await central.connect((await sight(central)).peripheralId);
    expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
    expect(handler.link?.connected).toBe(true);
  }));

it('no answer, however short or unasked, ends the central; the next peripheral is met', () =>
  run(async () => {
    const central = await radio.central();
    for (const pdu of [
      [0x1b],
      [0x1b, 1],
      [0x1d],
      [0x03],
      [0x01],
      [0x01, 2, 0],
      [0x11, 0],
      [0x02],
      [0x11, 0, 1, 0, 5, 0, 0, 0x18, 1, 2],
      [0x0b, 1],
    ]) {
      const host = advertised();
      const { peripheralId } = await sight(central);
      const attempt = central.connect(peripheralId, { deadlineMs: 200 }).catch((error: unknown) => error);
      await radio.settle();
      await host.att(pdu);
      await host.att(pdu);
      expect(await attempt).toMatchObject({
        code: expect.stringMatching(/CONNECT_TIMEOUT|LINK_LOST/) as string,
      });
      radio.air.detach(host.controller);
      await radio.settle();
    }
    await aLock(radio);
    const link = await central.connect((await sight(central)).peripheralId);
    expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
  }));

/** On the air as a lock, with nothing behind it. */
function advertised(): RawHost {
  const host = new RawHost();
  const service = Buffer.from(SERVICE, 'hex').reverse();
  const data = Buffer.concat([Buffer.of(21, 2, 1, 6, 17, 7), service, Buffer.alloc(10)]);
  host.controller.fromHost(encodeCommand(OPCODE.leSetAdvertisingData, data));
  host.controller.fromHost(encodeCommand(OPCODE.leSetAdvertisingEnable, Buffer.of(1)));
  return host;
}

it.each([
  ['a list of entries without length', [0x11, 0, 1, 0, 5, 0, 0, 0x18, 1, 2]],
  ['an empty list', [0x11, 6]],
  ['a list that is cut short', [0x11, 6, 1, 0, 5]],
])('a discovery answered by %s ends the link at once', async (_name, pdu) => {
  const { central, host, peripheralId } = await seen();
  // From here on the clock stands still: no deadline helps.
  const attempt = central.connect(peripheralId).catch((error: unknown) => error);
  await radio.settle();
  await host.att([0x03, 0, 1]);
  await host.att(pdu);
  await radio.settle();
  expect(await Promise.race([attempt, Promise.resolve('still waiting')])).toMatchObject({
    code: 'LINK_LOST',
  });
});

async function seen(): Promise<{ central: Central; host: RawHost; peripheralId: string }> {
  const all: { central?: Central; peripheralId?: string } = {};
  const host = advertised();
  await run(async () => {
    all.central = await radio.central();
    all.peripheralId = (await sight(all.central)).peripheralId;
  });
  return { central: all.central!, host, peripheralId: all.peripheralId! };
}

it('a PDU that never ends is not collected', () =>
  run(async () => {
    const { peripheral } = await aLock(radio);
    const raw = new RawHost();
    await raw.connect((peripheral as AddressedPeripheral).peripheralId);
    await raw.l2cap([0xff, 0xff, 4, 0, 0x52]);
    expect(raw.ended).toBe(true);
  }));

it('a second central that gets through is sent away, and the first keeps its link', () =>
  run(async () => {
    const { link, handler, id, peripheral } = await met(radio);
    const controller = radio.air.links()[0]?.peripheral.controller;
    // As an advert that was on its way while the first connected.
    controller?.fromHost(encodeCommand(OPCODE.leSetAdvertisingEnable, Buffer.of(1)));
    const second = new RawHost();
    await second.connect(id);
    expect(second.ended).toBe(true);
    await link.write(CONTROL, Uint8Array.of(1));
    expect(handler.calls.filter((call) => call.startsWith('connect'))).toEqual(['connect 1']);
    await link.disconnect();
    await peripheral.close();
  }));

it('a long read that a central begins in the middle gets nothing of the one before it', () =>
  run(async () => {
    const { peripheral, handler } = await aLock(radio);
    const { peripheralId } = peripheral as AddressedPeripheral;
    const discovering = await radio.central();
    const found = await discovering.connect((await sight(discovering)).peripheralId);
    const status = found.gattTable.services
      .flatMap(({ characteristics }) => characteristics)
      .find(({ uuid }) => uuid === STATUS);
    const handle = status?.valueHandle ?? 0;
    await found.disconnect();
    await radio.settle();

    handler.read = (link) => new Uint8Array(40).fill(link.epoch);
    const parts = async (...pdus: (readonly number[])[]): Promise<string[]> => {
      const host = new RawHost();
      await host.connect(peripheralId);
      for (const pdu of pdus) await host.att(pdu);
      radio.air.detach(host.controller);
      await radio.settle();
      // Behind the four bytes of L2CAP.
      return host.received.map((data) => data.subarray(4).toString('hex'));
    };
    const read = [0x0a, handle, 0];
    const rest = [0x0c, handle, 0, 22, 0];
    expect(await parts(read, rest)).toEqual(['0b' + '02'.repeat(22), '0d' + '02'.repeat(18)]);
    expect(await parts(rest)).toEqual(['0d' + '03'.repeat(18)]);
    expect(handler.calls.filter((call) => call === 'read status')).toHaveLength(2);
  }));

it('a central that unsubscribes gets no more, and the handler hears of it', () =>
  run(async () => {
    const { peripheral, handler } = await aLock(radio);
    const raw = new RawHost();
    await raw.connect((peripheral as AddressedPeripheral).peripheralId);
    // The configurations of all handles behind the lock's services: who has none answers an error.
    const configure = async (on: number): Promise<void> => {
      for (let handle = 10; handle < 30; handle++) await raw.att([0x12, handle, 0, on, 0]);
    };
    await configure(1);
    expect(handler.link?.isSubscribed(CONTROL)).toBe(true);
    await configure(0);
    expect(handler.link?.isSubscribed(CONTROL)).toBe(false);
    expect(handler.link?.notify(CONTROL, Uint8Array.of(1))).toBe(false);
    expect(handler.calls).toContain('unsubscribe control');
  }));

it('a peripheral that answers an MTU beyond what was asked for does not make values longer', async () => {
  const { central, host, peripheralId } = await seen();
  const attempt = central.connect(peripheralId, { gattTable: { services: [] } });
  await radio.settle();
  await host.att([0x03, 0x00, 0x02]);
  expect((await attempt).mtu).toBe(256);
});

it('a central that comes as the advert is being changed does not leave the peripheral advertising', () =>
  run(async () => {
    const { peripheral, handler } = await aLock(radio);
    const { peripheralId } = peripheral as AddressedPeripheral;
    const raw = new RawHost();
    const changed = peripheral.advertise(anAdvert({ localName: 'changed' }));
    const connected = raw.connect(peripheralId);
    await Promise.all([changed, connected]);
    await handler.called('connect 1');
    const [link] = radio.air.links();
    expect(link?.peripheral.controller.advertising).toBeUndefined();
  }));

it('what a handler throws is thrown in the process, and its peer gets an error', () =>
  run(async () => {
    const { link, handler } = await met(radio);
    const thrown = vi.fn();
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', thrown);
    handler.read = () => {
      throw new Error('a defect of ours');
    };
    await expect(link.read(STATUS)).rejects.toMatchObject({ attStatus: 0x0e });
    await radio.settle();
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
    expect(thrown.mock.calls[0]?.[0]).toMatchObject({ message: 'a defect of ours' });
    await link.write(CONTROL, Uint8Array.of(1));
  }));
