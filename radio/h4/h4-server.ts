// Our virtual controllers for foreign hosts: each connection to a TCP port or Unix socket is a controller of the air, and
// speaks H4. Whoever reaches it is in the air, so it listens where it was told, and nowhere else.
import { statSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { clearStaleSocket, listenForOwner } from '#protocol/node/owner-socket.ts';
import type { Air } from '../air/air.ts';
import { RadioError } from '../ports/errors.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import { endpointText, pathFlaw, type H4Endpoint } from './endpoint.ts';
import { H4Splitter } from './h4-splitter.ts';

export type ListeningEndpoint = H4Endpoint & { readonly kind: 'tcp' | 'unix' };

export interface H4Server {
  /** With the port that it got. */
  readonly endpoint: ListeningEndpoint;
  readonly controllers: number;
  close(): Promise<void>;
}

const CONTROLLERS_MAX = 1_024;
/** What may wait for a host that does not read; then it counts as gone. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/** Throws AIR_UNREACHABLE where it can't listen there. */
export async function serveH4(
  air: Air,
  endpoint: ListeningEndpoint,
  { trace }: { readonly trace?: TraceFile | undefined } = {},
): Promise<H4Server> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    attach(air, socket, trace);
  });
  server.maxConnections = CONTROLLERS_MAX;
  if (endpoint.kind === 'unix') await makeRoom(endpoint);
  await listen(server, endpoint);
  server.on('error', () => {});
  return {
    endpoint:
      endpoint.kind === 'unix' ? endpoint : { ...endpoint, port: (server.address() as AddressInfo).port },
    get controllers() {
      return sockets.size;
    },
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

function attach(air: Air, socket: Socket, file: TraceFile | undefined): void {
  const controller = air.attach({
    pacing: 'direct',
    toHost: (packet) => {
      if (!socket.writable) return;
      trace?.(packet, 'received');
      socket.write(packet);
      if (socket.writableLength > WAITING_BYTES_MAX) socket.destroy();
    },
  });
  const trace = file?.controller(controller.identity.address);
  const splitter = new H4Splitter();
  socket.on('data', (chunk: Buffer) => {
    const { packets, garbled } = splitter.add(chunk);
    for (const packet of packets) {
      trace?.(packet, 'sent');
      controller.fromHost(packet);
    }
    // Nothing that follows can be read: as a controller does that is pulled out.
    if (garbled) socket.destroy();
  });
  // 'close' follows every error, and every end of the other side.
  socket.on('error', () => {});
  socket.once('close', () => air.detach(controller));
}

async function listen(server: Server, endpoint: ListeningEndpoint): Promise<void> {
  try {
    if (endpoint.kind === 'unix') await listenForOwner(server, endpoint.path);
    else
      await new Promise<void>((resolve, reject) => {
        server.once('listening', resolve);
        server.once('error', reject);
        server.listen(endpoint.port, endpoint.host);
      });
  } catch (cause) {
    throw unable(endpoint, cause instanceof Error ? cause.message : 'it is not possible', { cause });
  }
}

/** Takes a socket away that a killed process left; one that may be somebody's, and whatever is no socket, stay. */
async function makeRoom(endpoint: H4Endpoint & { readonly kind: 'unix' }): Promise<void> {
  const flaw = pathFlaw(endpoint.path);
  if (flaw !== undefined) throw unable(endpoint, flaw);
  const folder = dirname(endpoint.path);
  // The system would call it a lack of permission.
  if (!isFolder(folder)) {
    throw unable(endpoint, `there is no folder ${folder}`, { next: 'Make it, or choose another path.' });
  }
  switch (await clearStaleSocket(endpoint.path)) {
    case 'free':
      return;
    case 'not-a-socket':
      throw unable(endpoint, 'there is a file of that name');
    case 'taken':
      throw unable(endpoint, 'another process listens there, or it is somebody else’s');
  }
}

/** One that this process may not look into counts as there. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

const unable = (
  endpoint: H4Endpoint,
  why: string,
  { cause, next = 'Choose another port or path, or stop what listens there.' }: UnableOptions = {},
): RadioError =>
  new RadioError('AIR_UNREACHABLE', `cannot listen on ${endpointText(endpoint)}: ${why}`, { cause, next });

interface UnableOptions {
  readonly cause?: unknown;
  readonly next?: string;
}
