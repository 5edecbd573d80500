// H4, the transport of HCI: one byte of packet type before each command, ACL packet and event. Little-endian
// throughout. Decoding is total: what is not whole is undefined.
// Core Specification 5.4: Vol 4 Part A (H4), Vol 4 Part E 5.4.1 (command), 5.4.2 (ACL data), 5.4.4 (event).

export const H4_COMMAND = 0x01;
export const H4_ACL = 0x02;
export const H4_EVENT = 0x04;

/** Boundary flags of an ACL packet (Vol 4 Part E, 5.4.2): only the first two may come from a host on LE. */
export const ACL_FIRST_FROM_HOST = 0b00;
export const ACL_CONTINUING = 0b01;
export const ACL_FIRST_TO_HOST = 0b10;

/** Handles are 12 bits; 0xF00 and above are reserved. */
export const HANDLE_MAX = 0x0eff;

export interface HciCommand {
  readonly kind: 'command';
  readonly opcode: number;
  readonly parameters: Buffer;
}

export interface HciAcl {
  readonly kind: 'acl';
  readonly handle: number;
  readonly boundary: number;
  readonly data: Buffer;
}

export interface HciEvent {
  readonly kind: 'event';
  readonly code: number;
  readonly parameters: Buffer;
}

export type HciPacket = HciCommand | HciAcl | HciEvent;

/** Views into `bytes`, not copies. Undefined where the type is unknown or the length does not fit exactly. */
export function decodeH4(bytes: Uint8Array): HciPacket | undefined {
  const packet = asBuffer(bytes);
  const type = packet[0];
  if (type === H4_COMMAND && packet.length >= 4 && packet.length === 4 + packet.readUInt8(3)) {
    return { kind: 'command', opcode: packet.readUInt16LE(1), parameters: packet.subarray(4) };
  }
  if (type === H4_ACL && packet.length >= 5 && packet.length === 5 + packet.readUInt16LE(3)) {
    const word = packet.readUInt16LE(1);
    return { kind: 'acl', handle: word & 0x0fff, boundary: (word >> 12) & 0b11, data: packet.subarray(5) };
  }
  if (type === H4_EVENT && packet.length >= 3 && packet.length === 3 + packet.readUInt8(2)) {
    return { kind: 'event', code: packet.readUInt8(1), parameters: packet.subarray(3) };
  }
  return undefined;
}

export function encodeCommand(opcode: number, parameters: Uint8Array): Buffer {
  const packet = Buffer.alloc(4 + parameters.length);
  packet[0] = H4_COMMAND;
  packet.writeUInt16LE(opcode, 1);
  packet[3] = parameters.length;
  packet.set(parameters, 4);
  return packet;
}

export function encodeAcl(handle: number, boundary: number, data: Uint8Array): Buffer {
  const packet = Buffer.allocUnsafe(5 + data.length);
  packet[0] = H4_ACL;
  packet.writeUInt16LE(handle | (boundary << 12), 1);
  packet.writeUInt16LE(data.length, 3);
  packet.set(data, 5);
  return packet;
}

export function encodeEvent(code: number, parameters: Uint8Array): Buffer {
  const packet = Buffer.alloc(3 + parameters.length);
  packet[0] = H4_EVENT;
  packet[1] = code;
  packet[2] = parameters.length;
  packet.set(parameters, 3);
  return packet;
}

export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
