// Return parameters of the commands that a controller answers without acting: what it is and how much it holds.
// Each begins with the status byte. Core Specification 5.4, Vol 4 Part E, 7.3 to 7.8 as numbered in OPCODE.
import { addressInto } from './address.ts';
import { OPCODE } from './commands.ts';
import { supportedCommands } from './supported-commands.ts';

export interface ControllerIdentity {
  readonly address: string;
  /** The largest ACL packet that the host may send, and how many of them unacknowledged. */
  readonly aclBufferBytes: number;
  readonly aclBuffers: number;
  /** False: packets of 27 bytes, whatever is asked for. */
  readonly dataLengthExtension?: boolean;
}

/** 5.4; the hosts ask for at least 6 (4.0). */
export const HCI_VERSION = 0x0d;
/** The company id for tests and prototypes. */
export const COMPANY = 0xffff;
const TX_OCTETS_MIN = 27;
const TX_TIME_MIN_US = 328;
const TX_OCTETS_MAX = 251;
const TX_TIME_MAX_US = 17_040;
const OWN_RSSI_DBM = -40;

const OK = Buffer.of(0);
const withStatus = (bytes: number, write: (p: Buffer) => void): Buffer => {
  const p = Buffer.alloc(1 + bytes);
  write(p);
  return p;
};

/** Bit 5: data packet length extension; bit 8: 2M (Vol 6 Part B, 4.6). */
export const leFeatures = ({ dataLengthExtension }: ControllerIdentity): Uint8Array =>
  Uint8Array.of(dataLengthExtension === false ? 0 : 0b0010_0000, 0b0000_0001, 0, 0, 0, 0, 0, 0);

/** Undefined for a command that it does not know. */
export function returnParameters(
  opcode: number,
  parameters: Buffer,
  identity: ControllerIdentity,
): Buffer | undefined {
  switch (opcode) {
    case OPCODE.setEventMask:
    case OPCODE.writeLeHostSupported:
    case OPCODE.leSetExtendedScanParameters:
    case OPCODE.leSetDefaultPhy:
    case OPCODE.leWriteSuggestedDataLength:
      return OK;
    case OPCODE.readLeHostSupported:
      return Buffer.of(0, 1, 0);
    case OPCODE.readLocalVersion:
      return withStatus(8, (p) => {
        p[1] = HCI_VERSION;
        p[4] = HCI_VERSION;
        p.writeUInt16LE(COMPANY, 5);
      });
    case OPCODE.readSupportedCommands:
      return withStatus(64, (p) => p.set(supportedCommands(), 1));
    case OPCODE.readLocalFeatures:
      // Bit 38: LE supported by the controller; bit 37: no BR/EDR.
      return withStatus(8, (p) => (p[5] = 0b0110_0000));
    case OPCODE.readBufferSize:
      return withStatus(7, (p) => {
        p.writeUInt16LE(identity.aclBufferBytes, 1);
        p.writeUInt16LE(identity.aclBuffers, 4);
      });
    case OPCODE.readBdAddr:
      return withStatus(6, (p) => addressInto(identity.address, p, 1));
    case OPCODE.readRssi:
      return withStatus(3, (p) => {
        p.set(parameters.subarray(0, 2), 1);
        p.writeInt8(OWN_RSSI_DBM, 3);
      });
    case OPCODE.leReadBufferSize:
      return withStatus(3, (p) => {
        p.writeUInt16LE(identity.aclBufferBytes, 1);
        p[3] = identity.aclBuffers;
      });
    case OPCODE.leReadLocalFeatures:
      return withStatus(8, (p) => p.set(leFeatures(identity), 1));
    case OPCODE.leReadAdvertisingPower:
      return Buffer.of(0, 0);
    case OPCODE.leReadSupportedStates:
      return withStatus(8, (p) => p.fill(0xff, 1));
    case OPCODE.leReadSuggestedDataLength:
      return withStatus(4, (p) => {
        p.writeUInt16LE(TX_OCTETS_MIN, 1);
        p.writeUInt16LE(TX_TIME_MIN_US, 3);
      });
    case OPCODE.leLongTermKeyNegativeReply:
      return withStatus(2, (p) => p.set(parameters.subarray(0, 2), 1));
    case OPCODE.leReadMaximumDataLength:
      return withStatus(8, (p) => {
        const isLong = identity.dataLengthExtension !== false;
        for (const at of [1, 5]) {
          p.writeUInt16LE(isLong ? TX_OCTETS_MAX : TX_OCTETS_MIN, at);
          p.writeUInt16LE(isLong ? TX_TIME_MAX_US : TX_TIME_MIN_US, at + 2);
        }
      });
    default:
      return undefined;
  }
}
