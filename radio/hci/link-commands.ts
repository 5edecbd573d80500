// The HCI commands about one link: answered with its handle, or that there is no such link. What they change is the air's.
// Core Specification 5.4, Vol 4 Part E, 7.1 and 7.8 as numbered in OPCODE.
import type { ConnectionUpdate } from './commands.ts';
import { decodeConnectionUpdate, OPCODE } from './commands.ts';
import * as events from './events.ts';
import { HCI_ERROR } from './events.ts';
import type { HciCommand } from './h4.ts';
import type { ControllerIdentity } from './replies.ts';
import { COMPANY, HCI_VERSION, leFeatures } from './replies.ts';

export interface LinkFloor {
  readonly identity: ControllerIdentity;
  isUp(handle: number): boolean;
  post(packet: Buffer): void;
  /** An event that no host gets before it asked for it. */
  postLe(subevent: number, packet: Buffer): void;
  disconnect(handle: number): void;
  update(update: ConnectionUpdate): void;
  setDataLength(handle: number, octets: number): void;
  setPhy(handle: number, phy2M: boolean): void;
  /** 1 for 1M, 2 for 2M. */
  phyOf(handle: number): number;
}

const SET_DATA_LENGTH_BYTES = 6;

/** False where the command is none about a link. */
export function linkCommand({ opcode, parameters }: HciCommand, floor: LinkFloor): boolean {
  const named = Buffer.from(parameters.subarray(0, 2));
  const handle = named.length === 2 ? named.readUInt16LE(0) & 0x0fff : 0;
  const isUp = floor.isUp(handle);
  /** Its status first, then what it leads to. */
  const begin = (act: () => void): boolean => {
    floor.post(events.commandStatus(opcode, isUp ? HCI_ERROR.success : HCI_ERROR.unknownConnection));
    if (isUp) act();
    return true;
  };
  /** Answered at once. */
  const answer = (status: number, rest = Buffer.alloc(0)): boolean => {
    floor.post(events.commandComplete(opcode, Buffer.concat([Buffer.of(status), named, rest])));
    return true;
  };
  switch (opcode) {
    case OPCODE.disconnect:
      return begin(() => floor.disconnect(handle));
    case OPCODE.leConnectionUpdate: {
      const update = decodeConnectionUpdate(parameters);
      if (update !== undefined || !isUp) return begin(() => update && floor.update(update));
      floor.post(events.commandStatus(opcode, HCI_ERROR.invalidParameters));
      return true;
    }
    case OPCODE.leSetPhy:
      return begin(() => floor.setPhy(handle, ((parameters[3] ?? 0) & 0b10) !== 0));
    case OPCODE.leReadRemoteFeatures: {
      const event = events.readRemoteFeaturesComplete(handle, leFeatures(floor.identity));
      return begin(() => floor.postLe(events.LE_SUBEVENT.readRemoteFeaturesComplete, event));
    }
    case OPCODE.readRemoteVersion:
      return begin(() => floor.post(events.readRemoteVersionComplete(handle, HCI_VERSION, COMPANY)));
    case OPCODE.leReadPhy: {
      if (!isUp) return answer(HCI_ERROR.unknownConnection);
      const phy = floor.phyOf(handle);
      return answer(HCI_ERROR.success, Buffer.of(phy, phy));
    }
    case OPCODE.leSetDataLength:
      if (parameters.length < SET_DATA_LENGTH_BYTES) return answer(HCI_ERROR.invalidParameters);
      if (!isUp) return answer(HCI_ERROR.unknownConnection);
      answer(HCI_ERROR.success);
      floor.setDataLength(handle, parameters.readUInt16LE(2));
      return true;
    default:
      return false;
  }
}
