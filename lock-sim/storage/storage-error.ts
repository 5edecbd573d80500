// The one failure of the storage that is not a power cut: flash that no longer keeps what is written to it.
import { DoorlabError } from '#protocol/errors.ts';

export class StorageError extends DoorlabError {
  readonly code = 'FLASH_WORN';
}

/** A sector that does not read back what was programmed is erased and tried again so often. */
export const PROGRAM_ATTEMPTS = 3;

/** Runs `attempt` until it succeeds. Throws StorageError after PROGRAM_ATTEMPTS. */
export function programWithRetry(what: string, attempt: () => boolean): void {
  for (let i = 0; i < PROGRAM_ATTEMPTS; i++) if (attempt()) return;
  throw new StorageError(`The flash does not keep ${what}.`, {
    next: 'Replace the lock: its flash is worn out.',
  });
}
