// Below and beside the wire: packets of an air that other processes share, advertising data, and the requests at the
// bench of a running lock.
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { ControlRequest } from '#lock-sim/control/messages.ts';
import { decodeAdvert, encodeAdvert } from '#radio/advert.ts';
import { Air } from '#radio/air/air.ts';
import { airAddress } from '#radio/hci/address.ts';
import { encodeCreateConnection, OPCODE } from '#radio/hci/commands.ts';
import { decodeConnectionComplete, decodeDisconnectionComplete } from '#radio/hci/events.ts';
import { ACL_FIRST_FROM_HOST, asBuffer, decodeH4, encodeAcl, encodeCommand } from '#radio/hci/h4.ts';
import { H4Splitter } from '#radio/h4/h4-splitter.ts';
import { parseNobleCommand } from '#radio/noble-ws/messages.ts';
import { attPdu, Recombiner } from '#radio/hci/recombiner.ts';
import type { Target } from './fuzzing.ts';

/** An air fills with the links that were asked for: after so many packets there is another. */
const PACKETS_AN_AIR = 1_000;
/** The second controller's, which advertises. */
const address = airAddress(2);
const times = { intervalMin: 24, intervalMax: 24, latency: 0, supervisionTimeout: 400 };
const l2cap = Buffer.from([3, 0, 4, 0, 0x52, 3, 0]);
const packets: readonly Uint8Array[] = [
  encodeCreateConnection({ peer: { address, random: false }, ...times }),
  ...Object.values(OPCODE).map((opcode) => encodeCommand(opcode, Buffer.alloc(20, 1))),
  encodeAcl(0x40, ACL_FIRST_FROM_HOST, l2cap),
];

function sharedAir(): Target {
  let left = 0;
  let send: (packet: Uint8Array) => void = () => undefined;
  let clock = new VirtualClock();
  return {
    name: 'packets of a host on the air',
    parse(input) {
      if (left-- === 0) {
        left = PACKETS_AN_AIR;
        clock = new VirtualClock();
        const air = new Air({ clock, link: 'unpaced' });
        const [one, other] = [0, 1].map(() => air.attach({ pacing: 'direct', toHost: () => undefined }));
        other?.fromHost(encodeCommand(OPCODE.leSetAdvertisingEnable, Buffer.of(1)));
        send = (packet) => one?.fromHost(packet);
      }
      send(asBuffer(input));
      clock.advance(1);
    },
    samples: packets,
  };
}

const recombiner = new Recombiner();
const text = (value: unknown): Uint8Array => Uint8Array.from(Buffer.from(JSON.stringify(value)));

export const HOST_TARGETS: readonly Target[] = [
  sharedAir(),
  {
    name: 'H4 packet and its event',
    parse(input) {
      const packet = decodeH4(input);
      if (packet?.kind !== 'event') return;
      decodeConnectionComplete(packet);
      decodeDisconnectionComplete(packet);
    },
    samples: [Uint8Array.of(4, 0x3e, 1, 1), Uint8Array.of(4, 5, 4, 0, 0x40, 0, 0x13), ...packets],
  },
  {
    name: 'H4 packets out of a stream',
    parse(input) {
      // Cut where its first byte says.
      const splitter = new H4Splitter();
      const cut = input[0] ?? 0;
      for (const part of [input.subarray(1, cut), input.subarray(Math.max(cut, 1))]) {
        for (const packet of splitter.add(asBuffer(part)).packets) decodeH4(packet);
      }
    },
    samples: packets.map((packet) => Uint8Array.of(3, ...packet, ...packet)),
  },
  {
    name: 'command of a noble program',
    keepsByItself: true,
    parse: (input) => parseNobleCommand(Buffer.from(input).toString('utf8')),
    samples: [
      text({ action: 'startScanning', serviceUuids: ['180f'], allowDuplicates: true }),
      text({ action: 'connect', peripheralUuid: address }),
      text({
        action: 'write',
        peripheralUuid: address,
        serviceUuid: '180f',
        characteristicUuid: '2a19',
        data: '00ff',
      }),
      text({
        action: 'writeHandle',
        peripheralUuid: address,
        handle: 3,
        data: '0100',
        withoutResponse: false,
      }),
    ],
  },
  {
    name: 'L2CAP in parts',
    parse: (input) => attPdu(recombiner.add((input[0] ?? 0) & 3, asBuffer(input.subarray(1)))),
    samples: [Uint8Array.of(0, ...l2cap), Uint8Array.of(1, ...l2cap)],
  },
  {
    name: 'advertising data',
    parse: (input) => decodeAdvert(input.subarray(0, 31), input.subarray(31)),
    samples: [encodeAdvert({ serviceUuids: ['180f'], localName: 'Doorlab' })].map(({ data, scanResponse }) =>
      Uint8Array.from([...data, ...scanResponse]),
    ),
  },
  {
    name: 'request at the bench',
    // V8's JSON.parse alone grows by about a byte an input: shapes of objects with keys that it has not seen before.
    keepsByItself: true,
    parse(input) {
      let asked: unknown;
      try {
        asked = JSON.parse(Buffer.from(input).toString('utf8'));
      } catch {
        return;
      }
      ControlRequest.safeParse(asked);
    },
    samples: [
      text({ do: 'report' }),
      text({ do: 'press', digits: '1234567' }),
      text({ do: 'cut-power', atOperation: 3, tornAfterBytes: 7 }),
      text({ do: 'explain', presented: { kind: 'card', card: '0405' }, atS: 1_800_000_000 }),
    ],
  },
];
