// Properties with a fixed seed: a run is the same everywhere and a failure names seed and path. Another seed by
// DOORLAB_SEED; the replay of a failure is `DOORLAB_SEED=<seed> npx vitest run <file>`.
import fc from 'fast-check';

export const SEED = Number(process.env['DOORLAB_SEED'] ?? 20_261_124);

/** Throws with the smallest counterexample, its seed and its path. */
export function holds<Ts extends [unknown, ...unknown[]]>(
  property: fc.IProperty<Ts> | fc.IPropertyWithHooks<Ts>,
  numRuns = 100,
): void {
  fc.assert(property, { seed: SEED, numRuns });
}
