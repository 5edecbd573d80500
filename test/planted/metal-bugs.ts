// Bugs in what hands meet: keypad, bolts, hold-open, battery, the budget of rows; and in parsers, for the fuzz to find.
import { bug, type PlantedBug } from './planted-bug.ts';

const THUMBTURN = 'lock-sim/mechanics/thumbturn-deadbolt.ts';
const HOLD_OPEN = 'lock-sim/mechanics/hold-open.ts';
const MESSAGE_FUZZ = 'fuzz/message-parsers.test.ts';

export const METAL_BUGS: readonly PlantedBug[] = [
  bug('thumbturn outside never let go', 'lock-sim/mechanics.test.ts', {
    file: THUMBTURN,
    find: "return input.timer === 'release' ? free(state, []) : { state, effects: [] };",
    replace: 'return { state, effects: [] };',
  }),
  bug('thumbturn outside turns without a grant', 'lock-sim/actuation-deadbolts.test.ts', {
    file: THUMBTURN,
    find: ': state.isEngaged\n          ? turnOutside',
    replace: ': state.body !== undefined\n          ? turnOutside',
  }),
  bug('jammed bolt tried once too often', 'lock-sim/actuation-deadbolts.test.ts', {
    file: 'lock-sim/mechanics/motor-deadbolt.ts',
    find: 'const isOver = stalls > ANTI_JAM_TRIES;',
    replace: 'const isOver = stalls > ANTI_JAM_TRIES + 1;',
  }),
  bug('digits of an entry that was given up stay', 'lock-sim/keypad.test.ts', {
    file: 'lock-sim/mechanics/keypad.ts',
    find: "case 'gap':\n      return { keypad: SLEEPING_KEYPAD, effects: [] };\n    case 'answer':",
    replace: "case 'gap':\n    case 'answer':",
  }),
  bug('door held open before anybody has arrived', 'lock-sim/hold-open.test.ts', {
    file: HOLD_OPEN,
    find: "return input.needsFirstUnlock ? 'waiting' : 'holding';",
    replace: "return 'holding';",
  }),
  bug('door held open on a holiday', 'lock-sim/schedule.test.ts', {
    file: 'lock-sim/access/schedule.ts',
    find: 'if (isOnHoliday && exceptHolidays) return false;',
  }),
  bug('empty battery reads a card', 'lock-sim/hands.test.ts', {
    file: 'lock-sim/door-control.ts',
    find: 'if (!this.mechanics.canActuate()) return undefined;',
  }),
  bug('storm of rows without a budget', 'lock-sim/event-storm.test.ts', {
    file: 'lock-sim/log/row-budget.ts',
    find: 'const isWithin = day.written < limit;',
    replace: 'const isWithin = day.written < limit + 1;',
  }),
  bug(
    'frame read past its end',
    MESSAGE_FUZZ,
    {
      file: 'protocol/sync/frames.ts',
      find: "refuseUnless(value.length > FRAME_HEADER_BYTES, 'TRUNCATED', 'a frame without payload');",
    },
    { only: 'frame' },
  ),
  bug(
    'progress read past its end',
    MESSAGE_FUZZ,
    {
      file: 'protocol/sync/progress.ts',
      find: "refuseUnless(input.length >= 3, 'TRUNCATED', 'progress without its counts');",
    },
    { only: 'progress' },
  ),
];
