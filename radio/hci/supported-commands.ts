// The bit field by which a controller tells a host which commands it knows: a modern host sends no others.
// Core Specification 5.4, Vol 4 Part E, 6.27.
import { OPCODE } from './commands.ts';

/** Octet and bit of each command that is answered. Extended advertising is answered to noble, and not offered. */
const BITS: readonly (readonly [opcode: number, octet: number, bit: number])[] = [
  [OPCODE.disconnect, 0, 5],
  [OPCODE.readRemoteVersion, 2, 7],
  [OPCODE.setEventMask, 5, 6],
  [OPCODE.reset, 5, 7],
  [OPCODE.readLocalVersion, 14, 3],
  [OPCODE.readSupportedCommands, 14, 4],
  [OPCODE.readLocalFeatures, 14, 5],
  [OPCODE.readBufferSize, 14, 7],
  [OPCODE.readBdAddr, 15, 1],
  [OPCODE.readRssi, 15, 5],
  [OPCODE.readLeHostSupported, 24, 5],
  [OPCODE.writeLeHostSupported, 24, 6],
  [OPCODE.leSetEventMask, 25, 0],
  [OPCODE.leReadBufferSize, 25, 1],
  [OPCODE.leReadLocalFeatures, 25, 2],
  [OPCODE.leSetRandomAddress, 25, 4],
  [OPCODE.leSetAdvertisingParameters, 25, 5],
  [OPCODE.leReadAdvertisingPower, 25, 6],
  [OPCODE.leSetAdvertisingData, 25, 7],
  [OPCODE.leSetScanResponseData, 26, 0],
  [OPCODE.leSetAdvertisingEnable, 26, 1],
  [OPCODE.leSetScanParameters, 26, 2],
  [OPCODE.leSetScanEnable, 26, 3],
  [OPCODE.leCreateConnection, 26, 4],
  [OPCODE.leCreateConnectionCancel, 26, 5],
  [OPCODE.leReadAcceptListSize, 26, 6],
  [OPCODE.leClearAcceptList, 26, 7],
  [OPCODE.leAddToAcceptList, 27, 0],
  [OPCODE.leRemoveFromAcceptList, 27, 1],
  [OPCODE.leConnectionUpdate, 27, 2],
  [OPCODE.leReadRemoteFeatures, 27, 5],
  [OPCODE.leLongTermKeyNegativeReply, 28, 2],
  [OPCODE.leReadSupportedStates, 28, 3],
  [OPCODE.leSetDataLength, 33, 6],
  [OPCODE.leReadSuggestedDataLength, 33, 7],
  [OPCODE.leWriteSuggestedDataLength, 34, 0],
  [OPCODE.leReadMaximumDataLength, 35, 3],
  [OPCODE.leReadPhy, 35, 4],
  [OPCODE.leSetDefaultPhy, 35, 5],
  [OPCODE.leSetPhy, 35, 6],
];

const SUPPORTED_COMMANDS_BYTES = 64;

export function supportedCommands(): Buffer {
  const field = Buffer.alloc(SUPPORTED_COMMANDS_BYTES);
  for (const [, octet, bit] of BITS) field.writeUInt8(field.readUInt8(octet) | (1 << bit), octet);
  return field;
}

export const offeredCommands: readonly number[] = BITS.map(([opcode]) => opcode);
