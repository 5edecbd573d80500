// The btsnoop format, which btmon, Wireshark and Android write and read: a header, then records, all big-endian. Two kinds
// are written: H4 packets of one controller, and those of several, told apart by an index, as Linux's monitor does.
// RFC 1761 (snoop, whose records these are) and BlueZ's src/shared/btsnoop.h.
import { addressInto } from '../hci/address.ts';
import { H4_ACL, H4_COMMAND, H4_EVENT } from '../hci/h4.ts';

/** `h4`: one controller, each packet with its type byte. `monitor`: many, each by its index. */
export type TraceFormat = 'h4' | 'monitor';

/** Seen from the host. */
export type PacketDirection = 'sent' | 'received';

const DATALINK: Readonly<Record<TraceFormat, number>> = { h4: 1002, monitor: 2001 };
const MAGIC = 'btsnoop\0';
const VERSION = 1;
const HEADER_BYTES = 16;
export const RECORD_HEADER_BYTES = 24;
/** Midnight of 1 January of the year 0 to that of 1970, as BlueZ counts it. */
const YEAR_0_TO_1970_US = 0x00dc_ddb3_0f2f_8000n;

const FLAG_RECEIVED = 0b01;
const FLAG_COMMAND_OR_EVENT = 0b10;

const MONITOR = { newIndex: 0, command: 2, event: 3, aclSent: 4, aclReceived: 5 } as const;
/** Of a controller that stands on no bus. */
const BUS_VIRTUAL = 0x00;
const TYPE_PRIMARY = 0x00;
const NAME_BYTES = 8;

export function btsnoopHeader(format: TraceFormat): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 'latin1');
  header.writeUInt32BE(VERSION, 8);
  header.writeUInt32BE(DATALINK[format], 12);
  return header;
}

/** One H4 packet of the only controller. `atMs` is UTC. */
export function h4Record(packet: Uint8Array, direction: PacketDirection, atMs: number): Buffer {
  const isData = packet[0] === H4_ACL;
  const flags = (direction === 'received' ? FLAG_RECEIVED : 0) | (isData ? 0 : FLAG_COMMAND_OR_EVENT);
  return record(packet, flags, atMs);
}

/** One H4 packet of the controller of that index. Undefined for a type that a monitor does not know. */
export function monitorRecord(
  index: number,
  packet: Uint8Array,
  direction: PacketDirection,
  atMs: number,
): Buffer | undefined {
  const opcode = monitorOpcode(packet[0], direction);
  return opcode === undefined ? undefined : record(packet.subarray(1), (index << 16) | opcode, atMs);
}

/** A controller comes up: without it btmon does not know whose packets follow. `address` as in hci/address.ts. */
export function newIndexRecord(index: number, address: string, name: string, atMs: number): Buffer {
  const payload = Buffer.alloc(8 + NAME_BYTES);
  payload[0] = TYPE_PRIMARY;
  payload[1] = BUS_VIRTUAL;
  addressInto(address, payload, 2);
  payload.write(name.slice(0, NAME_BYTES - 1), 8, 'latin1');
  return record(payload, (index << 16) | MONITOR.newIndex, atMs);
}

function monitorOpcode(type: number | undefined, direction: PacketDirection): number | undefined {
  switch (type) {
    case H4_COMMAND:
      return MONITOR.command;
    case H4_EVENT:
      return MONITOR.event;
    case H4_ACL:
      return direction === 'sent' ? MONITOR.aclSent : MONITOR.aclReceived;
    default:
      return undefined;
  }
}

function record(payload: Uint8Array, flags: number, atMs: number): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeUInt32BE(payload.length, 4);
  bytes.writeUInt32BE(flags, 8);
  // 12: cumulative drops. None: a trace that can't go on ends.
  bytes.writeBigInt64BE(YEAR_0_TO_1970_US + BigInt(Math.floor(atMs * 1000)), 16);
  bytes.set(payload, RECORD_HEADER_BYTES);
  return bytes;
}
