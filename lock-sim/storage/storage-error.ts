// The failures of the storage that are no power cut: flash that no longer keeps what is written to it, and a file
// behind it, or behind the secure element, that can't be written.
import { DoorlabError } from '#protocol/errors.ts';

export type StorageErrorCode =
  | 'FLASH_WORN' // the part is at its end
  | 'STORE_FAILED'; // the disk is full or gone, the part itself is well

export class StorageError extends DoorlabError {
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Runs `write`; what the file system throws becomes STORE_FAILED. */
export function orStoreFailed(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new StorageError('STORE_FAILED', `${path} can't be written: ${String(cause)}.`, {
      cause,
      next: 'Make room on the disk, or let this program write there; then do it again.',
    });
  }
}

/** A sector that does not read back what was programmed is erased and tried again so often. */
export const PROGRAM_ATTEMPTS = 3;

/** Runs `attempt` until it succeeds. False after PROGRAM_ATTEMPTS: where something else can take its place. */
export function isKeptWithRetry(attempt: () => boolean): boolean {
  for (let i = 0; i < PROGRAM_ATTEMPTS; i++) if (attempt()) return true;
  return false;
}

/** As `isKeptWithRetry`, where nothing else will do. Throws StorageError. */
export function programWithRetry(what: string, attempt: () => boolean): void {
  if (!isKeptWithRetry(attempt)) throw flashWorn(what);
}

export const flashWorn = (what: string): StorageError =>
  new StorageError('FLASH_WORN', `The flash does not keep ${what}.`, {
    next: 'Replace the lock: its flash is worn out.',
  });
