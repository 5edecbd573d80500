// The API for programs and pages, typed by its OpenAPI document: routes by their paths, deadlines over whole answers, one
// idempotency key a change, and every refusal as an error with its code. What it talks through is handed in.
import createClient, { type Client, type Middleware } from 'openapi-fetch';
import { encodeBase32 } from '../bytes.ts';
import { DoorlabError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { CSRF_HEADER } from './accounts.ts';
import type { Contract } from './contract.ts';
import type { paths } from './generated/openapi.ts';
import { Problem, problems, type ProblemCode } from './problem.ts';
import { routes } from './routes.ts';

const DEADLINE_MS = 30_000;
const KEY_BYTES = 16;

export type ApiErrorCode =
  | ProblemCode
  | 'API_UNREACHABLE' // no connection, or it broke
  | 'API_TIMEOUT' // no whole answer in time
  | 'API_RUBBISH' // an answer that is none of this API's
  | 'API_REFUSED' // refused under a code that this program does not know
  | 'CANCELLED'; // by the caller

export class ApiError extends DoorlabError {
  readonly code: ApiErrorCode;
  readonly problem: Problem | undefined;
  /** Under which the server's log tells more. */
  readonly requestId: string | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    options: { cause?: unknown; next?: string; problem?: Problem; requestId?: string | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.problem = options.problem;
    this.requestId = options.requestId;
  }
}

/** How requests say who they are from: nothing, a bearer token, or the page's cookie with the token beside it. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; token(): string | undefined }
  | { readonly kind: 'session'; csrfToken(): string | undefined };

export interface ApiClientParts {
  /** Of the server, without a slash at its end; empty for a page of the same. */
  readonly baseUrl: string;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly clock: Clock;
  readonly random: Random;
  readonly credentials: Credentials;
  /** For the whole answer. */
  readonly deadlineMs?: number;
}

export type ApiClient = Client<paths>;

/** `await dataOf(api.GET('/api/v1/session'))` */
export function apiClient(parts: ApiClientParts): ApiClient {
  const { baseUrl, credentials } = parts;
  const client = createClient<paths>({
    baseUrl,
    fetch: (request) => wholeAnswer(parts, request),
    // No redirect is followed: what says who we are goes to one place alone.
    redirect: 'error',
    credentials: credentials.kind === 'session' ? 'same-origin' : 'omit',
  });
  client.use(identify(credentials), repeatable(parts.random));
  return client;
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** What was asked for. Throws ApiError. */
export async function dataOf<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  const requestId = response.headers.get('x-request-id') ?? undefined;
  if (response.ok && data !== undefined) return data;
  const problem = Problem.safeParse(error);
  if (problem.success) throw refusal(problem.data, requestId);
  throw new ApiError('API_RUBBISH', `The server answered ${response.status} and nothing that says why.`, {
    next: 'Check that the address is that of a DOOR OS of this version.',
    requestId,
  });
}

function refusal(problem: Problem, requestId: string | undefined): ApiError {
  const code = Object.hasOwn(problems, problem.code) ? (problem.code as ProblemCode) : 'API_REFUSED';
  return new ApiError(code, problem.detail, {
    problem,
    requestId,
    ...(problem.next === undefined ? {} : { next: problem.next }),
  });
}

const identify = (credentials: Credentials): Middleware => ({
  onRequest({ request }) {
    switch (credentials.kind) {
      case 'none':
        return;
      case 'bearer':
        setIfThere(request, 'authorization', credentials.token(), 'Bearer ');
        return;
      case 'session':
        if (request.method !== 'GET') setIfThere(request, CSRF_HEADER, credentials.csrfToken());
        return;
    }
  },
});

function setIfThere(request: Request, name: string, value: string | undefined, before = ''): void {
  if (value !== undefined) request.headers.set(name, before + value);
}

/** As of nobody in particular, they keep no reply to be asked for again. */
const OPEN_PATHS = new Set(
  Object.values<Contract>(routes).flatMap(({ access, path }) => (access === 'open' ? [path] : [])),
);

/** A key that the caller gave stays: whoever sends a request again gives the same. */
const repeatable = (random: Random): Middleware => ({
  onRequest({ request, schemaPath }) {
    if (request.method === 'GET' || request.headers.has('idempotency-key')) return;
    if (OPEN_PATHS.has(schemaPath)) return;
    request.headers.set('idempotency-key', encodeBase32(random.bytes(KEY_BYTES)).toLowerCase());
  },
});

/** The answer with its whole body, in time. Throws API_TIMEOUT, API_UNREACHABLE, CANCELLED. */
async function wholeAnswer(parts: ApiClientParts, request: Request): Promise<Response> {
  const { clock, deadlineMs = DEADLINE_MS } = parts;
  const abort = new AbortController();
  const state = { isLate: false };
  const timer = clock.after(deadlineMs, () => {
    state.isLate = true;
    abort.abort();
  });
  const cancel = (): void => abort.abort();
  request.signal.addEventListener('abort', cancel);
  if (request.signal.aborted) cancel();
  try {
    const response = await parts.fetch(new Request(request, { signal: abort.signal }));
    const body = await response.arrayBuffer();
    const { status, statusText, headers } = response;
    return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers });
  } catch (cause) {
    if (state.isLate) {
      throw new ApiError('API_TIMEOUT', `No whole answer within ${deadlineMs} ms.`, {
        cause,
        next: 'Look whether the change was made before it is sent again; with the same key it is made once.',
      });
    }
    if (request.signal.aborted) throw new ApiError('CANCELLED', 'The request was cancelled.', { cause });
    throw new ApiError('API_UNREACHABLE', 'The server can’t be reached, or its answer broke off.', {
      cause,
      next: 'Check the address and the network, and try again.',
    });
  } finally {
    timer.cancel();
    request.signal.removeEventListener('abort', cancel);
  }
}
