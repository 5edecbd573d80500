// One line of the log and one count for each request, when its answer is out or its connection gone. No path, query,
// header or body: they hold addresses, names and secrets.
import type { RequestHandler } from 'express';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import { beginContext } from './request-context.ts';

/** Told of each request that is over. */
export type RequestWitness = (route: string, status: number, ms: number) => void;

const NO_ROUTE = 'none';

export const requestLog =
  (
    parts: { readonly clock: Clock; readonly log: Log; readonly random: Random },
    witness: RequestWitness,
  ): RequestHandler =>
  (request, response, next) => {
    const { clock, log, random } = parts;
    const startedMs = clock.monotonicMs();
    const context = beginContext(random, request, response);
    response.once('close', () => {
      const ms = clock.monotonicMs() - startedMs;
      const { requestId, route = NO_ROUTE, accountId } = context;
      const status = response.statusCode;
      log.info('request', {
        requestId,
        method: request.method,
        route,
        status,
        ms: Math.round(ms),
        ...(accountId === undefined || accountId === null ? {} : { accountId }),
        ...(response.writableFinished ? {} : { cut: true }),
      });
      witness(route, status, ms);
    });
    next();
  };
