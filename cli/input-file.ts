// A file that an argument names, read whole where it can be what is expected: nothing that is larger, or has no end.
import { readFileSync, statSync } from 'node:fs';
import { CliError } from './errors.ts';

/** `what` it should be, for people. Throws FILE_MISSING, FILE_UNREADABLE. */
export function readInputFile(file: string, maxBytes: number, what: string): Uint8Array {
  const found = attempt(file, () => statSync(file));
  // A pipe or a device has no size, and may have no end.
  if (!found.isFile())
    throw new CliError('FILE_UNREADABLE', `${file} is not a file.`, { next: `Name ${what}.` });
  if (found.size > maxBytes)
    throw new CliError('FILE_UNREADABLE', `${file} has ${found.size} bytes: too large for ${what}.`, {
      next: `Name ${what}, which has at most ${maxBytes}.`,
    });
  return attempt(file, () => Uint8Array.from(readFileSync(file)));
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new CliError('FILE_MISSING', `${file} can't be read.`, { cause, next: 'Check the path.' });
  }
}
