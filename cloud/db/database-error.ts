// What a database can't do now, in words that every dialect shares: callers switch on the code, whoever asked gets
// a 503 or a 507, and no message holds an address with its password.
import { DoorlabError } from '#protocol/errors.ts';

/** Not reached, restarting, or held by another writer for too long. */
export class DatabaseUnavailableError extends DoorlabError {
  readonly code = 'DATABASE_UNAVAILABLE';
  /** The connection broke while a commit was on its way: only a look says whether the change was made. */
  readonly mayBeMade: boolean;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly mayBeMade?: boolean; readonly next?: string } = {},
  ) {
    const { mayBeMade = false, ...rest } = options;
    super(message, { next: 'Check that the database runs, then try again.', ...rest });
    this.mayBeMade = mayBeMade;
  }
}

/** No room left on the disk of the database. Nothing of the transaction was kept. */
export class DatabaseFullError extends DoorlabError {
  readonly code = 'DATABASE_FULL';
}

/** It would not keep what it is given. */
export class DatabaseUnfitError extends DoorlabError {
  readonly code = 'DATABASE_UNFIT';
}

export class DatabaseMissingError extends DoorlabError {
  readonly code = 'DATABASE_MISSING';
}

export class DatabaseUrlError extends DoorlabError {
  readonly code = 'DATABASE_URL_INVALID';
}

/** The string code of a driver's error, empty where there is none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
