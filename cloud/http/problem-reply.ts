// Every error as problem+json. What was refused on purpose says why; what failed says only that it did, and the
// log says the rest.
import type { ErrorRequestHandler, Response } from 'express';
import type { ZodError } from 'zod';
import { PROBLEM_MEDIA_TYPE, problems, type Problem } from '#protocol/api/problem.ts';
import type { Log } from '#protocol/ports/log.ts';
import { DatabaseFullError, DatabaseUnavailableError } from '../db/database-error.ts';
import { errorName, errorText } from '../error-text.ts';
import { Refusal, type FieldError } from '../domain/refusal.ts';
import { contextOf } from './request-context.ts';

const FIELD_ERRORS_MAX = 20;

/** `requestId`: under which the log tells what failed. */
export function problemOf(error: unknown, log: Log, requestId?: string): Problem {
  const refusal = refusalOf(error);
  if (refusal.code === 'INTERNAL') log.error('request.failed', { requestId, error: errorText(error) });
  if (error instanceof DatabaseUnavailableError || error instanceof DatabaseFullError) {
    log.warn('database.refused', { requestId, errorCode: error.code, cause: causeText(error) });
  }
  const [status, title] = problems[refusal.code];
  return {
    type: `urn:doorlab:problem:${refusal.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code: refusal.code,
    detail: refusal.message,
    ...(refusal.next === undefined ? {} : { next: refusal.next }),
    ...(refusal.fields.length === 0 ? {} : { errors: refusal.fields.slice(0, FIELD_ERRORS_MAX) }),
    ...(refusal.subject === undefined ? {} : { subject: refusal.subject }),
    ...(refusal.retryAfterS === undefined ? {} : { retryAfterS: refusal.retryAfterS }),
  };
}

export function sendProblem(response: Response, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (problem.status === 401) response.set('WWW-Authenticate', 'Bearer realm="doorlab"');
  if (problem.retryAfterS !== undefined) response.set('Retry-After', String(problem.retryAfterS));
  response.status(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}

/** The last resort of the server, with Express's four arguments. */
export const problemHandler =
  (log: Log): ErrorRequestHandler =>
  (error, _request, response, _next) => {
    sendProblem(response, problemOf(error, log, contextOf(response).requestId));
  };

/** `where`: the part of the request that the schema was for. */
export const invalidInput = (error: ZodError, where: string): Refusal => {
  const fields = error.issues.flatMap(fieldErrorsOf);
  const [first] = fields;
  const named = first === undefined || first.path === '' ? '' : ` (${first.path})`;
  return new Refusal('INPUT_INVALID', `The ${where} is not valid: ${first?.message ?? 'unknown'}${named}.`, {
    fields,
  });
};

/** A field that is not known is named, like one that is wrong. */
function fieldErrorsOf(issue: ZodError['issues'][number]): FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), message: issue.message }];
  return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message: 'not known here' }));
}

const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof DatabaseFullError) {
    return new Refusal('STORAGE_FULL', 'The database has no room left; nothing was changed.', {
      next: 'Try again when whoever runs this cloud has made room.',
      cause: error,
    });
  }
  if (error instanceof DatabaseUnavailableError) return unavailable(error);
  // Express refuses a path whose escapes do not decode.
  if (error instanceof URIError) return new Refusal('INPUT_INVALID', 'The path cannot be decoded.');
  return new Refusal('INTERNAL', 'Something failed here; the request changed nothing or all it says.', {
    next: 'Try again; if it stays, look at the log of the cloud.',
    cause: error,
  });
}

const unavailable = (error: DatabaseUnavailableError): Refusal =>
  error.mayBeMade
    ? new Refusal(
        'NOT_READY',
        'The database broke off while it wrote. The change may still have been made.',
        {
          next: 'Look whether it was made before you send it again; with the same Idempotency-Key it is made once.',
          cause: error,
        },
      )
    : new Refusal('NOT_READY', 'The database can’t be used just now; nothing was changed.', {
        next: 'Try again in a moment.',
        cause: error,
      });

const causeText = ({ cause }: Error): string => (cause instanceof Error ? errorName(cause) : 'unknown');
