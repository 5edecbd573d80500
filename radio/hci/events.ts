// The HCI events that an LE controller sends, encoded, and those that the adapters watch for, decoded.
// Core Specification 5.4, Vol 4 Part E, 7.7 as cited; error codes of Vol 1 Part F.
import { addressFrom, addressInto } from './address.ts';
import type { DeviceAddress } from './address.ts';
import type { HciEvent } from './h4.ts';
import { encodeEvent } from './h4.ts';

export const EVENT = {
  disconnectionComplete: 0x05, // 7.7.5
  readRemoteVersionComplete: 0x0c, // 7.7.12
  commandComplete: 0x0e, // 7.7.14
  commandStatus: 0x0f, // 7.7.15
  numberOfCompletedPackets: 0x13, // 7.7.19
  leMeta: 0x3e, // 7.7.65
} as const;

export const LE_SUBEVENT = {
  connectionComplete: 0x01, // 7.7.65.1
  advertisingReport: 0x02, // 7.7.65.2
  connectionUpdateComplete: 0x03, // 7.7.65.3
  readRemoteFeaturesComplete: 0x04, // 7.7.65.4
  dataLengthChange: 0x07, // 7.7.65.7
  phyUpdateComplete: 0x0c, // 7.7.65.12
} as const;

/** Vol 1 Part F, 1.3. */
export const HCI_ERROR = {
  success: 0x00,
  unknownCommand: 0x01,
  unknownConnection: 0x02,
  connectionTimeout: 0x08,
  connectionExists: 0x0b,
  memoryExceeded: 0x07,
  commandDisallowed: 0x0c,
  unsupportedParameter: 0x11,
  invalidParameters: 0x12,
  remoteUserTerminated: 0x13,
  localHostTerminated: 0x16,
} as const;

/** How many commands a host may have outstanding (7.7.14); neither noble nor bleno reads it. */
const COMMAND_CREDIT = 16;

export function commandComplete(opcode: number, returned: Uint8Array): Buffer {
  const p = Buffer.alloc(3 + returned.length);
  p[0] = COMMAND_CREDIT;
  p.writeUInt16LE(opcode, 1);
  p.set(returned, 3);
  return encodeEvent(EVENT.commandComplete, p);
}

export function commandStatus(opcode: number, status: number): Buffer {
  const p = Buffer.alloc(4);
  p[0] = status;
  p[1] = COMMAND_CREDIT;
  p.writeUInt16LE(opcode, 2);
  return encodeEvent(EVENT.commandStatus, p);
}

export interface ConnectionComplete {
  readonly status: number;
  readonly handle: number;
  /** 0 central, 1 peripheral. */
  readonly role: number;
  readonly peer: DeviceAddress;
  /** In units of 1.25 ms. */
  readonly interval: number;
  readonly latency: number;
  /** In units of 10 ms. */
  readonly supervisionTimeout: number;
}

export function connectionComplete(event: ConnectionComplete): Buffer {
  const p = Buffer.alloc(19);
  p[0] = LE_SUBEVENT.connectionComplete;
  p[1] = event.status;
  p.writeUInt16LE(event.handle, 2);
  p[4] = event.role;
  p[5] = event.peer.random ? 1 : 0;
  addressInto(event.peer.address, p, 6);
  p.writeUInt16LE(event.interval, 12);
  p.writeUInt16LE(event.latency, 14);
  p.writeUInt16LE(event.supervisionTimeout, 16);
  return encodeEvent(EVENT.leMeta, p);
}

/** The same event as it ends a cancelled LE Create Connection (7.8.13). */
export const connectionCancelled = (): Buffer =>
  connectionComplete({
    status: HCI_ERROR.unknownConnection,
    handle: 0,
    role: 0,
    peer: { address: '000000000000', random: false },
    interval: 0,
    latency: 0,
    supervisionTimeout: 0,
  });

/** Undefined where the event is another one. */
export function decodeConnectionComplete({ code, parameters: p }: HciEvent): ConnectionComplete | undefined {
  if (code !== EVENT.leMeta || p[0] !== LE_SUBEVENT.connectionComplete || p.length < 19) return undefined;
  return {
    status: p.readUInt8(1),
    handle: p.readUInt16LE(2),
    role: p.readUInt8(4),
    peer: { random: p[5] === 1, address: addressFrom(p, 6) },
    interval: p.readUInt16LE(12),
    latency: p.readUInt16LE(14),
    supervisionTimeout: p.readUInt16LE(16),
  };
}

/** Report types of 7.7.65.2. */
export const REPORT_TYPE = { connectable: 0x00, scannable: 0x02, nonConnectable: 0x03, scanResponse: 0x04 };

export interface AdvertisingReport {
  readonly type: number;
  readonly from: DeviceAddress;
  readonly data: Uint8Array;
  readonly rssi: number;
}

export function advertisingReport(report: AdvertisingReport): Buffer {
  const p = Buffer.alloc(12 + report.data.length);
  p[0] = LE_SUBEVENT.advertisingReport;
  p[1] = 1;
  p[2] = report.type;
  p[3] = report.from.random ? 1 : 0;
  addressInto(report.from.address, p, 4);
  p[10] = report.data.length;
  p.set(report.data, 11);
  p.writeInt8(report.rssi, 11 + report.data.length);
  return encodeEvent(EVENT.leMeta, p);
}

export function disconnectionComplete(handle: number, reason: number): Buffer {
  const p = Buffer.alloc(4);
  p.writeUInt16LE(handle, 1);
  p[3] = reason;
  return encodeEvent(EVENT.disconnectionComplete, p);
}

export interface DisconnectionComplete {
  readonly handle: number;
  readonly reason: number;
}

export function decodeDisconnectionComplete(event: HciEvent): DisconnectionComplete | undefined {
  const { code, parameters: p } = event;
  if (code !== EVENT.disconnectionComplete || p.length < 4 || p[0] !== 0) return undefined;
  return { handle: p.readUInt16LE(1), reason: p.readUInt8(3) };
}

export function numberOfCompletedPackets(handle: number, count: number): Buffer {
  const p = Buffer.alloc(5);
  p[0] = 1;
  p.writeUInt16LE(handle, 1);
  p.writeUInt16LE(count, 3);
  return encodeEvent(EVENT.numberOfCompletedPackets, p);
}

export function connectionUpdateComplete(
  handle: number,
  interval: number,
  latency: number,
  supervisionTimeout: number,
): Buffer {
  const p = Buffer.alloc(10);
  p[0] = LE_SUBEVENT.connectionUpdateComplete;
  p.writeUInt16LE(handle, 2);
  p.writeUInt16LE(interval, 4);
  p.writeUInt16LE(latency, 6);
  p.writeUInt16LE(supervisionTimeout, 8);
  return encodeEvent(EVENT.leMeta, p);
}

/** The most that either side sends in one packet, and how long that takes on 1M at most. */
export function dataLengthChange(handle: number, octets: number, timeUs: number): Buffer {
  const p = Buffer.alloc(11);
  p[0] = LE_SUBEVENT.dataLengthChange;
  p.writeUInt16LE(handle, 1);
  for (const at of [3, 7]) {
    p.writeUInt16LE(octets, at);
    p.writeUInt16LE(timeUs, at + 2);
  }
  return encodeEvent(EVENT.leMeta, p);
}

export function readRemoteFeaturesComplete(handle: number, features: Uint8Array): Buffer {
  const p = Buffer.alloc(12);
  p[0] = LE_SUBEVENT.readRemoteFeaturesComplete;
  p.writeUInt16LE(handle, 2);
  p.set(features, 4);
  return encodeEvent(EVENT.leMeta, p);
}

export function readRemoteVersionComplete(handle: number, version: number, company: number): Buffer {
  const p = Buffer.alloc(8);
  p.writeUInt16LE(handle, 1);
  p[3] = version;
  p.writeUInt16LE(company, 4);
  return encodeEvent(EVENT.readRemoteVersionComplete, p);
}

/** 1 for 1M, 2 for 2M, in both directions. */
export function phyUpdateComplete(handle: number, phy: number): Buffer {
  const p = Buffer.alloc(6);
  p[0] = LE_SUBEVENT.phyUpdateComplete;
  p.writeUInt16LE(handle, 2);
  p[4] = phy;
  p[5] = phy;
  return encodeEvent(EVENT.leMeta, p);
}
