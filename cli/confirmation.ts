// Asking once more before what can't be taken back.
import type { Context } from './context.ts';

/** `text` says what will come of it and what to type: yes. `instead`: how to answer beforehand. */
export async function isYes(
  { prompt }: Pick<Context, 'prompt'>,
  text: string,
  instead = '--yes',
): Promise<boolean> {
  const answer = await prompt.ask({ text, instead, secret: false });
  return answer.toLowerCase() === 'yes';
}
