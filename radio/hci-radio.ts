// noble and bleno as one radio, on controllers that are reached by a transport each.
import type { Clock } from '#protocol/ports/clock.ts';
import { openBlenoPeripheral } from './bleno/open-peripheral.ts';
import type { HciTransport } from './hci/host-socket.ts';
import { openNobleCentral } from './noble/open-central.ts';
import type { Radio } from './ports/radio.ts';
import { tapped, type TransportTap } from './trace/traced-transport.ts';

export interface HciRadioOptions {
  readonly clock: Clock;
  /** Of one more central or peripheral; what it throws, they do. */
  readonly connect: () => HciTransport | Promise<HciTransport>;
  readonly tap?: TransportTap | undefined;
  /** Of a real adapter: how often to ask whether it is up, and that its links end with the process. */
  readonly adapter?: { readonly pollMs: number; readonly cleanUpAtExit: boolean };
}

export function openHciRadio({ clock, connect, tap, adapter }: HciRadioOptions): Radio {
  const opened: { close(): Promise<void> }[] = [];
  const settings = async () => ({ clock, transport: tapped(await connect(), tap), ...adapter });
  return {
    async central() {
      const central = await openNobleCentral(await settings());
      opened.push(central);
      return central;
    },
    async peripheral() {
      const peripheral = openBlenoPeripheral(await settings());
      opened.push(peripheral);
      return peripheral;
    },
    async close() {
      await Promise.all(opened.splice(0).map((radio) => radio.close()));
    },
  };
}
