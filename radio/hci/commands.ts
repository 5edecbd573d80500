// The HCI commands that a host of LE sends, by opcode, and their parameters decoded. Total: a command whose
// parameters are too short, or none that a link may have, is undefined. Core Specification 5.4, Vol 4 Part E, section 7 as cited.
import { addressFrom, addressInto } from './address.ts';
import type { DeviceAddress } from './address.ts';
import { encodeCommand } from './h4.ts';

export const OPCODE = {
  disconnect: 0x0406, // 7.1.6
  readRemoteVersion: 0x041d, // 7.1.23
  setEventMask: 0x0c01, // 7.3.1
  reset: 0x0c03, // 7.3.2
  readLeHostSupported: 0x0c6c, // 7.3.78
  writeLeHostSupported: 0x0c6d, // 7.3.79
  readLocalVersion: 0x1001, // 7.4.1
  readSupportedCommands: 0x1002, // 7.4.2
  readLocalFeatures: 0x1003, // 7.4.3
  readBufferSize: 0x1005, // 7.4.5
  readBdAddr: 0x1009, // 7.4.6
  readRssi: 0x1405, // 7.5.4
  leSetEventMask: 0x2001, // 7.8.1
  leReadBufferSize: 0x2002, // 7.8.2
  leReadLocalFeatures: 0x2003, // 7.8.3
  leSetRandomAddress: 0x2005, // 7.8.4
  leSetAdvertisingParameters: 0x2006, // 7.8.5
  leReadAdvertisingPower: 0x2007, // 7.8.6
  leSetAdvertisingData: 0x2008, // 7.8.7
  leSetScanResponseData: 0x2009, // 7.8.8
  leSetAdvertisingEnable: 0x200a, // 7.8.9
  leSetScanParameters: 0x200b, // 7.8.10
  leSetScanEnable: 0x200c, // 7.8.11
  leCreateConnection: 0x200d, // 7.8.12
  leCreateConnectionCancel: 0x200e, // 7.8.13
  leReadAcceptListSize: 0x200f, // 7.8.14
  leClearAcceptList: 0x2010, // 7.8.15
  leAddToAcceptList: 0x2011, // 7.8.16
  leRemoveFromAcceptList: 0x2012, // 7.8.17
  leConnectionUpdate: 0x2013, // 7.8.18
  leReadRemoteFeatures: 0x2016, // 7.8.21
  leEnableEncryption: 0x2019, // 7.8.24
  leLongTermKeyNegativeReply: 0x201b, // 7.8.26
  leReadSupportedStates: 0x201c, // 7.8.27
  leSetDataLength: 0x2022, // 7.8.33
  leReadSuggestedDataLength: 0x2023, // 7.8.34
  leWriteSuggestedDataLength: 0x2024, // 7.8.35
  leReadMaximumDataLength: 0x202f, // 7.8.46
  leReadPhy: 0x2030, // 7.8.47
  leSetDefaultPhy: 0x2031, // 7.8.48
  leSetPhy: 0x2032, // 7.8.49
  leSetExtendedScanParameters: 0x2041, // 7.8.64
  leSetExtendedScanEnable: 0x2042, // 7.8.65
  leExtendedCreateConnection: 0x2043, // 7.8.66
} as const;

/** Intervals in units of 1.25 ms, the supervision timeout in units of 10 ms, as HCI counts them. */
export interface ConnectionParameters {
  readonly intervalMin: number;
  readonly intervalMax: number;
  readonly latency: number;
  readonly supervisionTimeout: number;
}

export interface CreateConnection extends ConnectionParameters {
  readonly peer: DeviceAddress;
  /** Whoever is on the accept list, in place of `peer`. */
  readonly anyAccepted?: boolean;
  readonly ownAddressRandom?: boolean;
}

/** 7.8.12, LE Create Connection. */
export function decodeCreateConnection(p: Buffer): CreateConnection | undefined {
  if (p.length < 25) return undefined;
  const parameters = connectionParameters(p, 13);
  return (
    parameters && {
      peer: { random: p[5] === 1, address: addressFrom(p, 6) },
      anyAccepted: p[4] === 1,
      ownAddressRandom: p[12] === 1,
      ...parameters,
    }
  );
}

/** 7.8.66, LE Extended Create Connection: the parameters of its first PHY count. */
export function decodeExtendedCreateConnection(p: Buffer): CreateConnection | undefined {
  if (p.length < 26) return undefined;
  const parameters = connectionParameters(p, 14);
  return parameters && { peer: { random: p[2] === 1, address: addressFrom(p, 3) }, ...parameters };
}

export interface ConnectionUpdate extends ConnectionParameters {
  readonly handle: number;
}

/** 7.8.18, LE Connection Update. */
export function decodeConnectionUpdate(p: Buffer): ConnectionUpdate | undefined {
  if (p.length < 10) return undefined;
  const parameters = connectionParameters(p, 2);
  return parameters && { handle: p.readUInt16LE(0), ...parameters };
}

/** 7.5 ms to 4 s; 499 events; 100 ms to 32 s: the ranges of 7.8.12, outside of which no link could go on. */
const INTERVAL = { min: 6, max: 3_200 };
const LATENCY_MAX = 499;
const SUPERVISION = { min: 10, max: 3_200 };

function connectionParameters(p: Buffer, at: number): ConnectionParameters | undefined {
  const [intervalMin, intervalMax] = [p.readUInt16LE(at), p.readUInt16LE(at + 2)];
  const [latency, supervisionTimeout] = [p.readUInt16LE(at + 4), p.readUInt16LE(at + 6)];
  const isInterval = INTERVAL.min <= intervalMin && intervalMin <= intervalMax && intervalMax <= INTERVAL.max;
  const isTimeout = SUPERVISION.min <= supervisionTimeout && supervisionTimeout <= SUPERVISION.max;
  // More than two of the events that the peripheral has to listen to.
  const listensEveryMs = (1 + latency) * intervalMax * 1.25;
  const isHeard = latency <= LATENCY_MAX && supervisionTimeout * 10 > 2 * listensEveryMs;
  return isInterval && isTimeout && isHeard
    ? { intervalMin, intervalMax, latency, supervisionTimeout }
    : undefined;
}

export interface AdvertisingParameters {
  /** In units of 0.625 ms. */
  readonly intervalMin: number;
  readonly intervalMax: number;
  /** 0 connectable and scannable, 2 scannable, 3 neither. */
  readonly type: number;
  readonly ownAddressRandom: boolean;
}

/** 7.8.5, LE Set Advertising Parameters. */
export function decodeAdvertisingParameters(p: Buffer): AdvertisingParameters | undefined {
  if (p.length < 15) return undefined;
  return {
    intervalMin: p.readUInt16LE(0),
    intervalMax: p.readUInt16LE(2),
    type: p.readUInt8(4),
    ownAddressRandom: (p.readUInt8(5) & 1) === 1,
  };
}

/** 7.8.7 and 7.8.8: a length and 31 bytes, of which the first `length` count. */
export function decodeAdvertisingData(p: Buffer): Buffer | undefined {
  const length = p[0];
  if (length === undefined || length > 31 || p.length < 1 + length) return undefined;
  return Buffer.from(p.subarray(1, 1 + length));
}

/** 7.1.6, Disconnect. */
export function encodeDisconnect(handle: number, reason: number): Buffer {
  const parameters = Buffer.alloc(3);
  parameters.writeUInt16LE(handle, 0);
  parameters[2] = reason;
  return encodeCommand(OPCODE.disconnect, parameters);
}

/** 7.8.12, as a host would send it to connect to `peer`; for tests of the controller alone. */
export function encodeCreateConnection(command: CreateConnection): Buffer {
  const p = Buffer.alloc(25);
  p.writeUInt16LE(0x60, 0);
  p.writeUInt16LE(0x30, 2);
  p[5] = command.peer.random ? 1 : 0;
  addressInto(command.peer.address, p, 6);
  p.writeUInt16LE(command.intervalMin, 13);
  p.writeUInt16LE(command.intervalMax, 15);
  p.writeUInt16LE(command.latency, 17);
  p.writeUInt16LE(command.supervisionTimeout, 19);
  return encodeCommand(OPCODE.leCreateConnection, p);
}
