// Each message of the wire, and what carries it: a hundred thousand inputs a parser, typed errors alone, soon, and nothing
// is kept.
import { expect, it } from 'vitest';
import { MESSAGES } from '../protocol/message-cases.ts';
import { SEED } from '../builders/seeded-property.ts';
import { CI_INPUTS } from './ci-inputs.ts';
import { fuzz } from './fuzzing.ts';
import { MESSAGE_TARGETS } from './message-targets.ts';
import { inputsFor } from './targets.ts';

it.each(MESSAGE_TARGETS)('$name', (target) => {
  const { failure, inputs } = fuzz(target, SEED, inputsFor(target, CI_INPUTS));
  expect(failure, `seed ${SEED}`).toBeUndefined();
  expect(inputs).toBe(inputsFor(target, CI_INPUTS));
});

it('no message is left out', () => {
  const names = MESSAGE_TARGETS.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(MESSAGES.map(({ name }) => name)));
});
