// What an error of PostgreSQL, its driver or the network means to whoever asked. SQLSTATEs are those of the
// manual's appendix A.
import { DatabaseError } from 'pg';
import { DoorlabError } from '#protocol/errors.ts';
import { codeOf, DatabaseFullError, DatabaseUnavailableError } from '../database-error.ts';

const UNIQUE_VIOLATION = '23505';
/** Serialization failure and deadlock: the other transaction went first. */
const GIVEN_WAY = new Set(['40001', '40P01']);
const FULL = new Set(['53100']);
/** Wrong user or password, no such database, no right to it. */
const NOT_LET_IN = new Set(['28000', '28P01', '3D000', '42501']);
const LOCK_TIMEOUT = '55P03';
const STATEMENT_TIMEOUT = '57014';
/** Stopped, stopping, starting, out of connections or memory, a standby, a disk that fails. */
const UNAVAILABLE = new Set(['57P01', '57P02', '57P03', '53200', '53300', '25006', '25P03', '58030']);
const CONNECTION_CLASS = '08';

/** Of Node's sockets and name look-ups. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
/** Of TLS: who answers does not prove to be the server that was asked for, or speaks none. OpenSSL's and Node's names. */
const TLS_CODE =
  /^(ERR_(SSL|TLS)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)_|HOSTNAME_MISMATCH|INVALID_CA)/;
const TLS_DRIVER = /^(The server does not support SSL|There was an error establishing an SSL)/;
/** The driver's own, which carry no code. */
const DRIVER =
  /^(Connection terminated|timeout exceeded|Query read timeout|timeout expired|Client (was|has) )/;

export const isUniqueViolation = (error: unknown): boolean => codeOf(error) === UNIQUE_VIOLATION;

export const isGivenWay = (error: unknown): boolean => GIVEN_WAY.has(codeOf(error));

const isTlsFailure = (error: unknown): boolean =>
  TLS_CODE.test(codeOf(error)) || (error instanceof Error && TLS_DRIVER.test(error.message));

/** The connection can't be used any more, or never came about. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof DoorlabError) return false;
  const code = codeOf(error);
  if (isTlsFailure(error)) return true;
  if (error instanceof DatabaseError) return UNAVAILABLE.has(code) || code.startsWith(CONNECTION_CLASS);
  return NETWORK.has(code) || (error instanceof Error && DRIVER.test(error.message));
}

/** Names no address: the URL stays out of errors with the password in it. */
export function typed(error: unknown): unknown {
  if (error instanceof DoorlabError) return error;
  const code = codeOf(error);
  if (FULL.has(code)) {
    return new DatabaseFullError('the disk of the database is full', {
      cause: error,
      next: 'Make room on it; nothing has to be restarted.',
    });
  }
  if (NOT_LET_IN.has(code)) {
    return new DatabaseUnavailableError('the database does not let this program in', {
      cause: error,
      next: 'Check the user, the password and the name of the database in DATABASE_URL.',
    });
  }
  if (code === LOCK_TIMEOUT || code === STATEMENT_TIMEOUT) {
    return new DatabaseUnavailableError('the database was busy for too long', {
      cause: error,
      next: 'Try again in a moment.',
    });
  }
  if (isGivenWay(error)) {
    return new DatabaseUnavailableError('other changes went first, several times', {
      cause: error,
      next: 'Try again in a moment.',
    });
  }
  if (isTlsFailure(error)) {
    const why = error instanceof Error ? error.message : 'no reason given';
    return new DatabaseUnavailableError(`there is no trusted TLS connection to the database: ${why}`, {
      cause: error,
      next: 'Have the server prove itself: its certificate for the host in DATABASE_URL, and sslrootcert=FILE for an authority of its own.',
    });
  }
  if (isConnectionLoss(error)) {
    return new DatabaseUnavailableError('the database does not answer', { cause: error });
  }
  return error;
}
