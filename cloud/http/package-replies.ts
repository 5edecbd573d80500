// Sets that are fetched again and again: what was answered to a token a moment ago is answered again without asking the
// database, as long as nobody has committed anything since and the second is the same. Whatever could change the answer
// is a commit or the time, in whole seconds: a token revoked by any process is refused with the next request.
import type { OutgoingHttpHeaders } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import type { Desk } from '../desk.ts';
import { contextOf } from './request-context.ts';

const ROUTE: RouteName = 'package';
/** Of up to 460 KiB each. */
const KEPT_MAX = 32;

interface KeptReply {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export const PACKAGE_PATH = routes.package.path.replace(/\{(\w+)\}/g, ':$1');

export function keptPackageReplies(desk: Desk): RequestHandler {
  const kept = new Map<string, KeptReply>();
  let keptAt = '';
  return (request, response, next) => {
    const mark = desk.parts.store.dialect.mark?.();
    const authorization = request.get('authorization');
    // A cookie beside it is refused, and a condition may be met: those go the long way.
    if (
      mark === undefined ||
      authorization === undefined ||
      request.get('cookie') !== undefined ||
      request.get('if-none-match') !== undefined
    ) {
      next();
      return;
    }
    const at = `${mark} ${desk.nowS()}`;
    if (at !== keptAt) kept.clear();
    keptAt = at;
    const key = `${authorization} ${request.originalUrl}`;
    const found = kept.get(key);
    if (found === undefined) {
      keepReply(request, response, (reply) => {
        if (at === keptAt && kept.size < KEPT_MAX) kept.set(key, reply);
      });
      next();
      return;
    }
    contextOf(response).route = ROUTE;
    response.writeHead(200, found.headers);
    response.end(found.body);
  };
}

/** Of a whole set that the route sends: what the handlers before it set anew for each request is left out. */
function keepReply(request: Request, response: Response, keep: (reply: KeptReply) => void): void {
  const own = new Set(response.getHeaderNames());
  const send = response.send.bind(response);
  response.send = (body: unknown) => {
    const sent = send(body);
    if (request.method === 'GET' && response.statusCode === 200 && Buffer.isBuffer(body)) {
      const headers = Object.entries(response.getHeaders()).filter(([name]) => !own.has(name));
      keep({ headers: Object.fromEntries(headers), body });
    }
    return sent;
  };
}
