// What noble does not tell: read from the packets on their way to it. ATT errors it swallows, the end of a
// cancelled connection it mixes with others, and of an MTU exchange it says nothing.
import { decodeConnectionComplete, EVENT, LE_SUBEVENT } from '../hci/events.ts';
import type { HciPacket } from '../hci/h4.ts';
import { OPCODE } from '../hci/commands.ts';

export interface AttError {
  /** The opcode of the request that it answers. */
  readonly request: number;
  readonly status: number;
}

export interface HostEvents {
  /** The end of an LE Create Connection; `handle` only with status 0. */
  connectionEnded(status: number, handle: number, address: string): void;
  attError(handle: number, error: AttError): void;
  mtuExchanged(handle: number): void;
  /** Octets of payload in a packet from this side, from now on (Vol 4 Part E, 7.7.65.7). */
  dataLengthChanged(handle: number, octets: number): void;
  reported(): void;
  /** Noble must not see this packet. */
  malformed(handle: number): void;
}

/** Vol 3 Part F, 3.4.1.1 and 3.4.2. */
const ATT_ERROR_RESPONSE = 0x01;
const ATT_MTU_REQUEST = 0x02;
const ATT_MTU_RESPONSE = 0x03;
/** Find Information, Read By Type and Read By Group Type: lists of entries of a stated length (3.4.3 and 3.4.4). */
const ATT_LISTS = new Set([0x05, 0x09, 0x11]);

/** Each event fires before noble has seen the packet; a promise settled here continues after noble has. */
export function watchNoble(packet: HciPacket, att: Buffer | undefined, events: HostEvents): void {
  if (packet.kind === 'event') {
    if (packet.code === EVENT.leMeta && packet.parameters[0] === LE_SUBEVENT.advertisingReport)
      events.reported();
    const { parameters } = packet;
    if (
      packet.code === EVENT.leMeta &&
      parameters[0] === LE_SUBEVENT.dataLengthChange &&
      parameters.length >= 5
    ) {
      events.dataLengthChanged(parameters.readUInt16LE(1), parameters.readUInt16LE(3));
    }
    const complete = decodeConnectionComplete(packet);
    if (complete !== undefined && complete.role === 0) {
      events.connectionEnded(complete.status, complete.handle, complete.peer.address);
    } else if (packet.code === EVENT.commandStatus && packet.parameters.length >= 4) {
      const { parameters: p } = packet;
      const refused = p.readUInt8(0) !== 0 && p.readUInt16LE(2) === OPCODE.leCreateConnection;
      if (refused) events.connectionEnded(p.readUInt8(0), 0, '');
    }
    return;
  }
  if (packet.kind !== 'acl' || att === undefined) return;
  const { handle } = packet;
  const opcode = att.readUInt8(0);
  if (opcode === ATT_MTU_RESPONSE) events.mtuExchanged(handle);
  // noble divides by that length, and would go on for ever.
  else if (ATT_LISTS.has(opcode) && (att[1] ?? 0) === 0) events.malformed(handle);
  else if (opcode === ATT_ERROR_RESPONSE && att.length >= 5) {
    const error = { request: att.readUInt8(1), status: att.readUInt8(4) };
    if (error.request === ATT_MTU_REQUEST) events.mtuExchanged(handle);
    else events.attError(handle, error);
  }
}
