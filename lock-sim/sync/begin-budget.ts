// How often a day a set or an image may be begun anew in flash: whoever holds two that are signed and newer than the
// floor could have the lock begin one over the other for ever. A version above all before it is always begun: only
// the cloud makes those. Kept in memory: a reboot begins a new day.
import { equalBytes } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/ids.ts';
import { compareTriples, type Triple } from '#protocol/triple.ts';

const DAY_MS = 86_400_000;
/** In 15 years 87,600 erases of one sector at the worst: below what it bears. */
export const BEGINS_PER_DAY = 16;

export class BeginBudget {
  #last: Hash | undefined;
  #highest: Triple | undefined;
  #dayStartMs: number | undefined;
  #begins = 0;

  /** True where it may be begun, or is going on; it counts as begun then. `nowMs` of the monotonic clock. */
  take(hash: Hash, triple: Triple | undefined, nowMs: number): boolean {
    if (this.#last !== undefined && equalBytes(this.#last, hash)) return true;
    const isHighest =
      triple !== undefined && (this.#highest === undefined || compareTriples(triple, this.#highest) > 0);
    if (isHighest) this.#highest = triple;
    else if (!this.#count(nowMs)) return false;
    this.#last = hash;
    return true;
  }

  #count(nowMs: number): boolean {
    if (this.#dayStartMs === undefined || nowMs - this.#dayStartMs >= DAY_MS) {
      this.#dayStartMs = nowMs;
      this.#begins = 0;
    }
    if (this.#begins >= BEGINS_PER_DAY) return false;
    this.#begins++;
    return true;
  }
}
