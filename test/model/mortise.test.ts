// A lock with a privacy bolt, its whole firmware held against the model: half of the sequences, so that two workers share them.
import { expect, it } from 'vitest';
import { SEED } from '#test/builders/seeded-property.ts';
import { agreesInSequences } from './sequences.ts';

const SEQUENCES = 5_000;

it(`a lock with a privacy bolt does in any sequence of deeds and power cuts what its model says (seed ${SEED})`, async () => {
  expect(await agreesInSequences(SEQUENCES, ['mortise'], 'test/model/mortise.test.ts')).toBeGreaterThan(0);
});
