// What the command line itself can object to, and how any error is told: what happened, why, what to do next.
import { DoorlabError } from '#protocol/errors.ts';
import type { CliErrorCode } from './cli-error-code.ts';
import { codeOf, exitCodeOf, type ExitCode } from './exit-codes.ts';

export class CliError extends DoorlabError {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

export interface ErrorReport {
  readonly code: string;
  readonly exit: ExitCode;
  /** What happened, one sentence. */
  readonly message: string;
  /** Why, from the causes, where it adds something. */
  readonly because: string | undefined;
  /** What the reader can do now. */
  readonly next: string | undefined;
  /** For a defect only: where in the program it happened. */
  readonly stack: string | undefined;
}

/** How deep a chain of causes is followed. */
const CAUSES_MAX = 3;

const NEXT_FOR_SYSTEM_ERROR: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path.',
  EISDIR: 'Name a file, not a folder.',
  EEXIST: 'Give it another name: nothing is written over.',
  EACCES: 'Check who owns it and its permissions.',
  EADDRINUSE: 'Another program listens there: stop it or choose another port.',
  ECONNREFUSED: 'Start the other side first, or check the address.',
  ENOTFOUND: 'Check the name of the host.',
  ENOSPC: 'Free some space on the disk.',
};

export function reportOf(error: unknown): ErrorReport {
  const code = codeOf(error);
  const exit = exitCodeOf(error);
  const message = textOf(error);
  const because = causesOf(error, message);
  if (error instanceof DoorlabError && error.code !== 'INVARIANT')
    return {
      code: error.code,
      exit,
      message: sentence(message),
      because,
      next: error.next,
      stack: undefined,
    };
  const next = code === undefined ? undefined : NEXT_FOR_SYSTEM_ERROR[code];
  if (code !== undefined && next !== undefined)
    return { code, exit, message: sentence(message), because, next, stack: undefined };
  return {
    code: code ?? 'UNEXPECTED',
    exit,
    message: `Something unexpected happened: ${message}`,
    because,
    next: 'This looks like a defect of Doorlab: run it again with --verbose and report what it prints.',
    stack: error instanceof Error ? error.stack : undefined,
  };
}

function causesOf(error: unknown, message: string): string | undefined {
  const texts: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  for (let depth = 0; cause !== undefined && depth < CAUSES_MAX; depth++) {
    const text = textOf(cause);
    // What Node adds in further lines (a require stack) says where, not why.
    const [line = ''] = text.split('\n');
    if (line !== '' && !message.includes(line) && !texts.includes(line)) texts.push(line);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return texts.length === 0 ? undefined : texts.join(': ');
}

/** Errors of the lower floors are made to stand within a sentence; here each stands alone. */
function sentence(text: string): string {
  const begun = /^[a-z][a-z']* /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[\p{L}\p{N})"'`]$/u.test(begun) ? `${begun}.` : begun;
}

function textOf(error: unknown): string {
  // Connecting to a name with several addresses fails with one error for each.
  if (error instanceof AggregateError && error.message === '')
    return [...new Set(error.errors.map((inner) => textOf(inner)))].join(', ');
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return String(error);
}
