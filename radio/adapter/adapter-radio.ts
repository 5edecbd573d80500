// The radio of this machine: noble, or bleno, on its adapter through a raw HCI socket. Each adapter carries one
// central or one peripheral at a time.
import type { Clock } from '#protocol/ports/clock.ts';
import { openBlenoPeripheral } from '../bleno/open-peripheral.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import { openNobleCentral } from '../noble/open-central.ts';
import type { Radio } from '../ports/radio.ts';
import { lockAdapter } from './adapter-lock.ts';
import { tapped, type TransportTap } from '../trace/traced-transport.ts';
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

/** As noble and bleno do by themselves. */
const POLL_MS = 1_000;

/** Its central and peripheral throw ADAPTER_MISSING, ADAPTER_BUSY or ADAPTER_OFF. */
export function openAdapterRadio(options: AdapterRadioOptions): Radio {
  const { clock, adapterIndex = 0, lockFolder, socket = loadNativeSocket, tap } = options;
  const opened: { close(): Promise<void> }[] = [];
  const transport = (): HciTransport => {
    const native = socket();
    const bare = adapterTransport(native, adapterIndex, lockAdapter(adapterIndex, lockFolder));
    return tapped(bare, tap);
  };
  const settings = { clock, pollMs: POLL_MS, cleanUpAtExit: true };
  return {
    async central() {
      const central = await openNobleCentral({ ...settings, transport: transport() });
      opened.push(central);
      return central;
    },
    async peripheral() {
      const peripheral = openBlenoPeripheral({ ...settings, transport: transport() });
      opened.push(peripheral);
      return peripheral;
    },
    async close() {
      await Promise.all(opened.splice(0).map((radio) => radio.close()));
    },
  };
}
