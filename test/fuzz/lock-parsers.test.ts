// What lies behind signatures and seals, what lock and courier do with a message in each of their states, and what comes
// below and beside the wire: a hundred thousand inputs each.
import { expect, it } from 'vitest';
import { holdsUnderFuzz } from './ci-inputs.ts';
import { MESSAGE_TARGETS } from './message-targets.ts';
import { TARGETS } from './targets.ts';

it.each(TARGETS.filter((target) => !MESSAGE_TARGETS.includes(target)))('$name', holdsUnderFuzz);

it('each target has a name of its own, by which a failure is replayed', () => {
  expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
});
