// What a controller has for its host, in order. Toward a host in this process one packet leaves a macrotask,
// never from within the host's own write; a packet may be due later, and then holds up those behind it.
import type { Clock, Timer } from '#protocol/ports/clock.ts';

/** `macrotask` for a host in this process, `direct` where a socket stands between. */
export type Pacing = 'macrotask' | 'direct';

interface Entry {
  readonly dueMs: number;
  /** Made as late as possible, so that counts behind it may still grow. */
  readonly make: () => Buffer;
}

export class HostQueue {
  readonly #clock: Clock;
  readonly #pacing: Pacing;
  readonly #deliver: (packet: Buffer) => void;
  #entries: Entry[] = [];
  #head = 0;
  #immediate: NodeJS.Immediate | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, pacing: Pacing, deliver: (packet: Buffer) => void) {
    this.#clock = clock;
    this.#pacing = pacing;
    this.#deliver = deliver;
  }

  /** Nothing waits but for time to pass. */
  get idle(): boolean {
    return this.#immediate === undefined;
  }

  get length(): number {
    return this.#entries.length - this.#head;
  }

  push(make: () => Buffer, delayMs = 0): void {
    if (this.#pacing === 'direct' && delayMs <= 0 && this.length === 0) {
      this.#deliver(make());
      return;
    }
    this.#entries.push({ dueMs: this.#clock.monotonicMs() + delayMs, make });
    this.#schedule();
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#immediate !== undefined || this.#timer !== undefined) return;
    const next = this.#entries[this.#head];
    if (next === undefined) return;
    const waitMs = next.dueMs - this.#clock.monotonicMs();
    if (waitMs > 0) {
      this.#timer = this.#clock.after(waitMs, () => {
        this.#timer = undefined;
        this.#schedule();
      });
    } else if (this.#pacing === 'macrotask') {
      this.#immediate = setImmediate(() => {
        this.#immediate = undefined;
        this.#shift();
      });
    } else {
      this.#shift();
    }
  }

  #shift(): void {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return;
    this.#head++;
    if (this.#head > 64 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    try {
      this.#deliver(entry.make());
    } finally {
      this.#schedule();
    }
  }
}
