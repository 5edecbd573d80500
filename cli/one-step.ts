// A command that is one step: shown as it is made, and its failure is the command's.
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import type { Progress } from './output.ts';

/** Throws what `run` throws. */
export async function oneStep<T>(
  { output }: Pick<Context, 'output'>,
  title: string,
  run: (progress: Progress) => Promise<T>,
): Promise<T> {
  const [result] = await output.steps([{ title, run }]);
  if (result?.state === 'failed') throw result.error;
  if (result?.state !== 'done') throw new CliError('INTERRUPTED', 'It was not begun.');
  return result.value;
}
