// How often a day something may be begun anew in flash: whoever holds two that are signed and newer than the floor
// could have the lock begin one over the other for ever. The highest is always begun: it comes after another that was
// counted, or is above all before it, which only the cloud makes. In memory: power that comes back begins a new day.
import { equalBytes } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/ids.ts';

const DAY_MS = 86_400_000;
/** Each lets the highest begin once more: in 15 years 87,600 erases of one sector at the worst, which it bears. */
export const BEGINS_PER_DAY = 8;

/** Compared number by number: of a set its triple, of an image its number. */
export type Rank = readonly number[];

export class BeginBudget {
  #last: Hash | undefined;
  #highest: { readonly hash: Hash; readonly rank: Rank } | undefined;
  #dayStartMs: number | undefined;
  #begins = 0;

  /** True where it may be begun, or is going on; it counts as begun then. `nowMs` of the monotonic clock. */
  take(hash: Hash, rank: Rank, nowMs: number): boolean {
    if (this.#last !== undefined && equalBytes(this.#last, hash)) return true;
    if (this.#highest === undefined || isAbove(rank, this.#highest.rank)) this.#highest = { hash, rank };
    else if (!equalBytes(this.#highest.hash, hash) && !this.#count(nowMs)) return false;
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

function isAbove(rank: Rank, other: Rank): boolean {
  const at = rank.findIndex((part, i) => part !== other[i]);
  return at >= 0 && (rank[at] ?? 0) > (other[at] ?? 0);
}
