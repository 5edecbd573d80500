// What was computed from a key, kept for the keys used last: never more than its capacity, the longest unused
// goes first. An engine's answers never depend on what is kept here.
import { invariant } from '../errors.ts';

export class RecentKeys<Value> {
  readonly #capacity: number;
  readonly #make: (key: Uint8Array) => Value;
  /** A Map keeps the order of insertion: the first entry is the longest unused. */
  readonly #kept = new Map<string, Value>();

  constructor(capacity: number, make: (key: Uint8Array) => Value) {
    invariant(capacity > 0, 'a capacity');
    this.#capacity = capacity;
    this.#make = make;
  }

  /** The errors of `make` pass through, and nothing is kept then. */
  get(key: Uint8Array): Value {
    const name = String.fromCharCode(...key);
    let value = this.#kept.get(name);
    if (value === undefined) {
      value = this.#make(key);
      if (this.#kept.size >= this.#capacity) this.#dropOldest();
    } else {
      this.#kept.delete(name);
    }
    this.#kept.set(name, value);
    return value;
  }

  get size(): number {
    return this.#kept.size;
  }

  #dropOldest(): void {
    for (const name of this.#kept.keys()) {
      this.#kept.delete(name);
      return;
    }
  }
}
