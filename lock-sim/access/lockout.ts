// Who guesses waits: a pure machine with four profiles. Each entry is counted, durably, before it is compared, and
// what it turns out to be is taken back after. The wait is by the lock's own monotonic time: no clock that is set
// and no reboot shortens it, and a reboot begins it anew. WIRE 6.7.

export const LOCKOUT_PROFILES = ['exponential', 'matter', 'igloohome', 'schlage'] as const;
export type LockoutProfile = (typeof LOCKOUT_PROFILES)[number];

export interface LockoutPolicy {
  readonly profile: LockoutProfile;
  /** Of the profile `matter` alone. */
  readonly matter: { readonly limit: number; readonly waitS: number };
}

/** Of the Matter door lock cluster's example. */
export const MATTER_LOCKOUT = { limit: 3, waitS: 10 } as const;
const IGLOOHOME = { limit: 5, waitS: 300 } as const;
const SCHLAGE = { free: 2, firstWaitS: 30, laterWaitS: 60 } as const;
const EXPONENTIAL = { free: 5, firstWaitS: 30 } as const;
/** No profile waits longer. */
export const LOCKOUT_WAIT_MAX_S = 3_600;
const FAILURES_MAX = 0xffff_ffff;

export interface Wait {
  readonly waitS: number;
  readonly isAlarm: boolean;
}

/** What follows the `failures`-th wrong entry since the last right one. */
export function waitAfter({ profile, matter }: LockoutPolicy, failures: number): Wait | undefined {
  switch (profile) {
    case 'exponential': {
      if (failures <= EXPONENTIAL.free) return undefined;
      const doublings = Math.min(failures - EXPONENTIAL.free - 1, 31);
      const waitS = Math.min(EXPONENTIAL.firstWaitS * 2 ** doublings, LOCKOUT_WAIT_MAX_S);
      return { waitS, isAlarm: false };
    }
    case 'matter':
      return failures % matter.limit === 0 ? { waitS: matter.waitS, isAlarm: true } : undefined;
    case 'igloohome':
      return failures % IGLOOHOME.limit === 0 ? { waitS: IGLOOHOME.waitS, isAlarm: false } : undefined;
    case 'schlage': {
      const rounds = failures - SCHLAGE.free;
      if (rounds <= 0) return undefined;
      if (rounds <= 2) return { waitS: SCHLAGE.firstWaitS, isAlarm: rounds === 2 };
      return { waitS: SCHLAGE.laterWaitS, isAlarm: true };
    }
  }
}

/** At least so many wrong entries that the next one waits in every profile, whichever table comes into force. */
export function failuresBeforeWait(least: number, matter: LockoutPolicy['matter']): number {
  const waits = (failures: number): boolean =>
    LOCKOUT_PROFILES.every((profile) => waitAfter({ profile, matter }, failures) !== undefined);
  // Each rule comes round within this many entries, once the free ones are over.
  const round = IGLOOHOME.limit * matter.limit;
  const from = Math.min(Math.max(least, EXPONENTIAL.free, round - 1), FAILURES_MAX - round);
  for (let failures = from; failures < from + round; failures++) if (waits(failures + 1)) return failures;
  return from;
}

export type LockoutState =
  | { readonly kind: 'free'; readonly failures: number }
  /** Counted, and not yet compared. */
  | { readonly kind: 'comparing'; readonly failuresBefore: number; readonly failures: number }
  | {
      readonly kind: 'waiting';
      readonly failures: number;
      readonly waitS: number;
      /** Monotonic. */
      readonly endsAtMs: number;
    };

export type LockoutInput =
  /** A complete entry, before it is compared. */
  | 'entry'
  /** What the entry was: opened by it; known and not live now; known to nobody. */
  | 'opened'
  | 'known'
  | 'unknown'
  | 'app-opened'
  /** Time may have passed. */
  | 'tick';

export type LockoutEffect =
  /** Durable before anything else is done. */
  | { readonly kind: 'persist'; readonly failures: number; readonly waitS: number }
  | ({ readonly kind: 'locked-out'; readonly failures: number } & Wait)
  | { readonly kind: 'ended'; readonly failures: number };

export interface LockoutStep {
  readonly state: LockoutState;
  readonly effects: readonly LockoutEffect[];
}

/** After a boot: a wait that was not served to its end is served from its beginning. */
export const bootedLockout = (failures: number, waitS: number, nowMs: number): LockoutState =>
  waitS > 0
    ? { kind: 'waiting', failures, waitS, endsAtMs: nowMs + waitS * 1_000 }
    : { kind: 'free', failures };

export function stepLockout(
  state: LockoutState,
  input: LockoutInput,
  policy: LockoutPolicy,
  nowMs: number,
): LockoutStep {
  switch (state.kind) {
    case 'free':
      return input === 'entry' ? count(state.failures, policy) : { state, effects: [] };
    case 'comparing':
      return compared(state, input, policy, nowMs);
    case 'waiting': {
      const isServed = input === 'tick' && nowMs >= state.endsAtMs;
      if (isServed) return end(state.failures);
      const isForgiven = input === 'app-opened' && policy.profile === 'igloohome';
      return isForgiven ? end(0) : { state, effects: [] };
    }
  }
}

/** Zero where nothing is locked out. */
export const remainingWaitMs = (state: LockoutState, nowMs: number): number =>
  state.kind === 'waiting' ? Math.max(0, state.endsAtMs - nowMs) : 0;

function count(failuresBefore: number, policy: LockoutPolicy): LockoutStep {
  const failures = Math.min(failuresBefore + 1, FAILURES_MAX);
  const waitS = waitAfter(policy, failures)?.waitS ?? 0;
  return {
    state: { kind: 'comparing', failuresBefore, failures },
    effects: [{ kind: 'persist', failures, waitS }],
  };
}

function compared(
  state: LockoutState & { readonly kind: 'comparing' },
  input: LockoutInput,
  policy: LockoutPolicy,
  nowMs: number,
): LockoutStep {
  const { failures, failuresBefore } = state;
  switch (input) {
    case 'opened':
      return free(0);
    case 'known':
      return free(failuresBefore);
    case 'unknown': {
      const wait = waitAfter(policy, failures);
      if (wait === undefined) return { state: { kind: 'free', failures }, effects: [] };
      return {
        state: bootedLockout(failures, wait.waitS, nowMs),
        effects: [{ kind: 'locked-out', failures, ...wait }],
      };
    }
    case 'entry':
    case 'app-opened':
    case 'tick':
      return { state, effects: [] };
  }
}

const free = (failures: number): LockoutStep => ({
  state: { kind: 'free', failures },
  effects: [{ kind: 'persist', failures, waitS: 0 }],
});

function end(failures: number): LockoutStep {
  const { state, effects } = free(failures);
  return { state, effects: [...effects, { kind: 'ended', failures }] };
}
