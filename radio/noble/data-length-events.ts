// noble asks its controller for no event on how long packets are: its LE event mask is given that bit on the way.
import { OPCODE } from '../hci/commands.ts';
import { decodeH4 } from '../hci/h4.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import { LE_SUBEVENT } from '../hci/events.ts';

/** The packet type, the opcode and the length stand before the mask (Vol 4 Part E, 5.4.1 and 7.8.1). */
const MASK_AT = 4;
const DATA_LENGTH_BIT = 1 << (LE_SUBEVENT.dataLengthChange - 1);

export const tellingDataLengths = (transport: HciTransport): HciTransport => ({
  open: (events) => transport.open(events),
  write: (packet) => transport.write(withDataLengths(packet)),
  isUp: () => transport.isUp(),
  setFilter: (filter) => transport.setFilter?.(filter),
  close: () => transport.close(),
});

function withDataLengths(bytes: Buffer): Buffer {
  const packet = decodeH4(bytes);
  if (packet?.kind !== 'command' || packet.opcode !== OPCODE.leSetEventMask) return bytes;
  const asked = Buffer.from(bytes);
  asked.writeUInt8((asked[MASK_AT] ?? 0) | DATA_LENGTH_BIT, MASK_AT);
  return asked;
}
