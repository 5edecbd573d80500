// Runs a list of steps, a few at a time, and tells what became of each; how they are shown is the caller's.
import type { Step, StepOptions, StepResult } from './output.ts';

/** Calls `perform` for each step in order. Never rejects. */
export async function runSteps<T>(
  steps: readonly Step<T>[],
  options: StepOptions,
  perform: (step: Step<T>) => Promise<T>,
): Promise<readonly StepResult<T>[]> {
  const results: StepResult<T>[] = steps.map(({ title }) => ({ state: 'left-out', title }));
  let next = 0;
  let stopped = false;
  const work = async (): Promise<void> => {
    for (let at = next++; at < steps.length && !stopped; at = next++) {
      const step = steps[at];
      if (step === undefined) return;
      results[at] = await settle(step, perform);
      if (results[at]?.state === 'failed' && options.keepGoing !== true) stopped = true;
    }
  };
  await Promise.all(Array.from({ length: options.atOnce ?? 1 }, work));
  return results;
}

export async function settle<T>(
  step: Step<T>,
  perform: (step: Step<T>) => Promise<T>,
): Promise<StepResult<T>> {
  try {
    return { state: 'done', title: step.title, value: await perform(step) };
  } catch (error) {
    return { state: 'failed', title: step.title, error };
  }
}
