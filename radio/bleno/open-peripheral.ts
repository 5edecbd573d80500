// A Peripheral on the real bleno over any HCI transport: the adapter's, or a virtual controller's.
import type { Clock } from '#protocol/ports/clock.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import { HostSocket } from '../hci/host-socket.ts';
import type { Peripheral } from '../ports/peripheral.ts';
import { BlenoPeripheral } from './bleno-peripheral.ts';
import { makeBleno } from './load.ts';

export interface BlenoOptions {
  readonly clock: Clock;
  readonly transport: HciTransport;
  /** How often to ask again whether an adapter is up; a virtual one always is. */
  readonly pollMs?: number;
  /** Keeps bleno's own clean-up for a process that ends without closing. */
  readonly cleanUpAtExit?: boolean;
}

/** Nothing is asked of the controller before `open`. */
export function openBlenoPeripheral(options: BlenoOptions): Peripheral {
  const { clock, transport, pollMs } = options;
  let poll: { cancel(): void } | undefined;
  let exitListeners: readonly (() => void)[] = [];
  const socket = new HostSocket(
    transport,
    (packet) => peripheral.onPacket(packet),
    (error) => peripheral.lost(error),
  );
  const bleno = makeBleno(socket, (again) => {
    poll?.cancel();
    if (pollMs !== undefined) poll = clock.after(pollMs, again);
  });
  const peripheral = new BlenoPeripheral(bleno, clock, {
    write: (packet) => socket.write(packet),
    started(onExit) {
      if (options.cleanUpAtExit !== true) return;
      exitListeners = onExit;
      for (const listener of onExit) process.on('exit', listener);
    },
    release() {
      poll?.cancel();
      for (const listener of exitListeners) process.removeListener('exit', listener);
      socket.stop();
    },
  });
  return peripheral;
}
