// The adapter that a noble program with NOBLE_WEBSOCKET=1 looks for on this machine, at a port that it has fixed: it stands in
// the air, with a controller and a noble for each program. On loopback alone; a page of a browser is refused.
import { WebSocket } from 'ws';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Air } from '../air/air.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import { openNobleCentral } from '../noble/open-central.ts';
import { servePrograms } from '../program-server.ts';
import { tracedTransport } from '../trace/traced-transport.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import { localTransport } from '../virtual/local-transport.ts';
import { parseNobleCommand } from './messages.ts';
import { NobleClient, type NobleEvent } from './noble-client.ts';

/** Fixed in noble's own bindings. */
export const NOBLE_WS_PORT = 2_846;
const LOOPBACK = '127.0.0.1';
const MESSAGE_BYTES_MAX = 16 * 1024;
const CLIENTS_MAX = 64;
/** What may wait for a program that does not read; then it counts as gone. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** And from here on it hears no more adverts: the next ones say the same. */
const BEHIND_BYTES = 64 * 1024;
/** What a program may say before its noble is up. */
const EARLY_MAX = 256;
const CLOSE_UNSUPPORTED = 1003;
const CLOSE_TRY_LATER = 1013;

export interface NobleWsServer {
  readonly url: string;
  readonly clients: number;
  close(): Promise<void>;
}

export interface NobleWsOptions {
  readonly clock: Clock;
  /** Another than noble's own is of use to tests alone; 0 takes a free one. */
  readonly port?: number;
  /** The controller of each program, under an index of its own (format `monitor`). */
  readonly trace?: TraceFile | undefined;
}

/** Throws AIR_UNREACHABLE where the port can't be had: there is one such server a machine. */
export async function serveNobleWs(air: Air, options: NobleWsOptions): Promise<NobleWsServer> {
  const { port = NOBLE_WS_PORT } = options;
  const listening = await servePrograms({
    host: LOOPBACK,
    port,
    maxPayload: MESSAGE_BYTES_MAX,
    next: 'noble programs look for one such server a machine: stop what listens there.',
  });
  const { server, address } = listening;
  const ends = new Set<Promise<void>>();
  server.on('connection', (socket) => {
    if (server.clients.size > CLIENTS_MAX) {
      socket.close(CLOSE_TRY_LATER);
      return;
    }
    const ended = serve(air, socket, options).finally(() => ends.delete(ended));
    ends.add(ended);
  });
  return {
    url: `ws://${LOOPBACK}:${address.port}`,
    get clients() {
      return server.clients.size;
    },
    async close() {
      await Promise.all([listening.close(), ...ends]);
    },
  };
}

/** Until the program is gone and its controller with it. */
async function serve(air: Air, socket: WebSocket, { clock, trace }: NobleWsOptions): Promise<void> {
  const early: string[] = [];
  let client: NobleClient | undefined;
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const hear = (text: string): void => {
    const command = parseNobleCommand(text);
    // What noble never says: somebody else is there.
    if (command === undefined) socket.close(CLOSE_UNSUPPORTED);
    else client?.perform(command);
  };
  socket.on('message', (data, isBinary) => {
    if (isBinary || !Buffer.isBuffer(data)) socket.close(CLOSE_UNSUPPORTED);
    else if (client === undefined && early.length < EARLY_MAX) early.push(data.toString('utf8'));
    else hear(data.toString('utf8'));
  });
  try {
    const central = await openNobleCentral({ clock, transport: transportIn(air, trace) });
    client = new NobleClient(central, {
      send(event: NobleEvent) {
        if (socket.readyState !== WebSocket.OPEN) return;
        if (socket.bufferedAmount > WAITING_BYTES_MAX) socket.terminate();
        else socket.send(JSON.stringify(event));
      },
      isBehind: () => socket.bufferedAmount > BEHIND_BYTES,
      overwhelmed: () => socket.close(CLOSE_TRY_LATER),
    });
    for (const text of early.splice(0)) hear(text);
    await gone;
    await client.close();
  } catch {
    socket.terminate();
  }
}

function transportIn(air: Air, file: TraceFile | undefined): HciTransport {
  const transport = localTransport(air);
  const trace = file?.controller(transport.controller.identity.address);
  return trace === undefined ? transport : tracedTransport(transport, trace);
}
