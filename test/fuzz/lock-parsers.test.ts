// What lies behind signatures and seals, what a lock does with a message in each of its states, and what comes below and
// beside the wire: a hundred thousand inputs each.
import { expect, it } from 'vitest';
import { SEED } from '../builders/seeded-property.ts';
import { CI_INPUTS } from './ci-inputs.ts';
import { fuzz } from './fuzzing.ts';
import { MESSAGE_TARGETS } from './message-targets.ts';
import { inputsFor, TARGETS } from './targets.ts';

it.each(TARGETS.filter((target) => !MESSAGE_TARGETS.includes(target)))('$name', (target) => {
  const { failure, inputs } = fuzz(target, SEED, inputsFor(target, CI_INPUTS));
  expect(failure, `seed ${SEED}`).toBeUndefined();
  expect(inputs).toBe(inputsFor(target, CI_INPUTS));
});

it('each target has a name of its own, by which a failure is replayed', () => {
  expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
});
