// /metrics: for whoever asks from this very machine without a proxy between, and for tokens with the scope `metrics`. For
// anybody else as for any path: a stranger is told to sign in.
import type { Request, RequestHandler } from 'express';
import type { Desk } from '../desk.ts';
import { authorize } from './authorization.ts';
import type { Metrics } from './metrics.ts';
import { problemOf, sendProblem } from './problem-reply.ts';
import { contextOf } from './request-context.ts';

export const METRICS_PATH = '/metrics';

/** What proxies leave: through one on this machine the whole world comes from loopback. */
const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];
const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

const isFromHere = (request: Request): boolean =>
  LOOPBACK.test(request.socket.remoteAddress ?? '') &&
  PROXY_HEADERS.every((name) => request.headers[name] === undefined);

export const metricsRoute =
  (desk: Desk, metrics: Metrics): RequestHandler =>
  async (request, response) => {
    contextOf(response).route = 'metrics';
    try {
      // A token that was sent counts, and a wrong one is refused, wherever it comes from.
      if (request.get('authorization') !== undefined || !isFromHere(request)) {
        await authorize(desk, ['metrics'], request);
      }
      response
        .set('Cache-Control', 'no-store')
        .type(metrics.contentType)
        .send(await metrics.text());
    } catch (error) {
      sendProblem(response, problemOf(error, desk.parts.log));
    }
  };
