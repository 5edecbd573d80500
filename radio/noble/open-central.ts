// A Central on the real noble over any HCI transport: the adapter's, or a virtual controller's.
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { deferred } from '#protocol/ports/deferred.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import { HostSocket } from '../hci/host-socket.ts';
import type { Central } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import { tellingDataLengths } from './data-length-events.ts';
import type { StartedNoble } from './load.ts';
import { startNoble } from './load.ts';
import { NobleCentral } from './noble-central.ts';

export interface NobleOptions {
  readonly clock: Clock;
  readonly transport: HciTransport;
  /** How often to ask again whether an adapter is up; a virtual one always is. */
  readonly pollMs?: number;
  /** Keeps noble's own clean-up for a process that ends without closing: a real adapter would keep its links. */
  readonly cleanUpAtExit?: boolean;
}

const POWER_ON_DEADLINE_MS = 5_000;

/** Throws ADAPTER_OFF where the controller does not come up in time. */
export async function openNobleCentral(options: NobleOptions): Promise<Central> {
  const { clock, transport, pollMs } = options;
  let poll: { cancel(): void } | undefined;
  const central: { open?: NobleCentral } = {};
  const on = deferred();
  const socket = new HostSocket(
    tellingDataLengths(transport),
    (packet, att) => central.open?.onPacket(packet, att) ?? true,
    (error) => {
      on.reject(error);
      central.open?.lost(error);
    },
  );
  const { noble, onExit, forget, forgetDevice } = startedOn(socket, (again) => {
    poll?.cancel();
    if (pollMs !== undefined) poll = clock.after(pollMs, again);
  });
  if (options.cleanUpAtExit === true) for (const listener of onExit) process.on('exit', listener);
  const release = (): void => {
    poll?.cancel();
    for (const listener of onExit) process.removeListener('exit', listener);
    socket.stop();
  };
  noble.on('stateChange', (state: string) => state === 'poweredOn' && on.resolve());
  noble.on('warning', () => {});
  try {
    await withDeadline(
      clock,
      POWER_ON_DEADLINE_MS,
      on.promise,
      () =>
        new RadioError('ADAPTER_OFF', `the adapter did not come up within ${POWER_ON_DEADLINE_MS} ms`, {
          next: 'Switch Bluetooth on, then try again.',
        }),
    );
  } catch (error) {
    release();
    throw error;
  }
  central.open = new NobleCentral({ noble, clock, forget, forgetDevice, release });
  return central.open;
}

/** Where there is no adapter its socket refuses as noble starts; what was taken for it is given back. */
function startedOn(socket: HostSocket, again: (poll: () => void) => void): StartedNoble {
  try {
    return startNoble(socket, again);
  } catch (error) {
    socket.stop();
    throw error;
  }
}
