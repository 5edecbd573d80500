// The HTTP server: security headers, health, the limit on lock sessions, the API, and an orderly end.
import { createServer, type Server } from 'node:http';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { routes } from '#protocol/api/routes.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { Desk } from '../desk.ts';
import { apiPage } from './api-page.ts';
import { accountHandlers } from './handlers/account.ts';
import { activityHandlers } from './handlers/activity.ts';
import { appHandlers } from './handlers/app.ts';
import { courierHandlers } from './handlers/courier.ts';
import { eventHandlers } from './handlers/events.ts';
import { importHandlers } from './handlers/imports.ts';
import { liveHandlers } from './handlers/live.ts';
import { managerHandlers } from './handlers/managers.ts';
import { auditHandlers, mailHandlers } from './handlers/mails.ts';
import { peopleHandlers } from './handlers/people.ts';
import { propertyHandlers } from './handlers/property.ts';
import { reportHandlers } from './handlers/reports.ts';
import { Audience } from '../live/audience.ts';
import { serveLive } from '../live/upgrade.ts';
import { health, type ServerState } from './health.ts';
import { Metrics } from './metrics.ts';
import { METRICS_PATH, metricsRoute } from './metrics-route.ts';
import { lockSessionLimit } from './lock-session-limit.ts';
import { boundDownloads } from './download-limit.ts';
import { keptPackageReplies, PACKAGE_PATH } from './package-replies.ts';
import { problemHandler } from './problem-reply.ts';
import { requestLog } from './request-log.ts';
import { passwordPage } from './password-page.ts';
import { apiRouter } from './router.ts';

const HEADERS_DEADLINE_MS = 10_000;
const REQUEST_RECEIVE_DEADLINE_MS = 60_000;
const KEEP_ALIVE_MS = 5_000;
/** How long requests that are being answered may take after the stop. */
const STOP_DEADLINE_MS = 5_000;
/** How long subscribers may take to go by themselves. */
const LIVE_STOP_DEADLINE_MS = 1_000;

export class ListenError extends DoorlabError {
  readonly code = 'CANNOT_LISTEN';
}

export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
}

export async function serveHttp(desk: Desk, host: string, port: number): Promise<RunningServer> {
  const state = { isStopping: false };
  const audience = new Audience(desk.parts);
  /** A connection that is kept alive after its last answer would hold up the stop. */
  const onAnswered = (): void => {
    if (state.isStopping) desk.parts.clock.after(0, () => server.closeIdleConnections());
  };
  const server = createServer(
    {
      headersTimeout: HEADERS_DEADLINE_MS,
      requestTimeout: REQUEST_RECEIVE_DEADLINE_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    application(desk, audience, state, onAnswered),
  );
  await listen(server, host, port);
  audience.start();
  const live = serveLive(desk, server, audience);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async stop() {
      state.isStopping = true;
      live.stop();
      audience.stop();
      const cutOff = desk.parts.clock.after(LIVE_STOP_DEADLINE_MS, () => live.cutOff());
      await close(desk, server);
      cutOff.cancel();
    },
  };
}

function application(desk: Desk, audience: Audience, state: ServerState, onAnswered: () => void): Express {
  const { log } = desk.parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Whose word on who asks is taken: without a proxy in front anybody could give another address for each guess.
  app.set('trust proxy', [...(desk.parts.trustedProxies ?? [])]);
  app.use((_request, response, next) => {
    response.once('close', onAnswered);
    next();
  });
  const metrics = new Metrics(desk.parts, { connections: () => audience.size });
  app.use(requestLog(desk.parts, (...over) => metrics.observe(...over)));
  app.use(boundDownloads(desk.parts.clock));
  app.get(PACKAGE_PATH, keptPackageReplies(desk));
  // No page of this server names an address without TLS, and one that is served without it shall stay whole.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.use(health(desk, state));
  app.get(METRICS_PATH, metricsRoute(desk, metrics));
  app.use(apiPage());
  app.use(passwordPage());
  app.use(routes.startLockSession.path, lockSessionLimit(desk));
  app.use(
    apiRouter(desk, {
      ...accountHandlers(desk),
      ...mailHandlers(desk),
      ...auditHandlers,
      ...propertyHandlers,
      ...peopleHandlers,
      ...importHandlers(desk),
      ...managerHandlers,
      ...appHandlers,
      ...courierHandlers(desk),
      ...liveHandlers(desk),
      ...activityHandlers(desk),
      ...eventHandlers(desk, audience),
      ...reportHandlers(desk),
    }),
  );
  app.use(problemHandler(log));
  return app;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const next = 'Choose another port, or stop the program that holds this one.';
      reject(new ListenError(`can't listen on ${host}:${port}`, { cause: error, next }));
    });
    server.listen(port, host, resolve);
  });
}

/** No new connections; what is being answered gets its time, and then the sockets are closed. */
async function close(desk: Desk, server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  try {
    await withDeadline(desk.parts.clock, STOP_DEADLINE_MS, closed, () => new Error('still answering'));
  } catch {
    server.closeAllConnections();
    await closed;
  }
}
