// A host stack here, its controller in an air server. One WebSocket; what comes in one turn of the event loop still
// reaches the host a packet a macrotask. When the socket is lost, the host hears that its links are.
import { WebSocket } from 'ws';
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { HostFeed } from '../hci/host-feed.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import { RadioError } from '../ports/errors.ts';
import { SILENT_SERVER_MS } from './air-heartbeat.ts';

const CONNECT_DEADLINE_MS = 5_000;

/** Throws AIR_UNREACHABLE where no air answers at `url` in time. `onLost` hears when it is gone later. */
export async function connectAir(
  url: string,
  clock: Clock,
  onLost: (error: RadioError) => void,
): Promise<HciTransport> {
  const socket = openSocket(url);
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (cause) => reject(unreachable(url, cause.message, cause)));
  });
  try {
    await withDeadline(clock, CONNECT_DEADLINE_MS, opened, () =>
      unreachable(url, `no answer within ${CONNECT_DEADLINE_MS} ms`),
    );
  } catch (error) {
    socket.terminate();
    throw error;
  }
  return transport(url, clock, socket, onLost);
}

function openSocket(url: string): WebSocket {
  try {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.on('error', () => {});
    return socket;
  } catch (cause) {
    throw unreachable(url, 'it is no WebSocket address', cause);
  }
}

function transport(
  url: string,
  clock: Clock,
  socket: WebSocket,
  onLost: (error: RadioError) => void,
): HciTransport {
  let feed: HostFeed | undefined;
  const giveUp = (): void => socket.terminate();
  let silence = clock.after(SILENT_SERVER_MS, giveUp);
  socket.on('ping', () => {
    silence.cancel();
    silence = clock.after(SILENT_SERVER_MS, giveUp);
  });
  socket.once('close', () => silence.cancel());
  return {
    open(events) {
      const toHost = new HostFeed(clock, events, (isHeld) => (isHeld ? socket.pause() : socket.resume()));
      feed = toHost;
      socket.on('message', (data) => {
        if (Buffer.isBuffer(data)) toHost.packet(data);
      });
      const onClose = (): void => {
        const lost = unreachable(url, 'the connection to it was lost');
        toHost.lost(lost, () => onLost(lost));
      };
      if (socket.readyState === WebSocket.OPEN) socket.once('close', onClose);
      else onClose();
    },
    write(bytes) {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
    },
    isUp: () => true,
    close() {
      feed?.clear();
      silence.cancel();
      socket.removeAllListeners('ping');
      socket.removeAllListeners('close');
      socket.removeAllListeners('message');
      socket.close();
      // The server answers a close frame; where it is gone nothing is left to wait for.
      socket.terminate();
    },
  };
}

const unreachable = (url: string, why: string, cause?: unknown): RadioError =>
  new RadioError('AIR_UNREACHABLE', `the air at ${url} cannot be reached: ${why}`, {
    cause,
    next: 'Start it with `doorlab radio serve`, or give its address with --radio ws:..',
  });
