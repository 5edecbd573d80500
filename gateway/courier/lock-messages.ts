// What a lock says on sync-control, parsed: the edge where bytes become types on the courier's side.
import { peekReceipt, type Receipt } from '#protocol/signed/receipt.ts';
import type { LockId } from '#protocol/ids.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import { decodeAck, type Ack } from '#protocol/sync/frames.ts';
import {
  decodeHelloAnswer,
  decodeKeySetAnswer,
  decodeOfferAnswer,
  decodeRefusal,
  MESSAGE,
  type HelloAnswer,
  type KeySetAnswer,
  type OfferAnswer,
  type Refusal,
} from '#protocol/sync/messages.ts';
import { decodeFirmwareAnswer, type FirmwareAnswer } from '#protocol/sync/firmware-messages.ts';
import { decodeLogAckAnswer, type LogAckAnswer } from '#protocol/sync/log-messages.ts';
import { decodeProgress, type Progress } from '#protocol/sync/progress.ts';
import {
  decodeTimeAnswer,
  decodeTimeChallenge,
  type TimeAnswer,
  type TimeChallenge,
} from '#protocol/sync/time-messages.ts';
import { WireError } from '#protocol/wire-error.ts';

/** A receipt as a courier may show it; only the cloud can say whether the lock signed it. */
export interface CarriedReceipt {
  readonly receiptBytes: Uint8Array;
  readonly receipt: Receipt;
}

export type LockMessage =
  | { readonly type: 'hello-answer'; readonly answer: HelloAnswer }
  | { readonly type: 'key-set-answer'; readonly answer: KeySetAnswer }
  | { readonly type: 'offer-answer'; readonly answer: OfferAnswer; readonly progress: Progress }
  | { readonly type: 'statement'; readonly statement: Uint8Array }
  | ({ readonly type: 'receipt' } & CarriedReceipt)
  | { readonly type: 'refusal'; readonly refusal: Refusal }
  | { readonly type: 'ack'; readonly ack: Ack }
  | { readonly type: 'firmware-answer'; readonly answer: FirmwareAnswer }
  | { readonly type: 'time-challenge'; readonly challenge: TimeChallenge }
  | { readonly type: 'time-answer'; readonly answer: TimeAnswer }
  /** Sealed: only the cloud can read it. */
  | { readonly type: 'log-batch'; readonly batch: Uint8Array }
  | { readonly type: 'log-ack-answer'; readonly answer: LogAckAnswer };

/** `lockId` undefined: not known yet, and then a receipt is refused. Throws WireError. */
export function parseLockMessage(message: ControlMessage, lockId: LockId | undefined): LockMessage {
  const { type, body } = message;
  switch (type) {
    case MESSAGE.helloAnswer:
      return { type: 'hello-answer', answer: decodeHelloAnswer(body) };
    case MESSAGE.keySetAnswer:
      return { type: 'key-set-answer', answer: decodeKeySetAnswer(body) };
    case MESSAGE.offerAnswer: {
      const answer = decodeOfferAnswer(body);
      return { type: 'offer-answer', answer, progress: decodeProgress(answer.progress) };
    }
    case MESSAGE.statement:
      return { type: 'statement', statement: body };
    case MESSAGE.receipt:
      if (lockId === undefined)
        throw new WireError('WRONG_AUDIENCE', 'a receipt of a lock that is not known yet');
      return { type: 'receipt', receiptBytes: body, receipt: peekReceipt(body, lockId) };
    case MESSAGE.refusal:
      return { type: 'refusal', refusal: decodeRefusal(body) };
    case MESSAGE.ack:
      return { type: 'ack', ack: decodeAck(body) };
    case MESSAGE.firmwareAnswer:
      return { type: 'firmware-answer', answer: decodeFirmwareAnswer(body) };
    case MESSAGE.timeChallenge:
      return { type: 'time-challenge', challenge: decodeTimeChallenge(body) };
    case MESSAGE.timeAnswer:
      return { type: 'time-answer', answer: decodeTimeAnswer(body) };
    case MESSAGE.logBatch:
      return { type: 'log-batch', batch: body };
    case MESSAGE.logAckAnswer:
      return { type: 'log-ack-answer', answer: decodeLogAckAnswer(body) };
    default:
      throw new WireError('UNKNOWN_MESSAGE', `the lock sent a message of type ${type}`);
  }
}
