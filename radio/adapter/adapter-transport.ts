// The machine's own adapter: the native HCI socket, loaded only when it is asked for, since it is built only where
// somebody wants it and fails to load where the kernel has no Bluetooth.
import type { EventEmitter } from 'node:events';
import type { Clock } from '#protocol/ports/clock.ts';
import type { ProcessLock } from '#protocol/node/process-lock.ts';
import { require, SOCKET_PACKAGE } from '../hci/host-modules.ts';
import type { HciTransport, TransportEvents } from '../hci/host-socket.ts';
import { OpenLinks } from '../hci/open-links.ts';
import { RadioError } from '../ports/errors.ts';

/** What the native class has of the methods that are used here. */
export interface NativeSocket extends EventEmitter {
  bindRaw(deviceId: number): number;
  start(): void;
  stop(): void;
  isDevUp(): boolean;
  setFilter(filter: Buffer): void;
  write(packet: Buffer): void;
}

/** Throws ADAPTER_MISSING where there is no such socket on this machine. */
export function loadNativeSocket(): NativeSocket {
  try {
    const NativeSocketClass = require(SOCKET_PACKAGE) as new () => NativeSocket;
    return new NativeSocketClass();
  } catch (cause) {
    throw missing(cause);
  }
}

export interface AdapterParts {
  readonly socket: NativeSocket;
  readonly adapterIndex: number;
  /** Released as the transport closes. */
  readonly lock: ProcessLock;
  readonly clock: Clock;
  /** Hears, once, that the adapter was up and is so no more. */
  readonly onLost: (error: RadioError) => void;
}

/** A kernel says nothing of an adapter that is pulled out or switched off: whoever asks whether it is up finds it out. */
export function adapterTransport({ socket, adapterIndex, lock, clock, onLost }: AdapterParts): HciTransport {
  const links = new OpenLinks();
  let host: TransportEvents | undefined;
  let state: 'awaited' | 'up' | 'gone' = 'awaited';
  const lose = (): void => {
    if (state !== 'up') return;
    state = 'gone';
    // Not within the question: the host stack is in the middle of it.
    clock.after(0, () => {
      for (const end of links.ends()) host?.packet(end);
      const error = gone(adapterIndex);
      host?.lost(error);
      onLost(error);
    });
  };
  const isUp = (): boolean => {
    const isThere = state !== 'gone' && socket.isDevUp();
    if (!isThere) lose();
    else state = 'up';
    return isThere;
  };
  return {
    open(events) {
      host = events;
      socket.on('data', (packet: Buffer) => {
        links.see(packet);
        events.packet(packet);
      });
      socket.on('error', (error: Error) => {
        events.error(error);
        isUp();
      });
      try {
        socket.bindRaw(adapterIndex);
        socket.start();
      } catch (cause) {
        throw missing(cause);
      }
    },
    write: (packet) => socket.write(packet),
    isUp,
    setFilter: (filter) => socket.setFilter(filter),
    close() {
      host = undefined;
      state = 'gone';
      socket.stop();
      socket.removeAllListeners();
      lock.release();
    },
  };
}

const gone = (adapterIndex: number): RadioError =>
  new RadioError('ADAPTER_GONE', `adapter hci${adapterIndex} was pulled out or switched off`, {
    next: 'Plug it in or switch it on, check it with `doorlab doctor`, and run the command again.',
  });

function missing(cause: unknown): RadioError {
  const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  const unbuilt = (cause as { code?: unknown }).code === 'MODULE_NOT_FOUND';
  return new RadioError('ADAPTER_MISSING', `no Bluetooth adapter can be used here: ${why}`, {
    cause,
    next: unbuilt
      ? 'Run `npm run build:native` (it needs a C++ compiler), or use --radio virtual.'
      : 'Plug an adapter in, check it with `doorlab doctor`, or use --radio virtual.',
  });
}
