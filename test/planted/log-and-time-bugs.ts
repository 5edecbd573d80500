// Bugs in the event log and in the clock.
import { bug, type PlantedBug } from './planted-bug.ts';

const JUDGE_TIME = 'lock-sim/clock/judge-time.ts';
const RING = 'lock-sim/storage/event-ring.ts';

export const LOG_AND_TIME_BUGS: readonly PlantedBug[] = [
  bug('log truncated without an acknowledgement', 'lock-sim/log-pull.test.ts', {
    file: 'lock-sim/sync/conversation.ts',
    find: 'this.#parts.onLogPull();',
    replace:
      'this.#parts.onLogPull();\n        this.#parts.storage.events.acknowledge(this.#parts.storage.events.lastSequence);',
  }),
  bug('signature of an acknowledgement unchecked', 'lock-sim/log-pull.test.ts', {
    file: 'protocol/signed/log-ack.ts',
    find: 'verifyParts(engine, parts, timeKey);',
    replace: 'if (timeKey.length === 0) verifyParts(engine, parts, timeKey);',
  }),
  bug('chain of an acknowledgement unchecked', 'lock-sim/log-pull.test.ts', {
    file: 'lock-sim/log/judge-log.ts',
    find: 'if (own === undefined || !equalBytes(own, chain)) {',
    replace: 'if (own === undefined) {',
  }),
  bug('overflow without a gap row', 'lock-sim/storage-logs.test.ts', {
    file: RING,
    find: 'if (gap === undefined) return block;',
    replace: 'if (gap === undefined || gap.to >= 0) return block;',
  }),
  bug('numbers of a torn row used again', 'lock-sim/log-pull.test.ts', {
    file: RING,
    find: 'this.#isClosed = scan.damaged !== undefined;',
    replace: 'this.#used = (scan.lastWhole ?? -1) + 1;',
  }),
  bug('chain of a batch unchecked by the cloud', 'protocol/log-batch.test.ts', {
    file: 'protocol/signed/log-batch.ts',
    find: "refuseUnless(equalBytes(chain, batch.lastChain), 'BAD_CHAIN', 'the rows do not chain as signed');",
    replace: 'refuseUnless(chain.length === 32, "BAD_CHAIN", String(equalBytes(chain, chain)));',
  }),
  bug('log told to the next owner', 'lock-sim/lock-release.test.ts', {
    file: 'lock-sim/life/ownership.ts',
    find: 'storage.events.disown();',
  }),
  bug('clock set without the nonce', 'lock-sim/judge-time.test.ts', {
    file: JUDGE_TIME,
    find: 'equalBytes(challenge.nonce, nonce) && ageMs',
    replace: 'equalBytes(nonce, nonce) && ageMs',
  }),
  bug('nonce good for more than one answer', 'lock-sim/session-life.test.ts', {
    file: 'lock-sim/clock/take-time.ts',
    find: 'const left = isUsed ? undefined : challenge;',
    replace: 'const left = isUsed ? challenge : challenge;',
  }),
  bug('answer that comes late sets the clock', 'lock-sim/judge-time.test.ts', {
    file: JUDGE_TIME,
    find: ' && ageMs <= TIME_CHALLENGE_MS;',
    replace: ' && ageMs <= 1e9 * TIME_CHALLENGE_MS;',
  }),
  bug('floor of the clock falls', 'lock-sim/judge-time.test.ts', {
    file: JUDGE_TIME,
    find: "if (utcS >= floor.floorS) return { verdict: 'set'",
    replace: "if (utcS >= 0) return { verdict: 'set'",
  }),
  bug('floor of the clock without its cap', 'lock-sim/judge-time.test.ts', {
    file: JUDGE_TIME,
    find: 'Math.min(utcS, floor.floorS + CLOCK_FLOOR_JUMP_MAX_S)',
    replace: 'Math.max(utcS, floor.floorS - CLOCK_FLOOR_JUMP_MAX_S)',
  }),
  bug('signature of a time unchecked', 'lock-sim/lock-time.test.ts', {
    file: 'protocol/signed/time.ts',
    find: 'verifyParts(engine, parts, timeKey);',
    replace: 'if (timeKey.length === 0) verifyParts(engine, parts, timeKey);',
  }),
  bug(
    'clock set before its row',
    'lock-sim/lock-life-power-cut.test.ts',
    {
      file: 'lock-sim/clock/apply-time.ts',
      find: 'const row = time.prepare(setting);',
      replace: 'const row = time.prepare(setting);\n  time.set(setting);',
    },
    { only: 'between the row of a set clock' },
  ),
];
