// The cloud's side of a log pull by hand: asks through a courier, opens what comes, joins it to what it holds, and
// acknowledges.
import { invariant } from '#protocol/errors.ts';
import { joinLog, unexplainedLosses, type LogVerdict, type LostRows } from '#protocol/log/join.ts';
import { NO_LOG, type LogHead, type LogRow } from '#protocol/log/row.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import type { Hash } from '#protocol/ids.ts';
import { signLogAck } from '#protocol/signed/log-ack.ts';
import { openLogBatch, type OpenedLogBatch } from '#protocol/signed/log-batch.ts';
import { decodeLogAckAnswer, encodeLogPull } from '#protocol/sync/log-messages.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import type { BuiltKeySet } from '#test/builders/key-set.ts';
import type { BuiltLock } from '#test/builders/lock.ts';
import { anOpening } from '#test/builders/log.ts';
import type { HandCourier } from './hand-courier.ts';

export class HandCloud {
  readonly rows: LogRow[] = [];
  readonly lost: LostRows[] = [];
  readonly #built: BuiltLock;
  readonly #keySets: BuiltKeySet[];

  constructor(built: BuiltLock, ...keySets: BuiltKeySet[]) {
    this.#built = built;
    this.#keySets = keySets;
  }

  get head(): LogHead {
    return this.rows.at(-1) ?? NO_LOG;
  }

  /** What is lost and told by no gap row. */
  get unexplained(): LostRows[] {
    return unexplainedLosses(this.lost, this.rows);
  }

  rotateTo(keySet: BuiltKeySet): void {
    this.#keySets.push(keySet);
  }

  open(bytes: Uint8Array): OpenedLogBatch {
    return openLogBatch(engine, bytes, anOpening(this.#built, this.#keySets));
  }

  /** What the lock answers to one pull, as it came. */
  ask(courier: HandCourier, from: number | null, credit: number): Uint8Array[] {
    const before = courier.bodies(MESSAGE.logBatch).length;
    courier.say(MESSAGE.logPull, encodeLogPull({ from, credit }));
    return courier.bodies(MESSAGE.logBatch).slice(before);
  }

  take(bytes: Uint8Array): LogVerdict {
    const verdict = joinLog(engine, this.head, this.open(bytes));
    if (verdict.verdict === 'continues') {
      this.rows.push(...verdict.rows);
      this.lost.push(...verdict.lost);
    }
    return verdict;
  }

  /** Until the batch that is marked as last; from the first row that is not here. */
  pullAll(courier: HandCourier, credit = 4): void {
    for (let pulls = 0; pulls < 100; pulls++) {
      const batches = this.ask(courier, this.head.sequence + 1, credit);
      for (const bytes of batches) this.take(bytes);
      const last = batches.at(-1);
      invariant(last, 'a pull is answered');
      if (this.open(last).isLast) return;
    }
    invariant(false, 'a log comes to its end');
  }

  signAck(
    head: LogHead = this.head,
    signer = this.#keySets.at(-1)?.time,
    lockId = this.#built.lockId,
  ): Uint8Array {
    invariant(signer, 'there is a time key');
    const ack = { format: 1 as const, upToSequence: head.sequence, chain: head.chain as Hash };
    return signLogAck(engine, signer, lockId, ack);
  }

  /** What the lock answers; undefined where it refuses. */
  acknowledge(courier: HandCourier, bytes = this.signAck()): number | undefined {
    const before = courier.bodies(MESSAGE.logAckAnswer).length;
    courier.say(MESSAGE.logAck, bytes);
    const answer = courier.bodies(MESSAGE.logAckAnswer)[before];
    return answer && decodeLogAckAnswer(answer).acknowledged;
  }
}
