// Random sequences of deeds, each done to the whole firmware and to its model. A failure is shrunk, and names the seed,
// the path and the command that goes through the smallest sequence again.
import fc from 'fast-check';
import type { Profile } from '#lock-sim/mechanics/profile.ts';
import { SEED } from '#test/builders/seeded-property.ts';
import { someDeeds, type Deed } from './actions.ts';
import { play } from './play.ts';
import { RealLock } from './real-lock.ts';

/** Of a replay: what a failure printed. */
const PATH = process.env['DOORLAB_PATH'];

/** So many, or what DOORLAB_SEQUENCES asks for. */
export async function agreesInSequences(
  count: number,
  profiles: readonly [Profile, ...Profile[]],
  file: string,
): Promise<number> {
  const numRuns = Number(process.env['DOORLAB_SEQUENCES'] ?? count);
  let played = 0;
  const property = fc.asyncProperty(fc.constantFrom(...profiles), someDeeds, async (profile, deeds) => {
    played++;
    const real = await RealLock.activated(profile);
    play(real, deeds);
    await real.bench.lock.close();
  });
  const replay = PATH === undefined ? {} : { path: PATH, endOnFailure: true };
  const details = await fc.check(property, { seed: SEED, numRuns, ...replay });
  if (!details.failed) return played;
  const path = details.counterexamplePath ?? '';
  const command = `DOORLAB_SEED=${details.seed} DOORLAB_PATH=${path} npx vitest run ${file}`;
  const deeds: readonly Deed[] = details.counterexample?.[1] ?? [];
  const story = [details.counterexample?.[0], ...deeds.map((deed) => JSON.stringify(deed))].join('\n  ');
  throw new Error(`${String(details.errorInstance)}\nafter\n  ${story}\nreplay: ${command}`);
}
