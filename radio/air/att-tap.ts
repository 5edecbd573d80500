// The ATT PDUs that pass over a link, whole, in the order in which they arrive: what tests compare and
// benchmarks count.

/** Behind opcode and handle of a write or a notification (Vol 3 Part F, 3.4.5 and 3.4.7). */
export const ATT_VALUE_AT = 3;

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
