// The ATT PDUs that pass over a link, whole, in the order in which they arrive: what tests compare and
// benchmarks count. A PDU is on L2CAP's fixed channel 4 (Core Specification 5.4, Vol 3 Part A, 2.1 and 3.1).
import { ACL_CONTINUING } from '../hci/h4.ts';

export type LinkRole = 'central' | 'peripheral';

export interface AttRecord {
  readonly linkId: number;
  /** Who sent it. */
  readonly from: LinkRole;
  readonly pdu: Uint8Array;
  readonly atMs: number;
  /** The connection event it arrived in, counted from 0; -1 where the air is unpaced. */
  readonly event: number;
}

export const ATT_CHANNEL = 0x0004;
const L2CAP_HEADER_BYTES = 4;

/** Puts ACL packets of one direction together; keeps at most one PDU. */
export class Recombiner {
  #parts: Buffer[] = [];
  #missing = 0;

  /** The whole L2CAP PDU, header included, once its last part is here. */
  add(boundary: number, data: Buffer): Buffer | undefined {
    if (boundary !== ACL_CONTINUING) {
      this.#parts = [];
      this.#missing = data.length < L2CAP_HEADER_BYTES ? 0 : L2CAP_HEADER_BYTES + data.readUInt16LE(0);
    }
    if (this.#missing <= 0) return undefined;
    this.#parts.push(data);
    this.#missing -= data.length;
    if (this.#missing > 0) return undefined;
    const whole = this.#parts.length === 1 ? data : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#missing = 0;
    return whole;
  }
}

/** The ATT PDU within an L2CAP PDU, undefined for another channel. */
export function attPdu(l2cap: Buffer): Buffer | undefined {
  const isAtt = l2cap.length > L2CAP_HEADER_BYTES && l2cap.readUInt16LE(2) === ATT_CHANNEL;
  return isAtt ? l2cap.subarray(L2CAP_HEADER_BYTES) : undefined;
}
