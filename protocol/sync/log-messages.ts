// The control messages of a log pull: the courier asks for batches with credit, and brings the cloud's
// acknowledgement. WIRE 13.3 and 13.4.
import { decodeWith, encodeWith, field, int, nullable, struct, u32 } from '../cbor/codec.ts';
import { CONTROL_MESSAGE_MAX_BYTES, LOG_CREDIT_MAX } from '../limits.ts';

export interface LogPull {
  /** Number of the first row wanted; null = the first that is not acknowledged. */
  readonly from: number | null;
  /** Batches that may be sent: what the other side has room for. */
  readonly credit: number;
}

const pullCodec = struct<LogPull>({
  from: field(1, nullable(int(1, 0xffff_ffff))),
  credit: field(2, int(1, LOG_CREDIT_MAX)),
});

export const encodeLogPull = (pull: LogPull): Uint8Array => encodeWith(pullCodec, pull);
export const decodeLogPull = (body: Uint8Array): LogPull =>
  decodeWith(pullCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'log pull');

export interface LogAckAnswer {
  /** Rows up to this number may go; 0 = none. */
  readonly acknowledged: number;
}

const ackAnswerCodec = struct<LogAckAnswer>({ acknowledged: field(1, u32) });

export const encodeLogAckAnswer = (answer: LogAckAnswer): Uint8Array => encodeWith(ackAnswerCodec, answer);
export const decodeLogAckAnswer = (body: Uint8Array): LogAckAnswer =>
  decodeWith(ackAnswerCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'answer to a log acknowledgement');
