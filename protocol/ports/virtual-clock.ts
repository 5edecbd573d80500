// A clock that moves only when told to: timers run in order of their due time, then of their making. Worlds
// and tests own one; real parts that answer through the event loop get a `settle` between two steps.
import type { Clock, Timer } from './clock.ts';
import { invariant } from '../errors.ts';

/** In the heap and in the hands of who asked for it: fleets hold tens of thousands. */
class Pending implements Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled = false;

  constructor(dueMs: number, order: number, run: () => void) {
    this.dueMs = dueMs;
    this.order = order;
    this.run = run;
  }

  cancel(): void {
    this.cancelled = true;
  }
}

export class VirtualClock implements Clock {
  #wallOffsetMs: number;
  #monotonicMs = 0;
  #made = 0;
  /** A binary heap on (dueMs, order). */
  readonly #heap: Pending[] = [];

  /** By default 2026-03-01T09:00:00Z, so that worlds agree on a date. */
  constructor(startMs = 1_772_355_600_000) {
    this.#wallOffsetMs = startMs;
  }

  nowMs(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = new Pending(this.#monotonicMs + Math.max(0, delayMs), this.#made++, run);
    this.#push(timer);
    return timer;
  }

  /** Moves the wall clock alone, as a person or a time server does. */
  setWallMs(nowMs: number): void {
    this.#wallOffsetMs = nowMs - this.#monotonicMs;
  }

  /** When the next timer is due, on the monotonic scale. */
  nextDueMs(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.dueMs;
  }

  /** Runs every timer due within `ms`, those made on the way included, and ends exactly `ms` later. */
  advance(ms: number): void {
    const untilMs = this.#monotonicMs + ms;
    for (let due = this.nextDueMs(); due !== undefined && due <= untilMs; due = this.nextDueMs()) this.step();
    this.#monotonicMs = untilMs;
  }

  /** Runs the next timer alone. False where none is left. */
  step(): boolean {
    this.#dropCancelled();
    const timer = this.#pop();
    if (timer === undefined) return false;
    this.#monotonicMs = Math.max(this.#monotonicMs, timer.dueMs);
    timer.run();
    return true;
  }

  /**
   * Steps until `done` says so, giving real parts their turn by `settle` after each step. False where no timer
   * was left or `limitMs` of virtual time went by first.
   */
  async runUntil(done: () => boolean, settle: () => Promise<void>, limitMs: number): Promise<boolean> {
    const untilMs = this.#monotonicMs + limitMs;
    await settle();
    while (!done()) {
      const due = this.nextDueMs();
      if (due === undefined || due > untilMs) return false;
      this.step();
      await settle();
    }
    return true;
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.cancelled === true) this.#pop();
  }

  #push(timer: Pending): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, item(heap, parent))) break;
      heap[at] = item(heap, parent);
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): Pending | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(item(heap, child + 1), item(heap, child))) child++;
      if (!before(item(heap, child), last)) break;
      heap[at] = item(heap, child);
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

const before = (a: Pending, b: Pending): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

function item(heap: readonly Pending[], index: number): Pending {
  const found = heap[index];
  invariant(found, 'heap index in range');
  return found;
}
