// The radio of this machine: noble, or bleno, on its adapter through a raw HCI socket. Each adapter carries one
// central or one peripheral at a time.
import type { Clock } from '#protocol/ports/clock.ts';
import { deferred } from '#protocol/ports/deferred.ts';
import { openHciRadio } from '../hci-radio.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import type { RadioError } from '../ports/errors.ts';
import type { Radio } from '../ports/radio.ts';
import { lockAdapter } from './adapter-lock.ts';
import type { TransportTap } from '../trace/traced-transport.ts';
import type { NativeSocket } from './adapter-transport.ts';
import { adapterTransport, loadNativeSocket } from './adapter-transport.ts';

export interface AdapterRadioOptions {
  readonly clock: Clock;
  /** hci0 is 0. */
  readonly adapterIndex?: number;
  /** Where the lock files of adapters are; tests give their own. */
  readonly lockFolder?: string;
  /** By default the native one. */
  readonly socket?: () => NativeSocket;
  readonly tap?: TransportTap | undefined;
}

export interface AdapterRadio extends Radio {
  /** Settles, with why, once an adapter that was up is no more; never while it is closed in order. */
  readonly lost: Promise<RadioError>;
}

/** As noble and bleno do by themselves. */
const POLL_MS = 1_000;

/** Its central and peripheral throw ADAPTER_MISSING, ADAPTER_BUSY or ADAPTER_OFF. */
export function openAdapterRadio(options: AdapterRadioOptions): AdapterRadio {
  const { clock, adapterIndex = 0, lockFolder, socket = loadNativeSocket, tap } = options;
  const lost = deferred<RadioError>();
  const connect = (): HciTransport =>
    adapterTransport({
      socket: socket(),
      adapterIndex,
      lock: lockAdapter(adapterIndex, lockFolder),
      clock,
      onLost: (error) => lost.resolve(error),
    });
  const radio = openHciRadio({ clock, connect, tap, adapter: { pollMs: POLL_MS, cleanUpAtExit: true } });
  return { ...radio, lost: lost.promise };
}
