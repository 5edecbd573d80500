// Time as a port: the only way any floor learns the time or waits. A main hands in the system's clock, a
// world a virtual one, so that one seed gives one run.

export interface Timer {
  /** Idempotent; a cancelled timer never runs. */
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time, UTC milliseconds since 1970. May jump. */
  nowMs(): number;
  /** Never falls; for deadlines and durations. Milliseconds from an arbitrary start. */
  monotonicMs(): number;
  /** Runs once after at least `delayMs`. Never runs synchronously. */
  after(delayMs: number, run: () => void): Timer;
}

/** UTC seconds, as the wire format counts them. */
export const nowS = (clock: Clock): number => Math.floor(clock.nowMs() / 1000);
