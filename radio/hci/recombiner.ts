// L2CAP PDUs out of ACL packets of one direction. Keeps at most one PDU, of bounded length: a peer may begin one
// and never end it. Core Specification 5.4: Vol 3 Part A, 3.1 (basic header), 7.2.2 (recombination).
import { ACL_CONTINUING } from './h4.ts';

/** The fixed channel of ATT (Vol 3 Part A, 2.1). */
export const ATT_CHANNEL = 0x0004;
export const L2CAP_HEADER_BYTES = 4;
/** ATT here ends at an MTU of 256; signalling and pairing are shorter. */
const PDU_BYTES_MAX = 1_024;

/** A whole PDU, its header included; or that more is to come; or that no PDU can come of this. */
export type Recombined = Buffer | 'more' | 'broken';

export class Recombiner {
  #parts: Buffer[] = [];
  #missing = 0;

  add(boundary: number, data: Buffer): Recombined {
    if (boundary !== ACL_CONTINUING) {
      this.#parts = [];
      this.#missing = data.length < L2CAP_HEADER_BYTES ? 0 : L2CAP_HEADER_BYTES + data.readUInt16LE(0);
    }
    const fits = this.#missing > 0 && this.#missing <= PDU_BYTES_MAX && data.length <= this.#missing;
    if (!fits) {
      this.#parts = [];
      this.#missing = 0;
      return 'broken';
    }
    this.#parts.push(data);
    this.#missing -= data.length;
    if (this.#missing > 0) return 'more';
    const whole = this.#parts.length === 1 ? data : Buffer.concat(this.#parts);
    this.#parts = [];
    return whole;
  }
}

/** The ATT PDU within an L2CAP PDU, undefined for another channel or an empty one. */
export function attPdu(l2cap: Recombined): Buffer | undefined {
  if (typeof l2cap === 'string' || l2cap.length <= L2CAP_HEADER_BYTES) return undefined;
  return l2cap.readUInt16LE(2) === ATT_CHANNEL ? l2cap.subarray(L2CAP_HEADER_BYTES) : undefined;
}
