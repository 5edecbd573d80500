// The lockout as a table: for each profile what wait follows which wrong entry, for each state what each input does,
// and any run of entries against a plain reading of the profiles.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootedLockout,
  LOCKOUT_PROFILES,
  LOCKOUT_WAIT_MAX_S,
  MATTER_LOCKOUT,
  remainingWaitMs,
  stepLockout,
  waitAfter,
  type LockoutInput,
  type LockoutPolicy,
  type LockoutProfile,
  type LockoutState,
} from '#lock-sim/access/lockout.ts';
import { holds } from '#test/builders/seeded-property.ts';

const policyOf = (
  profile: LockoutProfile,
  matter = MATTER_LOCKOUT as LockoutPolicy['matter'],
): LockoutPolicy => ({
  profile,
  matter,
});

/** Seconds after the 1st, 2nd, ... wrong entry; a star is an alarm, a dash no wait. */
const waits = (policy: LockoutPolicy, entries: number): string =>
  Array.from({ length: entries }, (_, i) => {
    const wait = waitAfter(policy, i + 1);
    return wait === undefined ? '-' : `${wait.waitS}${wait.isAlarm ? '*' : ''}`;
  }).join(' ');

describe('the profile', () => {
  it('exponential lets five go, then waits 30 s, doubling to an hour', () => {
    expect(waits(policyOf('exponential'), 15)).toBe('- - - - - 30 60 120 240 480 960 1920 3600 3600 3600');
    expect(waitAfter(policyOf('exponential'), 0xffff_ffff)?.waitS).toBe(LOCKOUT_WAIT_MAX_S);
  });

  it('matter waits t after every n-th, with an alarm; n and t are its own', () => {
    expect(waits(policyOf('matter'), 7)).toBe('- - 10* - - 10* -');
    expect(waits(policyOf('matter', { limit: 1, waitS: 255 }), 3)).toBe('255* 255* 255*');
  });

  it('igloohome waits five minutes after every fifth', () => {
    expect(waits(policyOf('igloohome'), 11)).toBe('- - - - 300 - - - - 300 -');
  });

  it('schlage waits 30 s after the third, 30 s with an alarm, then a minute each', () => {
    expect(waits(policyOf('schlage'), 7)).toBe('- - 30 30* 60* 60* 60*');
  });

  it.each(LOCKOUT_PROFILES)(
    '%s never lets more than five wrong entries go, nor waits above the limit',
    (profile) => {
      for (let failures = 1; failures < 2_000; failures += 1) {
        const five = [0, 1, 2, 3, 4, 5].map(
          (more) => waitAfter(policyOf(profile), failures + more)?.waitS ?? 0,
        );
        expect(Math.max(...five)).toBeGreaterThan(0);
        expect(Math.max(...five)).toBeLessThanOrEqual(LOCKOUT_WAIT_MAX_S);
      }
    },
  );
});

describe('the lockout machine', () => {
  const SCHLAGE = policyOf('schlage');
  const IGLOOHOME = policyOf('igloohome');
  const free = (failures: number): LockoutState => ({ kind: 'free', failures });
  const comparing = (failures: number): LockoutState => ({
    kind: 'comparing',
    failuresBefore: failures - 1,
    failures,
  });
  const waiting = (failures: number, waitS: number, endsAtMs: number): LockoutState => ({
    kind: 'waiting',
    failures,
    waitS,
    endsAtMs,
  });
  const persist = (failures: number, waitS: number) => ({ kind: 'persist', failures, waitS });
  const NOW_MS = 1_000;

  it.each<[string, LockoutState, LockoutInput, LockoutPolicy, LockoutState, object[]]>([
    ['counts before comparing', free(0), 'entry', SCHLAGE, comparing(1), [persist(1, 0)]],
    ['keeps the wait that would follow', free(2), 'entry', SCHLAGE, comparing(3), [persist(3, 30)]],
    [
      'saturates',
      free(0xffff_ffff),
      'entry',
      SCHLAGE,
      { kind: 'comparing', failuresBefore: 0xffff_ffff, failures: 0xffff_ffff },
      [persist(0xffff_ffff, 60)],
    ],
    ['forgets with a right entry', comparing(3), 'opened', SCHLAGE, free(0), [persist(0, 0)]],
    ['takes back what is known', comparing(3), 'known', SCHLAGE, free(2), [persist(2, 0)]],
    ['lets a wrong one go', comparing(2), 'unknown', SCHLAGE, free(2), []],
    [
      'waits',
      comparing(3),
      'unknown',
      SCHLAGE,
      waiting(3, 30, 31_000),
      [{ kind: 'locked-out', failures: 3, waitS: 30, isAlarm: false }],
    ],
    [
      'waits with an alarm',
      comparing(4),
      'unknown',
      SCHLAGE,
      waiting(4, 30, 31_000),
      [{ kind: 'locked-out', failures: 4, waitS: 30, isAlarm: true }],
    ],
    [
      'neither counts nor compares in a wait',
      waiting(3, 30, 31_000),
      'entry',
      SCHLAGE,
      waiting(3, 30, 31_000),
      [],
    ],
    ['waits to the end', waiting(3, 30, 1_001), 'tick', SCHLAGE, waiting(3, 30, 1_001), []],
    [
      'ends on the millisecond',
      waiting(3, 30, 1_000),
      'tick',
      SCHLAGE,
      free(3),
      [persist(3, 0), { kind: 'ended', failures: 3 }],
    ],
    ['is not ended by the app', waiting(3, 30, 31_000), 'app-opened', SCHLAGE, waiting(3, 30, 31_000), []],
    [
      'is ended by the app in igloohome',
      waiting(5, 300, 301_000),
      'app-opened',
      IGLOOHOME,
      free(0),
      [persist(0, 0), { kind: 'ended', failures: 0 }],
    ],
    ['does not forget by an app where nothing waits', free(4), 'app-opened', IGLOOHOME, free(4), []],
    ['ignores time where nothing waits', free(4), 'tick', IGLOOHOME, free(4), []],
    ['ignores an outcome that nobody asked for', free(4), 'opened', IGLOOHOME, free(4), []],
    ['ignores an outcome in a wait', waiting(3, 30, 31_000), 'opened', SCHLAGE, waiting(3, 30, 31_000), []],
    ['compares one entry at a time', comparing(2), 'entry', SCHLAGE, comparing(2), []],
    ['is not hurried by time while it compares', comparing(2), 'tick', SCHLAGE, comparing(2), []],
  ])('%s', (_, from, input, policy, to, effects) => {
    expect(stepLockout(from, input, policy, NOW_MS)).toEqual({ state: to, effects });
  });

  it('begins a wait anew with a boot, and none where none was left', () => {
    expect(remainingWaitMs(bootedLockout(8, 120, 5_000), 5_000)).toBe(120_000);
    expect(bootedLockout(8, 0, 5_000)).toEqual(free(8));
  });

  /** A plain reading: the wrong entries since the last right one decide, one rule a profile. */
  function plainWaitS(profile: LockoutProfile, wrong: number): number {
    if (profile === 'matter') return wrong % 3 === 0 ? 10 : 0;
    if (profile === 'igloohome') return wrong % 5 === 0 ? 300 : 0;
    if (profile === 'schlage') return [0, 0, 0, 30, 30][wrong] ?? 60;
    let waitS = 0;
    for (let n = 6; n <= wrong; n++) waitS = n === 6 ? 30 : Math.min(3_600, waitS * 2);
    return waitS;
  }

  it('agrees with a plain reading over any run of entries, pauses, reboots and apps', () => {
    const action: fc.Arbitrary<string | number> = fc.oneof(
      fc.constantFrom(...Array.from({ length: 14 }, () => 'wrong'), 'right', 'known', 'reboot', 'app'),
      fc.integer({ min: 1, max: 400 }),
    );
    let refusals = 0;
    const property = fc.property(
      fc.constantFrom(...LOCKOUT_PROFILES),
      fc.array(action, { maxLength: 60, size: 'max' }),
      (profile, actions) => {
        const policy = policyOf(profile);
        let [state, nowMs] = [bootedLockout(0, 0, 0), 0];
        let kept = { failures: 0, waitS: 0 };
        const step = (input: LockoutInput): void => {
          const next = stepLockout(state, input, policy, nowMs);
          for (const effect of next.effects) if (effect.kind === 'persist') kept = effect;
          ({ state } = next);
        };
        let [wrong, lockedUntilMs, waitS] = [0, 0, 0];
        for (const act of actions) {
          if (typeof act === 'number') nowMs += act * 1_000;
          step('tick');
          const isLocked = nowMs < lockedUntilMs;
          if (act === 'reboot') {
            state = bootedLockout(kept.failures, kept.waitS, nowMs);
            if (isLocked) lockedUntilMs = nowMs + waitS * 1_000;
          } else if (act === 'app') {
            step('app-opened');
            if (isLocked && profile === 'igloohome') [wrong, lockedUntilMs] = [0, 0];
          } else if (typeof act === 'string') {
            step('entry');
            expect(state.kind).toBe(isLocked ? 'waiting' : 'comparing');
            if (isLocked) {
              refusals++;
              continue;
            }
            // Whatever the entry turns out to be: a cut here leaves it counted.
            expect(kept.failures).toBe(wrong + 1);
            step(act === 'wrong' ? 'unknown' : act === 'right' ? 'opened' : 'known');
            if (act === 'right') wrong = 0;
            if (act === 'wrong') {
              waitS = plainWaitS(profile, ++wrong);
              lockedUntilMs = nowMs + waitS * 1_000;
            }
          }
          expect(state.failures).toBe(wrong);
          expect(kept.failures).toBe(wrong);
          expect(remainingWaitMs(state, nowMs)).toBe(Math.max(0, lockedUntilMs - nowMs));
        }
      },
    );
    holds(property, 2_000);
    expect(refusals).toBeGreaterThan(1_000);
  });
});
