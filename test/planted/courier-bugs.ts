// Bugs of couriers: in how they keep what they took, which the fault matrix must notice, and in when they give a lock up.
import { bug, type PlantedBug } from './planted-bug.ts';

const MATRIX = 'world/fault-matrix.test.ts';
const RECEIPTS = 'gateway/receipts.ts';
const CUT_FRAMES = 'gateway/cut-frames.test.ts';

export const COURIER_BUGS: readonly PlantedBug[] = [
  bug(
    'a receipt told and not held before',
    MATRIX,
    {
      file: RECEIPTS,
      find: 'const notWritten = await written(parts.journal.append(held));',
      replace: 'const notWritten = undefined;',
    },
    { only: 'cloud postReceipt' },
  ),
  bug(
    'receipts of a courier that died told by nobody',
    MATRIX,
    {
      file: 'gateway/sync-doors.ts',
      find: 'const told = await tellHeld(parts, signal);',
      replace: 'const told: Awaited<ReturnType<typeof tellHeld>> = [];',
    },
    { only: 'journal receipt-held' },
  ),
  bug(
    'a receipt struck out as the cloud was gone',
    MATRIX,
    { file: RECEIPTS, find: "if (!FINAL.includes(error.code)) return { told: 'not-yet', error };" },
    { only: 'cloud postReceipt' },
  ),
  bug(
    'a receipt forgotten as the link ends with it',
    MATRIX,
    { file: 'gateway/courier/talk.ts', find: " || type === 'receipt'" },
    { only: 'receipt, activation' },
  ),
  bug('the same receipt asked after first at each run', 'gateway/receipts.test.ts', {
    file: RECEIPTS,
    find: 'uniform(random, doors.length)',
    replace: '0',
  }),
  bug('a door met over and over whose proof is not taken', 'gateway/agent/agent-troubles.test.ts', {
    file: 'gateway/agent/visit-end.ts',
    find: 'later(answered(onVisitedByRadio(free, false), doorId), doorId, at)',
    replace: 'answered(onVisitedByRadio(free, false), doorId)',
  }),
  bug('a deadline for frames beyond that of the lock', CUT_FRAMES, {
    file: 'gateway/courier/courier-limits.ts',
    find: 'FRAME_DEADLINE_MS = 7_000',
    replace: 'FRAME_DEADLINE_MS = 11_000',
  }),
  bug('a deadline for frames that every look sets anew', CUT_FRAMES, {
    file: 'gateway/courier/door-sync.ts',
    find: 'awaitFrame(hasMoved)];',
    replace: 'awaitFrame(true)];',
  }),
];
