// Health and figures over HTTP, on loopback alone: neither says anything of a door, so that whoever is on the machine may ask.
import { createServer, type Server } from 'node:http';
import express from 'express';
import { DoorlabError } from '#protocol/errors.ts';
import type { AgentHealth } from './agent-health.ts';
import type { AgentMetrics } from './agent-metrics.ts';

export const AGENT_HOST = '127.0.0.1';
const HEADERS_DEADLINE_MS = 5_000;
const CONNECTIONS_MAX = 32;
/** Of this machine; a page that a name of its own leads here gets nothing. */
const OWN_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

export class AgentListenError extends DoorlabError {
  readonly code = 'CANNOT_LISTEN';
}

export interface AgentHttp {
  readonly port: number;
  close(): Promise<void>;
}

/** `port` 0: whichever is free. Throws CANNOT_LISTEN. */
export async function serveAgentHttp(
  port: number,
  health: () => AgentHealth,
  metrics: AgentMetrics,
): Promise<AgentHttp> {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (OWN_HOST.test(request.headers.host ?? '')) next();
    else response.status(421).end();
  });
  app.get('/healthz', (_request, response) => {
    const said = health();
    response.status(said.status === 'failing' ? 503 : 200).json(said);
  });
  app.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', metrics.contentType);
    response.end(await metrics.text());
  });
  app.use((_request, response) => void response.status(404).end());
  const server = createServer(
    { headersTimeout: HEADERS_DEADLINE_MS, requestTimeout: HEADERS_DEADLINE_MS },
    app,
  );
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new AgentListenError(`The agent can't listen on ${AGENT_HOST}:${port}.`, {
          cause,
          next: 'Choose another port with --port, or --port 0 for whichever is free.',
        }),
      ),
    );
    server.listen(port, AGENT_HOST, () => resolve());
  });
}
