// A WebSocket server for programs of this machine, and for no page of a browser: a page sends Origin with every
// WebSocket, a program none.
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { RadioError } from './ports/errors.ts';

const CLOSE_GOING_AWAY = 1001;

export interface ProgramServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Of one message. */
  readonly maxPayload: number;
  /** What to do where the port can't be had. */
  readonly next: string;
}

export interface ProgramServer {
  readonly server: WebSocketServer;
  readonly address: AddressInfo;
  /** Every program is sent away. */
  close(): Promise<void>;
}

/** Throws AIR_UNREACHABLE where the port can't be had. */
export async function servePrograms({
  host,
  port,
  maxPayload,
  next,
}: ProgramServerOptions): Promise<ProgramServer> {
  const server = new WebSocketServer({
    host,
    port,
    perMessageDeflate: false,
    maxPayload,
    verifyClient: ({ req }: { req: { headers: Record<string, unknown> } }) =>
      req.headers['origin'] === undefined,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (cause) =>
      reject(
        new RadioError('AIR_UNREACHABLE', `cannot listen on ${host}:${port}: ${cause.message}`, {
          cause,
          next,
        }),
      ),
    );
  });
  // Connections that could not be taken; those that were hear of their own.
  server.on('error', () => {});
  // 'close' follows every error, also of a program that is sent away.
  server.on('connection', (socket) => socket.on('error', () => {}));
  return {
    server,
    address: server.address() as AddressInfo,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of server.clients) {
        socket.close(CLOSE_GOING_AWAY);
        socket.terminate();
      }
      return closed;
    },
  };
}
