// Each message of the wire, and what carries it: a hundred thousand inputs a parser, typed errors alone, soon, and nothing
// is kept.
import { expect, it } from 'vitest';
import { MESSAGES } from '../protocol/message-cases.ts';
import { holdsUnderFuzz } from './ci-inputs.ts';
import { MESSAGE_TARGETS } from './message-targets.ts';

it.each(MESSAGE_TARGETS)('$name', holdsUnderFuzz);

it('no message is left out', () => {
  const names = MESSAGE_TARGETS.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(MESSAGES.map(({ name }) => name)));
});
