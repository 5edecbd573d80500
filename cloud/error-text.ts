// An error as the log may hold it. The messages of other programs, as of a database or a parser, quote what they were
// given: of theirs only the name, the code and the place are told.
import { DoorlabError } from '#protocol/errors.ts';

export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const said = error instanceof DoorlabError ? `: ${error.message}` : '';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [errorName(error) + said, ...frames].join('\n');
}

export const errorName = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
