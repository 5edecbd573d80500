// Who guesses waits: the table of WIRE 6.7.
import type { LockoutRule } from './table.ts';

export interface ModelLockout {
  readonly failures: number;
  /** 0: no wait. */
  readonly waitS: number;
  /** By the monotonic time; counts where there is a wait. */
  readonly endsAtMs: number;
  readonly isRefusalLogged: boolean;
}

export function waitFor(rule: LockoutRule, failures: number): number {
  switch (rule) {
    case 'exponential':
      return failures <= 5 ? 0 : Math.min(3_600, 30 * 2 ** (failures - 6));
    case 'matter':
      return failures % 3 === 0 ? 10 : 0;
    case 'igloohome':
      return failures % 5 === 0 ? 300 : 0;
    case 'schlage':
      return failures < 3 ? 0 : failures <= 4 ? 30 : 60;
  }
}

export const counted = (rule: LockoutRule, { failures }: ModelLockout, nowMs: number): ModelLockout =>
  waiting(failures + 1, waitFor(rule, failures + 1), nowMs);

export const waiting = (failures: number, waitS: number, nowMs: number): ModelLockout => ({
  failures,
  waitS,
  endsAtMs: nowMs + waitS * 1_000,
  isRefusalLogged: false,
});

/** Never above what is left of the hour. */
export const remainingS = ({ waitS, endsAtMs }: ModelLockout, nowMs: number): number =>
  waitS === 0 ? 0 : Math.max(0, Math.ceil((endsAtMs - nowMs) / 1_000));
