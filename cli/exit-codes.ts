// The exit codes, the same for every command, and which typed error ends in which: scripts rely on them.
import { DoorlabError } from '#protocol/errors.ts';

export const EXIT = {
  done: 0,
  /** The command ran and failed, or an assertion of a scenario did. */
  failed: 1,
  /** Wrong flags, wrong configuration, a file named that isn't there. */
  usage: 2,
  /** Something the machine lacks: an adapter, a port, a running cloud. */
  environment: 3,
  /** The door was not met or did not answer in time. */
  unreachable: 4,
  /** The lock answered no. */
  refused: 5,
  /** Some doors were done, others not. */
  partly: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Codes not listed end in 1. System errors (ENOENT and so on) come under their own code. */
const BY_ERROR_CODE: Readonly<Record<string, ExitCode>> = {
  USAGE: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  INPUT_NEEDED: EXIT.usage,
  FILE_MISSING: EXIT.usage,
  ENOENT: EXIT.usage,
  EISDIR: EXIT.usage,
  ENOTDIR: EXIT.usage,

  ADAPTER_MISSING: EXIT.environment,
  ADAPTER_BUSY: EXIT.environment,
  ADAPTER_OFF: EXIT.environment,
  AIR_UNREACHABLE: EXIT.environment,
  CLOUD_UNREACHABLE: EXIT.environment,
  NOT_INSTALLED: EXIT.environment,
  EACCES: EXIT.environment,
  EPERM: EXIT.environment,
  EADDRINUSE: EXIT.environment,
  EADDRNOTAVAIL: EXIT.environment,
  ECONNREFUSED: EXIT.environment,
  ENOTFOUND: EXIT.environment,
  ENOSPC: EXIT.environment,
  EROFS: EXIT.environment,

  COMMAND_TIMEOUT: EXIT.unreachable,
  DOOR_NOT_FOUND: EXIT.unreachable,
  CONNECT_TIMEOUT: EXIT.unreachable,
  CONNECT_FAILED: EXIT.unreachable,
  LINK_LOST: EXIT.unreachable,
  TIMEOUT: EXIT.unreachable,

  LOCK_REFUSED: EXIT.refused,

  PARTLY_DONE: EXIT.partly,

  INTERRUPTED: EXIT.interrupted,
};

export function exitCodeOf(error: unknown): ExitCode {
  const code = codeOf(error);
  return (code === undefined ? undefined : BY_ERROR_CODE[code]) ?? EXIT.failed;
}

/** The string code of a typed error or of a system error of Node. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof DoorlabError) return error.code;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
