// Bugs at the door: counting guesses, single-use codes, daily codes, schedules, privacy, lockout.
import { bug, type PlantedBug } from './planted-bug.ts';

const ACCESS = 'lock-sim/access/access-control.ts';
const DAILY = 'lock-sim/access/judge-daily.ts';
const POWER_CUT = 'lock-sim/access-power-cut.test.ts';

export const DOOR_BUGS: readonly PlantedBug[] = [
  bug('guesses counted in memory alone', 'lock-sim/access-lockout.test.ts', {
    file: ACCESS,
    find: 'storage.settings.write({ lockoutFailures: failures, lockoutWaitS: waitS, ...change });',
    replace:
      'if (Object.keys(change).length > 0) storage.settings.write({ lockoutFailures: failures && 0, lockoutWaitS: waitS && 0, ...change });',
  }),
  bug(
    'guess compared before it is counted',
    POWER_CUT,
    {
      file: ACCESS,
      find: "this.#step('entry', this.#unknownBurns(table, state));\n    const decision = decide(table, attempt, state);",
      replace:
        "const decision = decide(table, attempt, state);\n    if (decision.isGuess) this.#parts.record('refused', decisionData(decision));\n    this.#step('entry', this.#unknownBurns(table, state));",
    },
    { only: 'takes a guess back' },
  ),
  bug(
    'single-use code burned after its row',
    POWER_CUT,
    {
      file: ACCESS,
      find: "if (decision.outcome === 'open') this.#step('opened', burnOf(decision, table, state));",
      replace:
        "if (decision.outcome === 'open') {\n      const told = this.#tell(decision);\n      this.#step('opened', burnOf(decision, table, state));\n      return told;\n    }",
    },
    { only: 'single-use code' },
  ),
  bug('single-use code never burned', 'lock-sim/access-control.test.ts', {
    file: ACCESS,
    find: "this.#step('opened', burnOf(decision, table, state));",
    replace: "this.#step('opened', burnOf(decision, table, state) && {});",
  }),
  bug('lockout ended by a boot', 'lock-sim/access-lockout.test.ts', {
    file: ACCESS,
    find: 'bootedLockout(lockoutFailures, lockoutWaitS, parts.clock.monotonicMs())',
    replace: 'bootedLockout(lockoutFailures && 0, lockoutWaitS && 0, parts.clock.monotonicMs())',
  }),
  bug('free guesses on a flash that was put back', 'lock-sim/access-control.test.ts', {
    file: ACCESS,
    find: 'lockoutFailures: failuresBeforeWait(lockoutFailures, matterLockout),',
    replace:
      'lockoutFailures: Math.min(lockoutFailures, failuresBeforeWait(lockoutFailures, matterLockout)),',
  }),
  bug('app locked out', 'lock-sim/decide.test.ts', {
    file: 'lock-sim/access/decide.ts',
    find: "if (kind === 'doorcode' && remainingS > 0) {",
    replace: 'if (remainingS > 0) {',
  }),
  bug('doubling of the lockout left out', 'lock-sim/lockout.test.ts', {
    file: 'lock-sim/access/lockout.ts',
    find: 'EXPONENTIAL.firstWaitS * 2 ** doublings',
    replace: 'EXPONENTIAL.firstWaitS * (1 + doublings)',
  }),
  bug('door opens before its row', 'lock-sim/lock-evidence.test.ts', {
    file: ACCESS,
    find: "this.#parts.record(outcome === 'open' ? 'opened' : 'refused', decisionData(decision));",
    replace:
      "this.#parts.clock.after(1, () => this.#parts.record(outcome === 'open' ? 'opened' : 'refused', decisionData(decision)));",
  }),
  bug('daily code of yesterday opens', 'lock-sim/daily-codes.test.ts', {
    file: DAILY,
    find: 'if (!isCode(epoch, day, slot)) continue;',
    replace: 'if (!isCode(epoch, day, slot) && !isCode(epoch, day - 1, slot)) continue;',
  }),
  bug('barred daily code opens', 'lock-sim/daily-codes.test.ts', {
    file: DAILY,
    find: 'if (getBit(bars, slot)) {',
    replace: 'if (getBit(bars, slot) && day < 0) {',
  }),
  bug('day turned back brings single-use codes back', 'lock-sim/daily-codes.test.ts', {
    file: DAILY,
    find: 'getBit(burned.slots, slot) : day < burned.localDay;',
    replace: 'getBit(burned.slots, slot) : false;',
  }),
  bug('privacy ignored', 'lock-sim/daily-codes.test.ts', {
    file: DAILY,
    find: 'if (state.privacyThrown) {',
    replace: 'if (state.privacyThrown && day < 0) {',
  }),
  bug('schedule without its last minute', 'lock-sim/schedule.test.ts', {
    file: 'lock-sim/access/schedule.ts',
    find: 'minute >= startMinute && minute <= endMinute && startsOn',
    replace: 'minute >= startMinute && minute < endMinute && startsOn',
  }),
  bug('night that belongs to the wrong day', 'lock-sim/schedule.test.ts', {
    file: 'lock-sim/access/schedule.ts',
    find: 'startsOn(window, day - 1, calendar)',
    replace: 'startsOn(window, day, calendar)',
  }),
  bug('row still live at its end', 'lock-sim/decide.test.ts', {
    file: 'lock-sim/access/judge-row.ts',
    find: 'surelyS >= row.endS) {',
    replace: 'surelyS > row.endS) {',
  }),
  bug('lost clock ignored', 'lock-sim/decide.test.ts', {
    file: 'lock-sim/access/judge-row.ts',
    find: 'if (isLost && isBound) {',
    replace: 'if (isLost && isBound && clockFloorS < 0) {',
  }),
];
