// How often an alarm is worth a row of the event log: whoever holds one badly signed set may offer it for ever, and
// flash wears out by rows as by anything else. Kept in memory: a reboot lets one more row through.
import type { RefusalCode } from '#protocol/sync/refusals.ts';

/** One row a code in so long. */
export const ALARM_INTERVAL_MS = 3_600_000;

export class AlarmLimit {
  /** Made with the first of them. */
  #writtenAtMs: Map<RefusalCode, number> | undefined;

  /** True where a row is due, which counts as written. `nowMs` of the monotonic clock. */
  take(code: RefusalCode, nowMs: number): boolean {
    this.#writtenAtMs ??= new Map();
    const before = this.#writtenAtMs.get(code);
    if (before !== undefined && nowMs - before < ALARM_INTERVAL_MS) return false;
    this.#writtenAtMs.set(code, nowMs);
    return true;
  }
}
