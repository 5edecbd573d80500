// What a modern host (Linux's kernel, Zephyr, Bumble) asks of a controller beyond noble and bleno: every command that it is
// told of is answered, every other one too, and what it did not ask to hear it does not hear.
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { Air } from '#radio/air/air.ts';
import { USUAL_LINK } from '#radio/air/link-model.ts';
import { addressInto } from '#radio/hci/address.ts';
import { encodeCreateConnection, OPCODE } from '#radio/hci/commands.ts';
import { decodeConnectionComplete, EVENT, HCI_ERROR, LE_SUBEVENT } from '#radio/hci/events.ts';
import { decodeH4, encodeCommand, type HciEvent } from '#radio/hci/h4.ts';
import { offeredCommands, supportedCommands } from '#radio/hci/supported-commands.ts';
import type { VirtualController } from '#radio/hci/virtual-controller.ts';

const ALL_LE_EVENTS = Buffer.alloc(8, 0xff);
const HANDLE = Buffer.of(0x40, 0x00);

class Host {
  readonly heard: HciEvent[] = [];
  readonly controller: VirtualController;
  readonly #clock: VirtualClock;

  constructor(air: Air, clock: VirtualClock) {
    this.#clock = clock;
    this.controller = air.attach({
      pacing: 'direct',
      toHost: (bytes) => {
        const packet = decodeH4(bytes);
        if (packet?.kind === 'event') this.heard.push(packet);
      },
    });
  }

  /** The return parameters of its Command Complete, or of its Command Status the status alone. */
  ask(opcode: number, parameters: Uint8Array = Buffer.alloc(0)): Buffer {
    const before = this.heard.length;
    this.controller.fromHost(encodeCommand(opcode, parameters));
    const answers = this.heard.slice(before).flatMap(({ code, parameters: p }) => {
      if (code === EVENT.commandComplete && p.readUInt16LE(1) === opcode) return [p.subarray(3)];
      return code === EVENT.commandStatus && p.readUInt16LE(2) === opcode ? [p.subarray(0, 1)] : [];
    });
    expect(answers, `command 0x${opcode.toString(16)}`).toHaveLength(1);
    return answers[0] ?? Buffer.alloc(0);
  }

  le(subevent: number): Buffer[] {
    return this.heard
      .filter(({ code, parameters }) => code === EVENT.leMeta && parameters[0] === subevent)
      .map(({ parameters }) => parameters);
  }

  get links(): ReturnType<typeof decodeConnectionComplete>[] {
    return this.heard.map(decodeConnectionComplete).filter((complete) => complete?.status === 0);
  }

  pass(): void {
    this.#clock.advance(100);
  }
}

function twoHosts(faults = {}): { central: Host; peripheral: Host; clock: VirtualClock } {
  const clock = new VirtualClock();
  const air = new Air({ clock, link: USUAL_LINK, faults: { seed: 1, ...faults } });
  return { central: new Host(air, clock), peripheral: new Host(air, clock), clock };
}

const TIMES = { intervalMin: 24, intervalMax: 24, latency: 0, supervisionTimeout: 400 };
const RANDOM = 'c00102030405';

function randomAddress(): Buffer {
  const bytes = Buffer.alloc(6);
  addressInto(RANDOM, bytes, 0);
  return bytes;
}

/** Own address type at 5 (7.8.5). */
const ADVERTISES_RANDOM = Buffer.from('a000a000000100000000000000' + '0700', 'hex');

function linked(faults = {}): ReturnType<typeof twoHosts> {
  const hosts = twoHosts(faults);
  const { central, peripheral } = hosts;
  peripheral.ask(OPCODE.leSetAdvertisingEnable, Buffer.of(1));
  const peer = peripheral.controller.advertisingAddress;
  central.controller.fromHost(encodeCreateConnection({ peer, ...TIMES }));
  central.pass();
  central.pass();
  expect(central.links).toHaveLength(1);
  return hosts;
}

describe('commands', () => {
  it('that are offered are answered, none as unknown, and any other is answered as unknown', () => {
    for (const opcode of offeredCommands) {
      const { central } = twoHosts();
      expect(central.ask(opcode, Buffer.alloc(32))[0], `0x${opcode.toString(16)}`).not.toBe(
        HCI_ERROR.unknownCommand,
      );
    }
    const { central } = twoHosts();
    // LE Rand, LE Encrypt, extended advertising, periodic sync, isochronous groups, and of a vendor.
    for (const opcode of [0x2018, 0x2017, 0x2036, 0x2044, 0x2062, 0x0c14, 0xfc01]) {
      expect(central.ask(opcode, Buffer.alloc(16))).toEqual(Buffer.of(HCI_ERROR.unknownCommand));
    }
  });

  it('are offered where the Core Specification has their bits', () => {
    const field = supportedCommands();
    const has = (octet: number, bit: number): boolean => ((field[octet] ?? 0) & (1 << bit)) !== 0;
    // Reset, Create Connection, Set Data Length; not LE Encrypt, nor LE Set Extended Advertising Parameters.
    expect([has(5, 7), has(26, 4), has(33, 6), has(27, 6), has(36, 2)]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(twoHosts().central.ask(OPCODE.readSupportedCommands)).toEqual(
      Buffer.concat([Buffer.of(0), field]),
    );
  });

  it('about a link that is not up say so', () => {
    const { central } = twoHosts();
    const about = [
      OPCODE.leReadRemoteFeatures,
      OPCODE.readRemoteVersion,
      OPCODE.leReadPhy,
      OPCODE.leSetDataLength,
    ];
    for (const opcode of about) {
      expect(central.ask(opcode, Buffer.concat([HANDLE, Buffer.alloc(4)]))[0]).toBe(
        HCI_ERROR.unknownConnection,
      );
    }
  });
});

describe('on a link', () => {
  it('a host learns the features and the version of the other side', () => {
    const { central } = linked();
    expect(central.ask(OPCODE.leReadRemoteFeatures, HANDLE)[0]).toBe(0);
    expect(central.le(LE_SUBEVENT.readRemoteFeaturesComplete)[0]?.toString('hex')).toBe(
      '040040002001000000000000',
    );
    expect(central.ask(OPCODE.readRemoteVersion, HANDLE)[0]).toBe(0);
    expect(central.heard.some(({ code }) => code === EVENT.readRemoteVersionComplete)).toBe(true);
  });

  it('a new data length and PHY are told to both hosts that asked for such events, and to no other', () => {
    const { central, peripheral } = linked();
    peripheral.ask(OPCODE.leSetEventMask, ALL_LE_EVENTS);
    central.ask(OPCODE.leSetDataLength, Buffer.concat([HANDLE, Buffer.from('fb004808', 'hex')]));
    central.ask(OPCODE.leSetPhy, Buffer.concat([HANDLE, Buffer.from('00010100' + '00', 'hex')]));
    expect(peripheral.le(LE_SUBEVENT.dataLengthChange)[0]?.toString('hex')).toBe('074000fb004808fb004808');
    expect(peripheral.le(LE_SUBEVENT.phyUpdateComplete)).toHaveLength(1);
    expect(central.le(LE_SUBEVENT.dataLengthChange)).toEqual([]);
    expect(central.le(LE_SUBEVENT.phyUpdateComplete)).toEqual([]);
  });

  it('without the data length extension 27 bytes is the answer, and no feature says otherwise', () => {
    const { central } = linked({ noDataLength: true });
    central.ask(OPCODE.leSetEventMask, ALL_LE_EVENTS);
    central.ask(OPCODE.leSetDataLength, Buffer.concat([HANDLE, Buffer.from('fb004808', 'hex')]));
    expect(central.le(LE_SUBEVENT.dataLengthChange)[0]?.readUInt16LE(3)).toBe(27);
    expect(central.ask(OPCODE.leReadLocalFeatures)[1]).toBe(0);
  });

  it('a reset ends it: the host that reset hears no more of it, its peer that it is lost', () => {
    const { central, peripheral } = linked();
    central.heard.length = 0;
    expect(central.ask(OPCODE.reset)).toEqual(Buffer.of(0));
    central.pass();
    expect(central.heard.map(({ code }) => code)).toEqual([EVENT.commandComplete]);
    const end = peripheral.heard.find(({ code }) => code === EVENT.disconnectionComplete);
    expect(end?.parameters[3]).toBe(HCI_ERROR.connectionTimeout);
  });
});

describe('addresses', () => {
  it('a random one is what scanners and centrals see, once the host has set it', () => {
    const { central, peripheral } = twoHosts();
    peripheral.ask(OPCODE.leSetAdvertisingParameters, ADVERTISES_RANDOM);
    expect(peripheral.ask(OPCODE.leSetAdvertisingEnable, Buffer.of(1))[0]).toBe(HCI_ERROR.invalidParameters);
    peripheral.ask(OPCODE.leSetRandomAddress, randomAddress());
    peripheral.ask(OPCODE.leSetAdvertisingEnable, Buffer.of(1));
    central.ask(OPCODE.leSetScanEnable, Buffer.of(1, 0));
    central.pass();
    central.pass();
    const report = central.le(LE_SUBEVENT.advertisingReport)[0];
    expect([report?.[3], report?.subarray(4, 10)]).toEqual([1, randomAddress()]);
    // The same six bytes as a public address are somebody else.
    central.controller.fromHost(
      encodeCreateConnection({ peer: { address: RANDOM, random: false }, ...TIMES }),
    );
    central.pass();
    central.pass();
    expect(central.links).toEqual([]);
    central.ask(OPCODE.leCreateConnectionCancel);
    central.controller.fromHost(
      encodeCreateConnection({ peer: { address: RANDOM, random: true }, ...TIMES }),
    );
    central.pass();
    central.pass();
    expect(central.links).toMatchObject([{ peer: { address: RANDOM, random: true } }]);
  });

  it('of the accept list are the only ones heard and met by a host that says so', () => {
    const { central, peripheral } = twoHosts();
    peripheral.ask(OPCODE.leSetAdvertisingEnable, Buffer.of(1));
    const peer = peripheral.controller.advertisingAddress;
    const anybody = encodeCreateConnection({ peer: { address: '000000000000', random: false }, ...TIMES });
    anybody[4 + 4] = 1;
    central.ask(OPCODE.leSetScanParameters, Buffer.from('00100010000001', 'hex'));
    central.ask(OPCODE.leSetScanEnable, Buffer.of(1, 0));
    central.controller.fromHost(anybody);
    central.pass();
    central.pass();
    expect([central.le(LE_SUBEVENT.advertisingReport), central.links]).toEqual([[], []]);
    const entry = Buffer.alloc(7);
    addressInto(peer.address, entry, 1);
    expect(central.ask(OPCODE.leAddToAcceptList, entry)[0]).toBe(0);
    central.pass();
    central.pass();
    expect(central.le(LE_SUBEVENT.advertisingReport).length).toBeGreaterThan(0);
    expect(central.links).toMatchObject([{ peer }]);
  });
});
