// The Attribute Protocol's PDUs as bytes: those that noble sends, those that bleno answers, and no others.
// Multi-byte fields are little-endian (Core Specification, Vol 3 Part F, 3.3.1).
import { invariant } from '#protocol/errors.ts';
import type { Uuid } from '../ports/gatt.ts';

/** Vol 3 Part F, 3.4.8. */
export const ATT_OP = {
  error: 0x01,
  mtuRequest: 0x02,
  mtuResponse: 0x03,
  readByTypeRequest: 0x08,
  readByTypeResponse: 0x09,
  readRequest: 0x0a,
  readResponse: 0x0b,
  readByGroupRequest: 0x10,
  readByGroupResponse: 0x11,
  writeRequest: 0x12,
  writeResponse: 0x13,
  notification: 0x1b,
  writeCommand: 0x52,
} as const;

/** Vol 3 Part F, 3.4.1.1. */
export const ATT_ERROR = {
  invalidHandle: 0x01,
  readNotPermitted: 0x02,
  writeNotPermitted: 0x03,
  requestNotSupported: 0x06,
  attributeNotFound: 0x0a,
  invalidValueLength: 0x0d,
} as const;

/** Attribute types of Vol 3 Part G, 3.4. */
export const PRIMARY_SERVICE = 0x2800;
export const CHARACTERISTIC = 0x2803;

export const FIRST_HANDLE = 0x0001;
export const LAST_HANDLE = 0xffff;
/** Opcode and handle, in front of every value that is written or notified. */
export const VALUE_HEADER_BYTES = 3;

export const opcodeOf = (pdu: Uint8Array): number => byteAt(pdu, 0);

export const mtuPdu = (opcode: number, mtu: number): Uint8Array => Uint8Array.of(opcode, ...le16(mtu));

/** Read By Type and Read By Group Type, of a type with a 16-bit UUID. */
export const rangePdu = (opcode: number, start: number, end: number, type: number): Uint8Array =>
  Uint8Array.of(opcode, ...le16(start), ...le16(end), ...le16(type));

export const readPdu = (handle: number): Uint8Array => Uint8Array.of(ATT_OP.readRequest, ...le16(handle));

/** Write request, write command and notification share this form. */
export function valuePdu(opcode: number, handle: number, value: Uint8Array): Uint8Array {
  const pdu = new Uint8Array(VALUE_HEADER_BYTES + value.length);
  pdu[0] = opcode;
  pdu.set(le16(handle), 1);
  pdu.set(value, VALUE_HEADER_BYTES);
  return pdu;
}

export const errorPdu = (request: number, handle: number, status: number): Uint8Array =>
  Uint8Array.of(ATT_OP.error, request, ...le16(handle), status);

/** Opcode, length of one entry, entries of that length: the answer to both kinds of range request. */
export function listPdu(opcode: number, entryBytes: number, entries: readonly Uint8Array[]): Uint8Array {
  const pdu = new Uint8Array(2 + entryBytes * entries.length);
  pdu[0] = opcode;
  pdu[1] = entryBytes;
  entries.forEach((entry, index) => pdu.set(entry, 2 + index * entryBytes));
  return pdu;
}

/** The entries of a list answer, as views into it. */
export function listEntries(pdu: Uint8Array): Uint8Array[] {
  const entryBytes = byteAt(pdu, 1);
  invariant(entryBytes > 0, 'a list answer has entries');
  const entries: Uint8Array[] = [];
  for (let at = 2; at + entryBytes <= pdu.length; at += entryBytes) {
    entries.push(pdu.subarray(at, at + entryBytes));
  }
  return entries;
}

export const le16 = (value: number): [number, number] => [value & 0xff, value >> 8];

export const readLe16 = (bytes: Uint8Array, at: number): number =>
  byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);

export function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  invariant(byte, 'a PDU of our own host is whole');
  return byte;
}

/** A UUID as it goes on the air: its 2 or 16 bytes, last first. */
export function uuidBytes(uuid: Uuid): Uint8Array {
  invariant(/^(?:[0-9a-f]{4}|[0-9a-f]{32})$/.test(uuid), 'a UUID is 4 or 32 lower-case hex digits');
  const bytes = new Uint8Array(uuid.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[bytes.length - 1 - at] = Number.parseInt(uuid.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

export function uuidOf(bytes: Uint8Array): Uuid {
  let uuid = '';
  for (const byte of bytes) uuid = byte.toString(16).padStart(2, '0') + uuid;
  return uuid;
}
