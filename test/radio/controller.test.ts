// The virtual controller by itself, with a host that is a list of packets: what the hosts rely on, and its order.
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { Air } from '#radio/air/air.ts';
import type { AirOptions } from '#radio/air/air.ts';
import { encodeCreateConnection, encodeDisconnect, OPCODE } from '#radio/hci/commands.ts';
import {
  decodeConnectionComplete,
  decodeDisconnectionComplete,
  EVENT,
  HCI_ERROR,
} from '#radio/hci/events.ts';
import type { HciEvent, HciPacket } from '#radio/hci/h4.ts';
import { ACL_CONTINUING, ACL_FIRST_FROM_HOST, decodeH4, encodeAcl, encodeCommand } from '#radio/hci/h4.ts';
import type { VirtualController } from '#radio/hci/virtual-controller.ts';

class Host {
  readonly packets: HciPacket[] = [];
  readonly controller: VirtualController;
  onPacket: () => void = () => {};

  constructor(air: Air) {
    this.controller = air.attach({
      pacing: 'macrotask',
      toHost: (bytes) => {
        const packet = decodeH4(bytes);
        expect(packet).toBeDefined();
        if (packet !== undefined) this.packets.push(packet);
        this.onPacket();
      },
    });
  }

  get events(): HciEvent[] {
    return this.packets.filter((packet) => packet.kind === 'event');
  }

  send(opcode: number, ...parameters: number[]): void {
    this.controller.fromHost(encodeCommand(opcode, Buffer.from(parameters)));
  }

  advertise(): void {
    this.send(OPCODE.leSetAdvertisingEnable, 1);
  }

  connect(to: Host): void {
    const peer = to.controller.advertisingAddress;
    const times = { intervalMin: 24, intervalMax: 24, latency: 0, supervisionTimeout: 400 };
    this.controller.fromHost(encodeCreateConnection({ peer, ...times }));
  }

  /** The handles of links that came up, in order. */
  get handles(): number[] {
    return this.events
      .map(decodeConnectionComplete)
      .filter((complete) => complete?.status === 0)
      .map((complete) => complete?.handle ?? 0);
  }
}

/** Of the last Command Status for it (7.7.15). */
const statusOf = (host: Host, opcode: number): number | undefined =>
  host.events.findLast(
    ({ code, parameters }) => code === EVENT.commandStatus && parameters.readUInt16LE(2) === opcode,
  )?.parameters[0];

const anAir = (options: Partial<AirOptions> = {}): Air =>
  new Air({ clock: new VirtualClock(), link: 'unpaced', ...options });

async function linked(): Promise<{ air: Air; central: Host; peripheral: Host; handles: [number, number] }> {
  const air = anAir();
  const [central, peripheral] = [new Host(air), new Host(air)];
  peripheral.advertise();
  central.connect(peripheral);
  await air.settle();
  return { air, central, peripheral, handles: [central.handles[0] ?? 0, peripheral.handles[0] ?? 0] };
}

describe('commands', () => {
  it.each(Object.entries(OPCODE))('%s is answered once', async (_name, opcode) => {
    const air = anAir();
    const host = new Host(air);
    host.controller.fromHost(encodeCommand(opcode, Buffer.alloc(46)));
    await air.settle();
    const answers = host.events.filter(
      ({ code }) => code === EVENT.commandComplete || code === EVENT.commandStatus,
    );
    expect(answers).toHaveLength(1);
    const at = answers[0]?.code === EVENT.commandComplete ? 1 : 2;
    expect(answers[0]?.parameters.readUInt16LE(at)).toBe(opcode);
  });

  it('an unknown command gets its error', async () => {
    const air = anAir();
    const host = new Host(air);
    host.send(0xfc01);
    await air.settle();
    expect(host.events[0]?.parameters[3]).toBe(HCI_ERROR.unknownCommand);
  });

  it('the host is never called from within its own write, and gets one packet a macrotask', async () => {
    const air = anAir();
    const host = new Host(air);
    let turn = 0;
    const turns: number[] = [];
    host.onPacket = () => turns.push(turn);
    for (let n = 0; n < 3; n++) host.send(OPCODE.readBdAddr);
    expect(host.packets).toEqual([]);
    for (turn = 1; turn <= 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(new Set(turns).size).toBe(3);
  });

  it('what is no H4 packet is dropped', async () => {
    const air = anAir();
    const host = new Host(air);
    for (const bytes of [[], [1], [1, 3, 12, 5], [9, 0, 0], [2, 0x40, 0, 9, 0, 1], [1, 3, 12, 0, 0]]) {
      host.controller.fromHost(Buffer.from(bytes));
    }
    await air.settle();
    expect(host.packets).toEqual([]);
  });
});

describe('connections', () => {
  it('roles and parameters are told to both sides, and advertising ends', async () => {
    const { central, peripheral } = await linked();
    const of = (host: Host) => host.events.map(decodeConnectionComplete).find((event) => event !== undefined);
    const times = { status: 0, interval: 24, latency: 0, supervisionTimeout: 400 };
    expect(of(central)).toMatchObject({ ...times, role: 0, peer: peripheral.controller.advertisingAddress });
    expect(of(peripheral)).toMatchObject({ ...times, role: 1, peer: central.controller.advertisingAddress });
    expect(peripheral.controller.advertising).toBeUndefined();
  });

  it('a handle is never 0, and the lowest free one is used again', async () => {
    const { air, central, peripheral, handles } = await linked();
    const second = new Host(air);
    second.advertise();
    central.connect(second);
    await air.settle();
    central.controller.fromHost(encodeDisconnect(handles[0], 0x13));
    await air.settle();
    peripheral.advertise();
    central.connect(peripheral);
    await air.settle();
    const [first = 0, next = 0, again = 0] = central.handles;
    expect(first).toBeGreaterThan(0);
    expect(next).not.toBe(first);
    expect(again).toBe(first);
  });

  it('an attempt is held until it is cancelled, and then ends with 0x02', async () => {
    const air = anAir();
    const [central, peripheral] = [new Host(air), new Host(air)];
    central.connect(peripheral);
    await air.settle();
    expect(central.events.map(({ code }) => code)).toEqual([EVENT.commandStatus]);
    central.send(OPCODE.leCreateConnectionCancel);
    await air.settle();
    expect(central.events.map(({ code }) => code)).toEqual([
      EVENT.commandStatus,
      EVENT.commandComplete,
      EVENT.leMeta,
    ]);
    const ended = central.events[2];
    expect(ended && decodeConnectionComplete(ended)).toMatchObject({ status: 0x02, role: 0 });
    peripheral.advertise();
    await air.settle();
    expect(central.handles).toEqual([]);
  });

  it.each([
    ['no interval', { intervalMin: 0, intervalMax: 0 }],
    ['an interval below 7.5 ms', { intervalMin: 5, intervalMax: 5 }],
    ['an interval above 4 s', { intervalMax: 3_201 }],
    ['a range upside down', { intervalMin: 25 }],
    ['no supervision timeout', { supervisionTimeout: 0 }],
    ['a timeout that the latency outlasts', { latency: 100 }],
    ['a latency above 499', { intervalMin: 6, intervalMax: 6, latency: 500, supervisionTimeout: 3_200 }],
  ])('with %s is refused with 0x12, as is an update to it', async (_, wrong) => {
    const times = { intervalMin: 24, intervalMax: 24, latency: 0, supervisionTimeout: 400, ...wrong };
    const air = anAir();
    const [host, peripheral] = [new Host(air), new Host(air)];
    peripheral.advertise();
    const peer = peripheral.controller.advertisingAddress;
    host.controller.fromHost(encodeCreateConnection({ peer, ...times }));
    await air.settle();
    expect(host.handles).toEqual([]);
    expect(statusOf(host, OPCODE.leCreateConnection)).toBe(HCI_ERROR.invalidParameters);
    host.connect(peripheral);
    await air.settle();
    const { intervalMin, intervalMax, latency, supervisionTimeout } = times;
    const words = [host.handles[0] ?? 0, intervalMin, intervalMax, latency, supervisionTimeout, 0, 0];
    host.send(OPCODE.leConnectionUpdate, ...words.flatMap((word) => [word & 0xff, word >> 8]));
    await air.settle();
    expect(statusOf(host, OPCODE.leConnectionUpdate)).toBe(HCI_ERROR.invalidParameters);
  });

  it('the side that disconnects hears 0x16, the other 0x13', async () => {
    const { air, central, peripheral, handles } = await linked();
    central.controller.fromHost(encodeDisconnect(handles[0], 0x13));
    await air.settle();
    const reason = (host: Host) => host.events.map(decodeDisconnectionComplete).find(Boolean)?.reason;
    expect(reason(central)).toBe(HCI_ERROR.localHostTerminated);
    expect(reason(peripheral)).toBe(HCI_ERROR.remoteUserTerminated);
  });

  it('both sides of a dropped link, and the peer of a controller that is gone, hear 0x08', async () => {
    const dropped = await linked();
    dropped.air.dropLink(dropped.air.links()[0]);
    const gone = await linked();
    gone.air.detach(gone.central.controller);
    await Promise.all([dropped.air.settle(), gone.air.settle()]);
    for (const host of [dropped.central, dropped.peripheral, gone.peripheral]) {
      const ends = host.events.map(decodeDisconnectionComplete).filter(Boolean);
      expect(ends).toMatchObject([{ reason: HCI_ERROR.connectionTimeout }]);
    }
  });

  it('a silent link drops after the supervision timeout', async () => {
    const clock = new VirtualClock();
    const air = anAir({ clock });
    const [central, peripheral] = [new Host(air), new Host(air)];
    peripheral.advertise();
    central.connect(peripheral);
    await air.settle();
    air.links()[0]?.silence();
    clock.advance(3_999);
    await air.settle();
    expect(air.links()).toHaveLength(1);
    clock.advance(1);
    await air.settle();
    expect(air.links()).toHaveLength(0);
  });
});

describe('adverts', () => {
  it('each is followed by a scan response, also where there is nothing in it', async () => {
    const clock = new VirtualClock();
    const air = anAir({ clock });
    const [scanner, peripheral] = [new Host(air), new Host(air)];
    scanner.send(OPCODE.leSetScanEnable, 1, 0);
    peripheral.advertise();
    clock.advance(5_000);
    await air.settle();
    // Subevent, one report, and its type (7.7.65.2): ADV_IND, then SCAN_RSP.
    const reports = scanner.events.filter(({ code }) => code === EVENT.leMeta);
    expect(reports.slice(0, 2).map(({ parameters }) => [...parameters.subarray(0, 3)])).toEqual([
      [2, 1, 0],
      [2, 1, 4],
    ]);
  });
});

describe('data', () => {
  it('a first packet reaches the other host flagged as such, a continuing one as continuing', async () => {
    const { air, central, peripheral, handles } = await linked();
    central.controller.fromHost(encodeAcl(handles[0], ACL_FIRST_FROM_HOST, Buffer.of(3, 0, 4, 0, 1)));
    central.controller.fromHost(encodeAcl(handles[0], ACL_CONTINUING, Buffer.of(2, 3)));
    await air.settle();
    const acl = peripheral.packets.filter((packet) => packet.kind === 'acl');
    expect(acl.map(({ boundary, handle }) => [boundary, handle])).toEqual([
      [0b10, handles[1]],
      [0b01, handles[1]],
    ]);
  });

  it('each packet is counted as completed once', async () => {
    const { air, central, handles } = await linked();
    for (let n = 0; n < 5; n++) {
      central.controller.fromHost(encodeAcl(handles[0], ACL_FIRST_FROM_HOST, Buffer.of(1, 0, 4, 0, n)));
      if (n === 2) await air.settle();
    }
    await air.settle();
    const counts = central.events
      .filter(({ code }) => code === EVENT.numberOfCompletedPackets)
      .map(({ parameters }) => parameters.readUInt16LE(3));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
  });

  it('data for a handle that is not up goes nowhere', async () => {
    const { air, central, peripheral } = await linked();
    central.controller.fromHost(encodeAcl(0x0123, ACL_FIRST_FROM_HOST, Buffer.of(1, 0, 4, 0, 1)));
    await air.settle();
    expect(peripheral.packets.some(({ kind }) => kind === 'acl')).toBe(false);
  });
});
