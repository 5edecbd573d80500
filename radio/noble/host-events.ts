// What noble does not tell: read from the packets on their way to it. ATT errors it swallows, the end of a
// cancelled connection it mixes with others, and of an MTU exchange it says nothing.
import { decodeConnectionComplete, EVENT, LE_SUBEVENT } from '../hci/events.ts';
import type { HciPacket } from '../hci/h4.ts';
import { ACL_FIRST_TO_HOST } from '../hci/h4.ts';
import { OPCODE } from '../hci/commands.ts';
import { ATT_CHANNEL } from '../air/att-tap.ts';

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
  reported(): void;
}

/** Vol 3 Part F, 3.4.1.1 and 3.4.2. */
const ATT_ERROR_RESPONSE = 0x01;
const ATT_MTU_REQUEST = 0x02;
const ATT_MTU_RESPONSE = 0x03;
const L2CAP_HEADER_BYTES = 4;

/** Each event fires before noble has seen the packet; a promise settled here continues after noble has. */
export function watchNoble(packet: HciPacket, events: HostEvents): void {
  if (packet.kind === 'event') {
    if (packet.code === EVENT.leMeta && packet.parameters[0] === LE_SUBEVENT.advertisingReport)
      events.reported();
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
  if (packet.kind !== 'acl' || packet.boundary !== ACL_FIRST_TO_HOST) return;
  const { handle, data } = packet;
  if (data.length <= L2CAP_HEADER_BYTES || data.readUInt16LE(2) !== ATT_CHANNEL) return;
  const opcode = data[L2CAP_HEADER_BYTES];
  if (opcode === ATT_MTU_RESPONSE) events.mtuExchanged(handle);
  if (opcode !== ATT_ERROR_RESPONSE || data.length < L2CAP_HEADER_BYTES + 5) return;
  const error = { request: data.readUInt8(5), status: data.readUInt8(8) };
  if (error.request === ATT_MTU_REQUEST) events.mtuExchanged(handle);
  else events.attError(handle, error);
}
