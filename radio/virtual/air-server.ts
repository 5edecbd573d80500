// An air for many processes: the controllers live here, one WebSocket is one of them, each binary message one H4
// packet. Whoever reaches the port is in the air, so it listens on loopback unless told otherwise, and refuses
// every request of a browser's page.
import type { RawData } from 'ws';
import { WebSocket } from 'ws';
import type { Clock } from '#protocol/ports/clock.ts';
import { Air } from '../air/air.ts';
import type { AirOptions } from '../air/air.ts';
import { servePrograms } from '../program-server.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import { PING_MS } from './air-heartbeat.ts';

export interface AirServerOptions extends AirOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  /** Every controller in it, under an index of its own (format `monitor`). */
  readonly trace?: TraceFile | undefined;
}

export interface AirServer {
  readonly air: Air;
  /** `ws://host:port` */
  readonly url: string;
  /** How many controllers there are. */
  readonly controllers: number;
  close(): Promise<void>;
}

export const LOOPBACK = '127.0.0.1';
/** The largest H4 packet is an event of 258 bytes or an ACL packet of the buffer length. */
const MESSAGE_BYTES_MAX = 1_024;
const CONTROLLERS_MAX = 1_024;
/** What may wait for a host that does not read; then it counts as gone. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
const CLOSE_UNSUPPORTED = 1003;
const CLOSE_TRY_LATER = 1013;

/** Throws AIR_UNREACHABLE where the port cannot be had. */
export async function serveAir(options: AirServerOptions): Promise<AirServer> {
  const { clock, host = LOOPBACK, port } = options;
  const air = new Air(options);
  const listening = await servePrograms({
    host,
    port,
    maxPayload: MESSAGE_BYTES_MAX,
    next: 'Choose another port, or stop what listens there.',
  });
  const { server, address } = listening;
  server.on('connection', (socket) => {
    if (server.clients.size > CONTROLLERS_MAX) socket.close(CLOSE_TRY_LATER);
    else attach(air, clock, socket, options.trace);
  });
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    air,
    url: `ws://${name}:${address.port}`,
    get controllers() {
      return server.clients.size;
    },
    close: () => listening.close().then(() => air.close()),
  };
}

function attach(air: Air, clock: Clock, socket: WebSocket, file: TraceFile | undefined): void {
  const controller = air.attach({
    pacing: 'direct',
    toHost: (packet) => {
      trace?.(packet, 'received');
      if (socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > WAITING_BYTES_MAX) socket.terminate();
      else socket.send(packet);
    },
  });
  socket.on('message', (data: RawData, isBinary) => {
    if (!isBinary || !Buffer.isBuffer(data)) {
      socket.close(CLOSE_UNSUPPORTED);
      return;
    }
    trace?.(data, 'sent');
    controller.fromHost(data);
  });
  const trace = file?.controller(controller.identity.address);
  let answered = true;
  const ping = (): void => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
    timer = clock.after(PING_MS, ping);
  };
  let timer = clock.after(PING_MS, ping);
  socket.on('pong', () => {
    answered = true;
  });
  socket.on('close', () => {
    timer.cancel();
    air.detach(controller);
  });
}
