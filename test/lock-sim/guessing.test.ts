// How many guesses a day the lockout leaves, and what they are worth: docs/lock.md states it in two tables, and this plays
// it through the machine, so that the document can't say something else.
import { describe, expect, it } from 'vitest';
import {
  LOCKOUT_PROFILES,
  MATTER_LOCKOUT,
  stepLockout,
  type LockoutInput,
  type LockoutProfile,
  type LockoutState,
} from '#lock-sim/access/lockout.ts';
import { DAILY_SLOTS_MAX, ROWS_MAX } from '#protocol/limits.ts';
import { textOf } from '#test/house/files.ts';

const DAY_MS = 86_400_000;
/** An entry by hand takes as long as that, as the document says. */
const ENTRY_MS = 5_000;
const FREE: LockoutState = { kind: 'free', failures: 0 };

/** Who guesses without pause and types in no time, from that state on for one day. */
function dayOfGuesses(profile: LockoutProfile, from: LockoutState, startMs: number) {
  const policy = { profile, matter: MATTER_LOCKOUT };
  let [state, nowMs, guesses] = [from, startMs, 0];
  const step = (input: LockoutInput): void => {
    ({ state } = stepLockout(state, input, policy, nowMs));
  };
  for (;;) {
    if (state.kind === 'waiting') nowMs = Math.max(nowMs, state.endsAtMs);
    if (nowMs >= startMs + DAY_MS) return { guesses, state };
    step('tick');
    step('entry');
    step('unknown');
    guesses++;
  }
}

/** Wrong entries that are followed by no wait, since each run of them ends with a code that opens. */
function freeGuesses(profile: LockoutProfile): number {
  const policy = { profile, matter: MATTER_LOCKOUT };
  let state: LockoutState = FREE;
  for (let guesses = 0; ; guesses++) {
    ({ state } = stepLockout(state, 'entry', policy, 0));
    ({ state } = stepLockout(state, 'unknown', policy, 0));
    if (state.kind === 'waiting') return guesses;
  }
}

const number = (n: number): string => n.toLocaleString('en-GB');

/** Of at least one hit. */
function chance(guesses: number, oneIn: number): string {
  const percent = 100 * (1 - (1 - 1 / oneIn) ** guesses);
  return `${percent > 99.95 ? '100' : percent.toFixed(percent < 1 ? 2 : 1)} %`;
}

function profileRow(profile: LockoutProfile): string {
  const first = dayOfGuesses(profile, FREE, 0);
  const next = dayOfGuesses(profile, first.state, DAY_MS);
  const free = freeGuesses(profile);
  const insider = Math.floor(((DAY_MS / ENTRY_MS) * free) / (free + 1));
  const chances = [1_000, 10_000, 100_000].map((oneIn) => chance(next.guesses, oneIn));
  return [
    `\`${profile}\``,
    ...[first.guesses, next.guesses].map(number),
    ...chances,
    free,
    number(insider),
  ].join(' | ');
}

/** Live codes at most: the cloud gives 10^(n-3) a door below seven digits; at seven the table and the daily slots end it. */
const codesMax = (digits: number): number => (digits === 7 ? ROWS_MAX + DAILY_SLOTS_MAX : 10 ** (digits - 3));

function lengthRow(digits: number): string {
  const cells = [1, 10, 100, 1_000, 3_000].map((live) =>
    live > codesMax(digits) ? '-' : number(Math.floor(10 ** digits / live)),
  );
  return [digits, ...cells].join(' | ');
}

const rowsOfDocument = textOf('docs/lock.md')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
      .join(' | '),
  );

describe('docs/lock.md', () => {
  it.each(LOCKOUT_PROFILES)('says how many guesses a day the profile %s leaves', (profile) => {
    expect(rowsOfDocument).toContain(profileRow(profile));
  });

  it.each([4, 5, 6, 7])('says what one guess is worth with codes of %i digits', (digits) => {
    expect(rowsOfDocument).toContain(lengthRow(digits));
  });
});
