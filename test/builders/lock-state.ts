// What a decision rests on beside table and attempt: by default a trusted clock, nobody locked out, nothing burned.
import type { LockClock, LockState } from '#lock-sim/access/decision.ts';

export interface LockStateOptions extends Partial<Omit<LockState, 'clock'>> {
  readonly nowS?: number;
  readonly trust?: LockClock['trust'];
}

export function aLockState(options: LockStateOptions = {}): LockState {
  const { nowS = 1_772_355_600, trust = 'trusted', ...over } = options;
  return {
    clock: { nowS, trust, uncertaintyS: 0 },
    clockFloorS: 0,
    lockout: { failures: 0, remainingS: 0 },
    privacyThrown: false,
    ownershipEpoch: 1,
    burned: { ownershipEpoch: 0, dailyEpoch: 0, localDay: 0, slots: new Uint8Array(0) },
    ...over,
  };
}
