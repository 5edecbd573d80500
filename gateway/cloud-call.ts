// One call of the API by its contract: a bearer token out, at most so many bytes back, one deadline over all of it,
// and every way in which it can fail as a CloudError. Redirects are refused: the token goes to one place alone.
import type { BodyInputOf, Contract, ParamsOf, ReplyOf } from '#protocol/api/contract.ts';
import { pathOf } from '#protocol/api/contract.ts';
import { Problem } from '#protocol/api/problem.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { CloudError, cloudErrorOf } from './cloud-error.ts';
import { CLOUD_CALL_DEADLINE_MS, JSON_ANSWER_MAX_BYTES } from './cloud-limits.ts';
import { beginExchange, type Exchange } from './http-exchange.ts';

const NOT_MODIFIED = 304;

export interface CloudAddress {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Undefined for routes that need none. */
  readonly token: string | undefined;
  /** The next step where the token is in force no more; by default the cloud's own, which is for people who sign in. */
  readonly renewal?: string;
}

export interface CallOptions {
  readonly deadlineMs?: number;
  /** How long nothing may come, within that. */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** From this side, and after how long. */
type Ended = 'cancelled' | { readonly lateMs: number };

export type CallInput<C extends Contract> = {
  readonly params?: ParamsOf<C>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: BodyInputOf<C>;
};

export interface RawReply {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly entityTag: string | undefined;
  /** Of the answer's Date header; undefined where it has none. */
  readonly dateMs: number | undefined;
}

/** The reply as the contract's schema parses it. Throws CloudError. */
export async function callCloud<C extends Contract>(
  address: CloudAddress,
  clock: Clock,
  contract: C,
  input: CallInput<C> = {},
  options: CallOptions = {},
): Promise<ReplyOf<C>> {
  const reply = await fetchCloud(address, clock, contract, input, {}, JSON_ANSWER_MAX_BYTES, options);
  return parseReply(contract, reply);
}

export function parseReply<C extends Contract>(contract: C, reply: RawReply): ReplyOf<C> {
  if (reply.status !== contract.status) throw rubbish(contract, `status ${reply.status}`, reply.status);
  if (typeof contract.reply === 'string') return reply.bytes as ReplyOf<C>;
  const parsed = contract.reply.safeParse(jsonOf(reply.bytes));
  if (parsed.success) return parsed.data as ReplyOf<C>;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  throw rubbish(contract, `${where === '' ? 'the answer' : where}: ${issue?.message ?? '?'}`, reply.status);
}

/** Any answer below 400; a refusal is thrown as the CloudError it is. */
export async function fetchCloud<C extends Contract>(
  address: CloudAddress,
  clock: Clock,
  contract: C,
  input: CallInput<C>,
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
  options: CallOptions,
): Promise<RawReply> {
  const { deadlineMs = CLOUD_CALL_DEADLINE_MS, silenceMs } = options;
  let ended: Ended | undefined;
  let exchange: Exchange | undefined;
  const end = (why: Ended): void => {
    ended ??= why;
    exchange?.cancel();
  };
  let silence: Timer | undefined;
  const listen = (): void => {
    silence?.cancel();
    if (silenceMs !== undefined) silence = clock.after(silenceMs, () => end({ lateMs: silenceMs }));
  };
  const onAbort = (): void => end('cancelled');
  const timer = clock.after(deadlineMs, () => end({ lateMs: deadlineMs }));
  listen();
  options.signal?.addEventListener('abort', onAbort);
  const body = bodyOf(contract, input.body);
  try {
    exchange = beginExchange(new URL(urlOf(address, contract, input)), {
      method: contract.method,
      headers: {
        ...(address.token === undefined ? {} : { authorization: `Bearer ${address.token}` }),
        accept: typeof contract.reply === 'string' ? contract.reply : 'application/json',
        ...(body === undefined ? {} : { 'content-type': body.type }),
        ...headers,
      },
      body: body?.content,
      maxBytes,
      onPart: listen,
    });
    if (options.signal?.aborted === true) end('cancelled');
    const { status, headers: given, bytes } = await exchange.answer;
    if (bytes === undefined) throw rubbish(contract, `more than ${maxBytes} bytes`, status);
    if (status >= 400) throw refusalOf(address, contract, status, bytes);
    if (status >= 300 && status !== NOT_MODIFIED) throw new Error('the cloud sends the token elsewhere');
    return { status, bytes, entityTag: given.etag, dateMs: dateOf(given.date) };
  } catch (error) {
    if (error instanceof CloudError) throw error;
    if (ended === undefined && isNoHttp(error)) throw rubbish(contract, error.message, error);
    throw failureOf(address, error, ended);
  } finally {
    timer.cancel();
    silence?.cancel();
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function urlOf(address: CloudAddress, contract: Contract, input: CallInput<Contract>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  return `${address.baseUrl}${pathOf(contract.path, input.params)}${search}`;
}

/** A contract whose body is no schema names its media type, and takes it as it is. */
function bodyOf(
  contract: Contract,
  body: unknown,
): { type: string; content: string | Uint8Array } | undefined {
  if (body === undefined) return undefined;
  return typeof contract.body === 'string'
    ? { type: contract.body, content: body as Uint8Array }
    : { type: 'application/json', content: JSON.stringify(body) };
}

/** What a proxy says where the cloud behind it is not there: 502, 503, 504 of RFC 9110 15.6. */
const NOBODY_BEHIND: readonly number[] = [502, 503, 504];

function refusalOf(
  { baseUrl, renewal }: CloudAddress,
  contract: Contract,
  status: number,
  bytes: Uint8Array,
): CloudError {
  const problem = Problem.safeParse(jsonOf(bytes));
  if (problem.success) {
    const { data } = problem;
    const next = data.code === 'NOT_SIGNED_IN' && renewal !== undefined ? renewal : data.next;
    return cloudErrorOf({ ...data, next, status });
  }
  if (NOBODY_BEHIND.includes(status))
    return new CloudError(
      'CLOUD_UNREACHABLE',
      `Whoever answers at ${baseUrl} can't reach the cloud behind it (status ${status}).`,
      { status, next: 'Try again in a minute; if it stays, look whether the cloud runs.' },
    );
  return rubbish(contract, `status ${status} without a problem that says why`, status);
}

/** By the status of the answer, or by what it failed with. */
const rubbish = (contract: Contract, what: string, by: number | Error): CloudError =>
  new CloudError(
    'CLOUD_RUBBISH',
    `The cloud's answer to ${contract.method} ${contract.path} is not one: ${what}.`,
    {
      ...(typeof by === 'number' ? { status: by } : { cause: by }),
      next: 'Check that the address is that of a DOOR OS of this version.',
    },
  );

/** Somebody answers, and not what HTTP is: Node's parser says so by such a code. */
const isNoHttp = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_');

function failureOf({ baseUrl }: CloudAddress, cause: unknown, ended: Ended | undefined): CloudError {
  // Of an exchange that was ended here, the error says no more than that it was.
  if (ended === 'cancelled') return new CloudError('CANCELLED', 'The call of the cloud was cancelled.');
  if (ended !== undefined)
    return new CloudError(
      'CLOUD_TIMEOUT',
      `The cloud at ${baseUrl} gave no whole answer within ${ended.lateMs} ms.`,
      { next: 'Try again; if it stays, look at the log of the cloud.' },
    );
  return new CloudError('CLOUD_UNREACHABLE', `The cloud at ${baseUrl} can't be reached.`, {
    cause,
    next: 'Start the cloud, or check the address and the network.',
  });
}

/** Undefined for what is not JSON; a schema then says what it is not. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

function dateOf(header: string | undefined): number | undefined {
  const ms = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(ms) ? undefined : ms;
}
