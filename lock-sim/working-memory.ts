// How much memory the lock works with beyond the index of its table: the large buffers by name, their sum, and the
// most there ever was. A chunk in hand counts once: firmware opens and seals it in place.
export class WorkingMemory {
  /** Undefined while nothing is held: most locks stand idle. */
  #held: Map<string, number> | undefined;
  #mostBytes = 0;

  /** What is held under that name from now on; 0 gives it back. */
  hold(name: string, bytes: number): void {
    this.#held ??= new Map();
    if (bytes === 0) this.#held.delete(name);
    else this.#held.set(name, bytes);
    this.#mostBytes = Math.max(this.#mostBytes, this.heldBytes);
    if (this.#held.size === 0) this.#held = undefined;
  }

  /** Held for a moment only, on top of all the rest. */
  peak(name: string, bytes: number): void {
    const before = this.#held?.get(name) ?? 0;
    this.hold(name, before + bytes);
    this.hold(name, before);
  }

  get heldBytes(): number {
    return [...(this.#held?.values() ?? [])].reduce((sum, bytes) => sum + bytes, 0);
  }

  get mostBytes(): number {
    return this.#mostBytes;
  }
}
