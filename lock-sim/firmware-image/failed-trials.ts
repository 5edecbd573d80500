// Trials of late that ended unconfirmed, kept across boots: an image that never passes, offered for ever, would wear
// the flash and keep the lock restarting. After two it waits for a day by the lock's clock. Pure. WIRE 17.3.
import { concat, readU32, u32 } from '#protocol/bytes.ts';
import type { SettingsValues } from '../storage/settings-values.ts';

export interface FailedTrials {
  /** The highest number among them: only one above it begins the count anew. */
  readonly firmware: number;
  readonly failures: number;
  /** UTC seconds of the last one, as the lock had them. */
  readonly lastS: number;
}

export const FAILED_TRIALS_MAX = 2;
const DAY_S = 86_400;
const RECORD_BYTES = 4 + 1 + 4;

export const encodeFailed = ({ firmware, failures, lastS }: FailedTrials): Uint8Array =>
  concat(u32(firmware), Uint8Array.of(failures), u32(lastS));

/** Undefined for none; what is no record counts as none. */
export const failedIn = ({ firmwareFailed: record }: SettingsValues): FailedTrials | undefined =>
  record.length === RECORD_BYTES
    ? { firmware: readU32(record, 0), failures: record[4] ?? 0, lastS: readU32(record, 5) }
    : undefined;

export function withFailure(before: FailedTrials | undefined, firmware: number, nowS: number): FailedTrials {
  if (before === undefined || firmware > before.firmware || isOver(before, nowS))
    return { firmware, failures: 1, lastS: nowS };
  return { ...before, failures: Math.min(FAILED_TRIALS_MAX, before.failures + 1), lastS: nowS };
}

/** Images up to that number are not taken now; 0 = none is held back. */
export const heldBackUpTo = (failed: FailedTrials | undefined, nowS: number): number =>
  failed === undefined || failed.failures < FAILED_TRIALS_MAX || isOver(failed, nowS) ? 0 : failed.firmware;

/** Either way: a clock that was set back must not hold an image back for longer. */
const isOver = ({ lastS }: FailedTrials, nowS: number): boolean => Math.abs(nowS - lastS) >= DAY_S;
