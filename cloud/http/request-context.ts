// What is known of a request while it is answered, for the log and the figures: never more than its id, the route by its
// name and the account by its id.
import type { Request, Response } from 'express';
import { encodeBase32 } from '#protocol/bytes.ts';
import type { Random } from '#protocol/ports/random.ts';

export interface RequestContext {
  readonly requestId: string;
  /** Undefined for a path that is no route. */
  route?: string;
  /** Null for a lock, which has no account. */
  accountId?: string | null;
}

export const REQUEST_ID_HEADER = 'X-Request-Id';
/** No underscore, so that no token passes for an id. */
const SANE_ID = /^[A-Za-z0-9-]{8,64}$/;
const ID_BYTES = 10;

const contexts = new WeakMap<Response, RequestContext>();

/** The id that came with the request, if it is sane, otherwise one drawn. */
export function beginContext(random: Random, request: Request, response: Response): RequestContext {
  const given = request.get(REQUEST_ID_HEADER);
  const requestId =
    given !== undefined && SANE_ID.test(given) ? given : encodeBase32(random.bytes(ID_BYTES)).toLowerCase();
  const context = { requestId };
  contexts.set(response, context);
  response.set(REQUEST_ID_HEADER, requestId);
  return context;
}

export const contextOf = (response: Response): RequestContext =>
  contexts.get(response) ?? { requestId: 'unknown' };
