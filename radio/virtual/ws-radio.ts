// A radio of this process in an air that another one serves.
import type { Clock } from '#protocol/ports/clock.ts';
import { openBlenoPeripheral } from '../bleno/open-peripheral.ts';
import { openNobleCentral } from '../noble/open-central.ts';
import type { Central } from '../ports/central.ts';
import type { Peripheral } from '../ports/peripheral.ts';
import { connectAir } from './ws-transport.ts';

export interface WsRadio {
  /** Each has a controller, and a WebSocket, of its own. Both throw AIR_UNREACHABLE. */
  central(): Promise<Central>;
  peripheral(): Promise<Peripheral>;
  /** Closes all that it opened. Idempotent. */
  close(): Promise<void>;
}

/** `url` as `serveAir` gives it. */
export function openWsRadio(url: string, { clock }: { clock: Clock }): WsRadio {
  const opened: { close(): Promise<void> }[] = [];
  return {
    async central() {
      const central = await openNobleCentral({ clock, transport: await connectAir(url, clock) });
      opened.push(central);
      return central;
    },
    async peripheral() {
      const peripheral = openBlenoPeripheral({ clock, transport: await connectAir(url, clock) });
      opened.push(peripheral);
      return peripheral;
    },
    async close() {
      await Promise.all(opened.splice(0).map((radio) => radio.close()));
    },
  };
}
