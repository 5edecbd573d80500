// What a lock says when it is given the time: a challenge to sign over, and what its clock makes of the answer.
// WIRE 15.
import { bytes, decodeWith, encodeWith, enumeration, field, struct, u32 } from '../cbor/codec.ts';
import { CONTROL_MESSAGE_MAX_BYTES } from '../limits.ts';
import type { ClockTrust } from '../signed/receipt.ts';
import { TIME_NONCE_BYTES } from '../signed/time.ts';

/** Good for 30 s, once, on this connection. */
export interface TimeChallenge {
  readonly nonce: Uint8Array;
}

const challengeCodec = struct<TimeChallenge>({ nonce: field(1, bytes(TIME_NONCE_BYTES)) });

export const encodeTimeChallenge = (challenge: TimeChallenge): Uint8Array =>
  encodeWith(challengeCodec, challenge);
export const decodeTimeChallenge = (body: Uint8Array): TimeChallenge =>
  decodeWith(challengeCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'time challenge');

/** The clock as it is now. Unsigned: the receipt says the same under the lock's signature. */
export interface TimeAnswer {
  readonly trust: ClockTrust;
  readonly lockTimeS: number;
  readonly uncertaintyS: number;
}

const answerCodec = struct<TimeAnswer>({
  trust: field(1, enumeration({ trusted: 0, drifting: 1, lost: 2 })),
  lockTimeS: field(2, u32),
  uncertaintyS: field(3, u32),
});

export const encodeTimeAnswer = (answer: TimeAnswer): Uint8Array => encodeWith(answerCodec, answer);
export const decodeTimeAnswer = (body: Uint8Array): TimeAnswer =>
  decodeWith(answerCodec, body, CONTROL_MESSAGE_MAX_BYTES, 'time answer');
