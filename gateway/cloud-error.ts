// What can go wrong between a courier and DOOR OS, typed: the cloud's own refusals under their own codes, and what
// kept an answer from coming.
import { problems, type Problem, type ProblemCode } from '#protocol/api/problem.ts';
import { DoorlabError } from '#protocol/errors.ts';

export type CloudErrorCode =
  | ProblemCode
  | 'CLOUD_UNREACHABLE' // no connection, or it broke
  | 'CLOUD_TIMEOUT' // connected, no whole answer in time
  | 'CLOUD_RUBBISH' // an answer that the contract does not know
  | 'CLOUD_REFUSED' // refused under a code this program does not know
  | 'CANCELLED'; // by this side

export class CloudError extends DoorlabError {
  readonly code: CloudErrorCode;
  /** HTTP status, where an answer came. */
  readonly status: number | undefined;

  constructor(
    code: CloudErrorCode,
    message: string,
    options: { cause?: unknown; next?: string; status?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.status = options.status;
  }
}

const NOBODY: readonly CloudErrorCode[] = [
  'CLOUD_UNREACHABLE',
  'CLOUD_TIMEOUT',
  'NOT_READY',
  'DEADLINE_EXCEEDED',
  'STORAGE_FULL',
  'TOO_MANY_ATTEMPTS',
];

/** The cloud answers nobody now, whatever is asked; another moment may change it. */
export const isCloudAway = (error: unknown): error is CloudError =>
  error instanceof CloudError && NOBODY.includes(error.code);

/** It was waited for in vain, and would be again. */
export const isSilence = (error: unknown): error is CloudError =>
  error instanceof CloudError && error.code === 'CLOUD_TIMEOUT';

const NEXT: Partial<Record<string, string>> = {
  NOT_SIGNED_IN: 'Make a new token in DOOR OS and give it to this program.',
  SCOPE_MISSING: 'Use a token that may do this: courier for a sync, activate for an activation.',
  INTERNAL: 'Try again; if it stays, look at the log of the cloud.',
};
const NEXT_OF_UNKNOWN = 'Update this program: the cloud refuses by a reason that it does not know.';

export function cloudErrorOf(problem: Problem): CloudError {
  const isKnown = Object.hasOwn(problems, problem.code);
  const code = isKnown ? (problem.code as ProblemCode) : 'CLOUD_REFUSED';
  const next = problem.next ?? (isKnown ? NEXT[problem.code] : NEXT_OF_UNKNOWN);
  return new CloudError(code, problem.detail, {
    status: problem.status,
    ...(next === undefined ? {} : { next }),
  });
}
