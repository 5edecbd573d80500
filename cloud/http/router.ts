// Mounts the contract table: for each route authorization first, then input, then its handler within a
// transaction, then the reply. A route without a handler does not compile.
import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Contract } from '#protocol/api/contract.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { Principal } from '../accounts/tokens.ts';
import type { Asking, Desk } from '../desk.ts';
import type { Deed } from '../domain/audit.ts';
import { Refusal } from '../domain/refusal.ts';
import { authorize, principalFrom } from './authorization.ts';
import { visitOf } from './visit.ts';
import type { Call, Handler, Handlers, RawAnswer } from './handler.ts';
import {
  findReply,
  keepReply,
  once,
  repeatKeyOf,
  shownReply,
  withheldReply,
  type RepeatKey,
  type StoredReply,
} from './idempotency.ts';
import { problemOf, sendProblem } from './problem-reply.ts';
import { contextOf } from './request-context.ts';
import { readInput, type RequestInput } from './request-input.ts';

/** From the headers to the reply. */
export const REQUEST_DEADLINE_MS = 60_000;

type AnyHandler = Handler<Contract>;

interface Route {
  readonly name: RouteName;
  readonly contract: Contract;
  readonly handler: AnyHandler;
}

export function apiRouter(desk: Desk, handlers: Handlers): Router {
  const router = Router();
  for (const name of Object.keys(routes) as RouteName[]) {
    const contract: Contract = routes[name];
    const method = contract.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    const path = contract.path.replace(/\{(\w+)\}/g, ':$1');
    const handler = handlers[name] as unknown as AnyHandler;
    router[method](path, endpoint(desk, { name, contract, handler }));
  }
  // What is not in the table does not exist, and that too is told to those only who are signed in.
  router.use(async (request, response) => {
    try {
      await principalFrom(desk, request);
      const allowed = methodsAt(request.path);
      if (allowed.length > 0) {
        response.set('Allow', allowed.join(', '));
        throw new Refusal('METHOD_NOT_ALLOWED', `This route takes ${allowed.join(', ')}.`);
      }
      throw new Refusal('NOT_FOUND', 'There is no such route.', {
        next: 'The routes are in docs/door-os.md.',
      });
    } catch (error) {
      sendProblem(response, problemOf(error, desk.parts.log, contextOf(response).requestId));
    }
  });
  return router;
}

/** Of a path of the table; none of any other. */
function methodsAt(path: string): string[] {
  const methods = Object.values<Contract>(routes)
    .filter((contract) => new RegExp(`^${contract.path.replace(/\{\w+\}/g, '[^/]+')}/?$`, 'i').test(path))
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...new Set(methods)].sort();
}

function endpoint(desk: Desk, route: Route): RequestHandler {
  const { clock, log } = desk.parts;
  const { name, contract, handler } = route;
  return async (request, response) => {
    const context = contextOf(response);
    context.route = name;
    try {
      const work = answer(desk, route, request, response);
      const deadlineMs = handler.deadlineMs ?? REQUEST_DEADLINE_MS;
      await withDeadline(clock, deadlineMs, work, () => tooLate(contract, deadlineMs));
    } catch (error) {
      const problem = problemOf(error, log, context.requestId);
      // What is left of a body that was refused is not read.
      if (!request.complete) response.set('Connection', 'close');
      sendProblem(response, problem);
    }
  };
}

/** The work goes on behind the answer: nobody can say yet how it will end. */
function tooLate({ method }: Contract, deadlineMs: number): Refusal {
  const detail = `No answer within ${deadlineMs / 1000} seconds.`;
  if (method === 'GET') return new Refusal('DEADLINE_EXCEEDED', detail, { next: 'Try again later.' });
  return new Refusal('DEADLINE_EXCEEDED', `${detail} The change may still have been made.`, {
    next: 'Look whether it was made before you send it again; with the same Idempotency-Key it is made once.',
  });
}

async function answer(desk: Desk, route: Route, request: Request, response: Response): Promise<void> {
  const { contract } = route;
  const caller = await authorize(desk, contract.access, request);
  if (caller !== undefined) contextOf(response).accountId = caller.accountId;
  const input = await readInput(contract, request);
  const asking =
    caller === undefined
      ? undefined
      : { caller, permission: contract.permission, deed: deedOf(route, caller, input) };
  const call = {
    params: input.params,
    query: input.query,
    body: input.body,
    caller,
    asking,
    visit: visitOf(desk.parts.site, request, response),
  } as unknown as Call<Contract>;
  if (route.handler.transaction === 'stream') {
    await route.handler.open(call, request, response);
    return;
  }
  response.set('Cache-Control', 'no-store');
  if (typeof contract.reply === 'string') {
    const raw = (await run(desk, route.handler, call)) as RawAnswer;
    sendRaw(request, response, contract.reply, raw);
    return;
  }
  const repeat = repeatKeyOf(desk.parts.engine, contract, request, caller, input.rawBody);
  const { status, reply } = await jsonReply(desk, route, call, asking, repeat);
  response.status(status).type('application/json').send(reply);
}

/** What managers change is written down; bringing signed sets to doors is no change of theirs. */
function deedOf(
  { name, contract }: Route,
  { portfolioId }: Principal,
  { params, body }: RequestInput,
): Deed | undefined {
  if (contract.method === 'GET' || contract.permission === 'carry' || portfolioId === null) return undefined;
  const isObject = typeof body === 'object' && body !== null && !(body instanceof Uint8Array);
  const subject = Object.values(params).at(-1) ?? null;
  return { action: name, subject, fields: isObject ? Object.keys(body) : [], isWritten: false };
}

async function jsonReply(
  desk: Desk,
  { contract, handler }: Route,
  call: Call<Contract>,
  asking: Asking | undefined,
  repeat: RepeatKey | undefined,
): Promise<StoredReply> {
  const replyOf = (value: unknown): StoredReply => ({
    status: contract.status,
    reply: JSON.stringify(value),
  });
  const keptOf = (value: unknown): StoredReply =>
    handler.keepReply === false ? withheldReply(idIn(value)) : replyOf(value);
  if (handler.transaction === 'write' && asking !== undefined) {
    return await desk.write(asking, async (work) => {
      const before = repeat === undefined ? undefined : await findReply(work.trx, work.nowS, repeat);
      if (before !== undefined) {
        work.trace.isVoid = true;
        return shownReply(before);
      }
      const value = await handler.handle(work, call);
      if (contract.status === 201) work.trace.subject ??= idIn(value);
      if (repeat !== undefined) await keepReply(work.trx, work.nowS, repeat, keptOf(value));
      return replyOf(value);
    });
  }
  if (repeat === undefined) return replyOf(await run(desk, handler, call));
  return await once(desk, repeat, () => run(desk, handler, call), { shown: replyOf, kept: keptOf });
}

/** The id of what a reply is about. */
function idIn(value: unknown): string | null {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return typeof id === 'string' ? id : null;
}

function run(desk: Desk, handler: AnyHandler, call: Call<Contract>): Promise<unknown> {
  if (handler.transaction === 'own') return handler.handle(call);
  if (handler.transaction === 'stream') throw new Refusal('INTERNAL', 'A stream has no one reply.');
  const asking = call.asking as Asking | undefined;
  if (asking === undefined) throw new Refusal('INTERNAL', 'An open route has no tenant to work for.');
  return handler.transaction === 'read'
    ? desk.read(asking, (work) => handler.handle(work, call))
    : desk.write(asking, (work) => handler.handle(work, call));
}

function sendRaw(request: Request, response: Response, media: string, raw: RawAnswer): void {
  const { bytes, entityTag, fileName } = raw;
  response.type(media);
  if (fileName !== undefined) response.attachment(fileName);
  if (entityTag !== undefined) {
    response.set({ ETag: entityTag, 'Cache-Control': 'private, no-cache' });
    if (hasAlready(request.get('if-none-match'), entityTag)) {
      response.status(304).end();
      return;
    }
  }
  response.status(200).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/**
 * RFC 9110, 13.1.2: one of the tags, or any. Express's own comparison gives way to `Cache-Control: no-cache`,
 * which fetch adds to every request that carries the header.
 */
const hasAlready = (ifNoneMatch: string | undefined, entityTag: string): boolean =>
  (ifNoneMatch ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === entityTag || tag === '*');
