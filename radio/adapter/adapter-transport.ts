// The machine's own adapter: the native HCI socket, loaded only when it is asked for, since it is built only where
// somebody wants it and fails to load where the kernel has no Bluetooth.
import type { EventEmitter } from 'node:events';
import type { ProcessLock } from '#protocol/node/process-lock.ts';
import { require, SOCKET_PACKAGE } from '../hci/host-modules.ts';
import type { HciTransport } from '../hci/host-socket.ts';
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

/** Takes the lock with it: released as the transport closes. */
export function adapterTransport(
  socket: NativeSocket,
  adapterIndex: number,
  lock: ProcessLock,
): HciTransport {
  return {
    open(events) {
      socket.on('data', (packet: Buffer) => events.packet(packet));
      socket.on('error', (error: Error) => events.error(error));
      try {
        socket.bindRaw(adapterIndex);
        socket.start();
      } catch (cause) {
        throw missing(cause);
      }
    },
    write: (packet) => socket.write(packet),
    isUp: () => socket.isDevUp(),
    setFilter: (filter) => socket.setFilter(filter),
    close() {
      socket.stop();
      socket.removeAllListeners();
      lock.release();
    },
  };
}

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
