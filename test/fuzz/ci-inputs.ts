// What each parser gets in `npm test`; the long form is `npm run fuzz -- --inputs 10000000`.
import { expect } from 'vitest';
import { SEED } from '../builders/seeded-property.ts';
import { fuzz, replayCommand, type Target } from './fuzzing.ts';
import { inputsFor } from './targets.ts';

export const CI_INPUTS = 100_000;

/** Fails with what went wrong and the command that does that input again. */
export function holdsUnderFuzz(target: Target): void {
  const wanted = inputsFor(target, CI_INPUTS);
  const { failure, inputs } = fuzz(target, SEED, wanted);
  const at = failure === undefined || failure.kind === 'heap' ? 0 : failure.input;
  expect(failure, replayCommand(target.name, SEED, at)).toBeUndefined();
  expect(inputs).toBe(wanted);
}
