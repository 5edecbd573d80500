// H4 packets out of a byte stream, however it was cut. There is no mark between packets: after a byte that is no packet
// type nothing that follows can be trusted, so the stream is garbled from there on, for good.
// Core Specification 5.4: Vol 4 Part A, 2 (H4), Vol 4 Part E, 5.4 (packets).
import { H4_ACL, H4_COMMAND, H4_EVENT } from '../hci/h4.ts';

const H4_SYNCHRONOUS = 0x03;
const H4_ISOCHRONOUS = 0x05;
const ISO_LENGTH_MASK = 0x3fff;
/** Far more than an ACL packet of any LE controller; what claims to be longer is no packet. */
export const PACKET_BYTES_MAX = 4_096;

export class H4Splitter {
  #rest: Buffer = Buffer.alloc(0);
  #garbled = false;

  /** Whole packets of the types that an LE host knows, and whether the stream is garbled behind them. */
  add(chunk: Buffer): { readonly packets: Buffer[]; readonly garbled: boolean } {
    const packets: Buffer[] = [];
    if (this.#garbled) return { packets, garbled: true };
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < bytes.length) {
      const length = packetLength(bytes, at);
      if (length === 'unknown' || (length !== 'short' && length > PACKET_BYTES_MAX)) {
        this.#garbled = true;
        break;
      }
      if (length === 'short' || at + length > bytes.length) break;
      if (isKnown(bytes[at])) packets.push(Buffer.from(bytes.subarray(at, at + length)));
      at += length;
    }
    this.#rest = this.#garbled ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
    return { packets, garbled: this.#garbled };
  }
}

const isKnown = (type: number | undefined): boolean =>
  type === H4_COMMAND || type === H4_ACL || type === H4_EVENT;

/** Its type byte included; `short` where the header is not whole. */
function packetLength(bytes: Buffer, at: number): number | 'short' | 'unknown' {
  const left = bytes.length - at;
  switch (bytes[at]) {
    case H4_COMMAND:
    case H4_SYNCHRONOUS:
      return left < 4 ? 'short' : 4 + bytes.readUInt8(at + 3);
    case H4_ACL:
      return left < 5 ? 'short' : 5 + bytes.readUInt16LE(at + 3);
    case H4_EVENT:
      return left < 3 ? 'short' : 3 + bytes.readUInt8(at + 2);
    case H4_ISOCHRONOUS:
      return left < 5 ? 'short' : 5 + (bytes.readUInt16LE(at + 3) & ISO_LENGTH_MASK);
    default:
      return 'unknown';
  }
}
