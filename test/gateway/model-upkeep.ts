// What the model lock does behind its receipt: takes the time once a challenge, sends its log by credit, and lets rows go
// where the cloud's word is for its own history.
import { equalBytes } from '#protocol/bytes.ts';
import type { LogRow } from '#protocol/log/row.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { verifyLogAck } from '#protocol/signed/log-ack.ts';
import { verifyTime } from '#protocol/signed/time.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import { decodeLogPull, encodeLogAckAnswer } from '#protocol/sync/log-messages.ts';
import { encodeRefusal, MESSAGE } from '#protocol/sync/messages.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { encodeTimeAnswer, encodeTimeChallenge } from '#protocol/sync/time-messages.ts';
import type { BuiltKeySet } from '#test/builders/key-set.ts';
import { aLogBatch } from '#test/builders/log.ts';
import type { BuiltLock } from '#test/builders/lock.ts';

const ROWS_A_BATCH = 3;

export class ModelUpkeep {
  rows: readonly LogRow[] = [];
  acknowledged = 0;
  /** Pulls heard, with what they asked for. */
  readonly pulls: { readonly from: number | null; readonly credit: number }[] = [];
  readonly timesSet: number[] = [];
  refuses: RefusalCode | undefined;
  readonly #built: BuiltLock;
  readonly #keySet: BuiltKeySet;
  #nonce: Uint8Array | undefined;
  #challenges = 0;

  constructor(built: BuiltLock, keySet: BuiltKeySet) {
    this.#built = built;
    this.#keySet = keySet;
  }

  /** Undefined for what is no message of these. */
  hear({ type, body }: ControlMessage): ControlMessage[] | undefined {
    switch (type) {
      case MESSAGE.timeRequest:
        this.#nonce = new Uint8Array(16).fill(++this.#challenges);
        return [{ type: MESSAGE.timeChallenge, body: encodeTimeChallenge({ nonce: this.#nonce }) }];
      case MESSAGE.time:
        return this.#takeTime(body);
      case MESSAGE.logPull:
        return this.#send(decodeLogPull(body));
      case MESSAGE.logAck:
        return this.#acknowledge(body);
      default:
        return undefined;
    }
  }

  #takeTime(body: Uint8Array): ControlMessage[] {
    if (this.refuses !== undefined) return [refusal(this.refuses, MESSAGE.time)];
    const { lockId } = this.#built;
    const { nonce, utcS } = verifyTime(nodeEngine, body, lockId, this.#keySet.time.publicKey);
    if (this.#nonce === undefined || !equalBytes(nonce, this.#nonce)) throw new Error('another nonce');
    this.#nonce = undefined;
    this.timesSet.push(utcS);
    const answer = { trust: 'trusted' as const, lockTimeS: utcS, uncertaintyS: 1 };
    return [{ type: MESSAGE.timeAnswer, body: encodeTimeAnswer(answer) }];
  }

  #send(pull: { readonly from: number | null; readonly credit: number }): ControlMessage[] {
    this.pulls.push(pull);
    const messages: ControlMessage[] = [];
    let from = pull.from ?? this.acknowledged + 1;
    while (messages.length < pull.credit) {
      const left = this.rows.filter(({ sequence }) => sequence >= from);
      const rows = left.slice(0, ROWS_A_BATCH);
      const isLast = rows.length === left.length;
      const options = { lock: this.#built, keySet: this.#keySet };
      messages.push({ type: MESSAGE.logBatch, body: aLogBatch({ rows, from, isLast }, options) });
      from = (rows.at(-1)?.sequence ?? from - 1) + 1;
      if (isLast) break;
    }
    return messages;
  }

  #acknowledge(body: Uint8Array): ControlMessage[] {
    const { lockId } = this.#built;
    const ack = verifyLogAck(nodeEngine, body, lockId, this.#keySet.time.publicKey);
    const own = this.rows.find(({ sequence }) => sequence === ack.upToSequence);
    if (own === undefined || !equalBytes(own.chain, ack.chain))
      return [refusal('LOG_MISMATCH', MESSAGE.logAck)];
    this.acknowledged = ack.upToSequence;
    const answer = encodeLogAckAnswer({ acknowledged: this.acknowledged });
    return [{ type: MESSAGE.logAckAnswer, body: answer }];
  }
}

const refusal = (code: RefusalCode, ofType: number): ControlMessage => ({
  type: MESSAGE.refusal,
  body: encodeRefusal({ code, ofType, detail: 'says the model' }),
});
