// From an HTTP upgrade to a subscriber of the live channel: who asks is known before the WebSocket is there, and whoever
// may not listen gets a plain HTTP refusal.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { courierAccess } from '#protocol/api/contract.ts';
import { LIVE_CLIENT_FRAME_MAX_BYTES, LIVE_PATH } from '#protocol/api/live.ts';
import { PROBLEM_MEDIA_TYPE } from '#protocol/api/problem.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { Principal } from '../accounts/tokens.ts';
import type { Desk } from '../desk.ts';
import { Refusal } from '../domain/refusal.ts';
import { loadRights, requireKindFor, type Rights } from '../domain/rights/rights.ts';
import { principalOfAsked, requireOwnOrigin } from '../http/authorization.ts';
import { problemOf } from '../http/problem-reply.ts';
import type { Audience } from './audience.ts';
import { CONNECTIONS_A_TOKEN_MAX, LiveChannel } from './live-channel.ts';
import { LiveClient } from './live-client.ts';

export const LISTENERS_MAX = 20_000;
/** From the upgrade request to its answer. */
const UPGRADE_DEADLINE_MS = 10_000;

export interface LiveServer {
  readonly channel: LiveChannel;
  /** Says that the server goes away. */
  stop(): void;
  cutOff(): void;
}

export function serveLive(desk: Desk, server: Server, audience: Audience): LiveServer {
  const channel = new LiveChannel({ ...desk.parts, audience });
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LIVE_CLIENT_FRAME_MAX_BYTES,
  });
  const admit = async (request: IncomingMessage): Promise<{ principal: Principal; rights: Rights }> => {
    if (request.url?.split('?')[0] !== LIVE_PATH) throw new Refusal('NOT_FOUND', 'There is no such route.');
    const admitted = await listenerFrom(desk, request);
    const isOne = audience.countOf(admitted.principal.tokenId) < CONNECTIONS_A_TOKEN_MAX;
    if (isOne && audience.size < LISTENERS_MAX) return admitted;
    throw new Refusal('TOO_MANY_ATTEMPTS', 'Too many connections are open.', { retryAfterS: 60 });
  };
  server.on('upgrade', (request, socket, head) => {
    const onEarlyError = (): void => void socket.destroy();
    socket.on('error', onEarlyError);
    const late = (): Refusal => new Refusal('DEADLINE_EXCEEDED', 'No answer in time.');
    withDeadline(desk.parts.clock, UPGRADE_DEADLINE_MS, admit(request), late).then(
      ({ principal, rights }) => {
        socket.off('error', onEarlyError);
        sockets.handleUpgrade(request, socket, head, (made) => join(desk, channel, made, principal, rights));
      },
      (error: unknown) => refuse(desk, socket, error),
    );
  });
  return {
    channel,
    stop: () => channel.stop(),
    cutOff: () => channel.cutOff(),
  };
}

function join(
  desk: Desk,
  channel: LiveChannel,
  socket: WebSocket,
  principal: Principal,
  rights: Rights,
): void {
  const { clock } = desk.parts;
  const client = new LiveClient(principal, rights, socket, clock.monotonicMs());
  const leave = channel.join(client);
  socket.on('message', (data, isBinary) =>
    client.onFrame(isBinary ? undefined : textOf(data), clock.monotonicMs()),
  );
  socket.on('close', leave);
  // A frame too large, or a connection that broke: 'close' follows.
  socket.on('error', () => undefined);
}

const textOf = (data: RawData): string => (data as Buffer).toString('utf8');

/** Throws NOT_SIGNED_IN, SCOPE_MISSING, PERMISSION_MISSING, CSRF_REFUSED. */
async function listenerFrom(
  desk: Desk,
  { method = 'GET', url = '', headers }: IncomingMessage,
): Promise<{ principal: Principal; rights: Rights }> {
  const header = (name: string): string | undefined => {
    const value = headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const principal = await principalOfAsked(desk, { method, path: url.split('?')[0] ?? '', header });
  // Browsers send cookies with upgrades from any page, and ask nobody first.
  if (principal.csrfToken !== null) requireOwnOrigin(desk.parts.site, { header });
  if (!courierAccess.some((scope) => principal.scopes.includes(scope))) {
    throw new Refusal('SCOPE_MISSING', `This needs a token with the scope ${courierAccess.join(' or ')}.`);
  }
  const rights = await desk.parts.store.read((trx) => loadRights(trx, principal));
  requireKindFor('carry', rights);
  return { principal, rights };
}

function refuse(desk: Desk, socket: Duplex, error: unknown): void {
  const problem = problemOf(error, desk.parts.log);
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${problem.code}`,
      'Connection: close',
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      'Cache-Control: no-store',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(problem.status === 401 ? ['WWW-Authenticate: Bearer realm="doorlab"'] : []),
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  );
}
