// What a lock answers to an offered firmware image: what runs, and what waits for its trial. WIRE 17.2.
import { decodeWith, encodeWith, field, int, nullable, struct, u32 } from '../cbor/codec.ts';
import { CONTROL_MESSAGE_MAX_BYTES } from '../limits.ts';

export interface FirmwareAnswer {
  readonly running: number;
  /** Whole in flash and marked: the lock restarts into it. Null where nothing waits. */
  readonly staged: number | null;
}

const answerCodec = struct<FirmwareAnswer>({
  running: field(1, u32),
  staged: field(2, nullable(int(1, 0xffff_ffff))),
});

export const encodeFirmwareAnswer = (answer: FirmwareAnswer): Uint8Array => encodeWith(answerCodec, answer);
export const decodeFirmwareAnswer = (body: Uint8Array): FirmwareAnswer =>
  decodeWith(answerCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'firmware answer');
