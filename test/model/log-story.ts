// The log as the cloud of one owner has it: pulled batch by batch, joined without a break, acknowledged.
import { joinLog, unexplainedLosses, type LostRows } from '#protocol/log/join.ts';
import type { LogHead, LogRow } from '#protocol/log/row.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { HandCloud } from '#test/lock-sim/hand-cloud.ts';
import type { HandCourier } from '#test/lock-sim/hand-courier.ts';
import { Disagreement } from './disagreement.ts';
import { keySet, LOCK } from './cloud.ts';

const PULLS_MAX = 50;

export class LogStory {
  readonly #cloud: HandCloud;
  readonly #rows: LogRow[] = [];
  readonly #lost: LostRows[] = [];

  /** Of an owner whose key sets up to that number are in use. */
  constructor(keySets: number) {
    this.#cloud = new HandCloud(LOCK, ...Array.from({ length: keySets }, (_, at) => keySet(at + 1)));
  }

  rotateTo(number: number): void {
    this.#cloud.rotateTo(keySet(number));
  }

  /** Undefined: nothing was told yet. */
  get head(): LogHead | undefined {
    return this.#rows.at(-1);
  }

  /** To the end; throws where what comes is another history or rows are missing without a word. */
  pull(courier: HandCourier): void {
    for (let pulls = 0; pulls < PULLS_MAX; pulls++) {
      const { head } = this;
      const batches = this.#cloud.ask(courier, head === undefined ? null : head.sequence + 1, 4);
      for (const bytes of batches) this.#take(bytes);
      const last = batches.at(-1);
      if (last === undefined) throw new Disagreement('a pull is not answered');
      if (this.#cloud.open(last).isLast) return;
    }
    throw new Disagreement('the log comes to no end');
  }

  /** What the lock answers; undefined where it refuses. */
  acknowledge(courier: HandCourier, head: LogHead): number | undefined {
    return this.#cloud.acknowledge(courier, this.#cloud.signAck(head));
  }

  get unexplained(): readonly LostRows[] {
    return unexplainedLosses(this.#lost, this.#rows);
  }

  #take(bytes: Uint8Array): void {
    const verdict = joinLog(nodeEngine, this.head, this.#cloud.open(bytes));
    if (verdict.verdict === 'known') return;
    if (verdict.verdict !== 'continues') throw new Disagreement(`a batch of the log ${verdict.verdict}`);
    this.#rows.push(...verdict.rows);
    this.#lost.push(...verdict.lost);
  }
}
