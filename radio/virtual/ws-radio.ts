// A radio of this process in an air that another one serves.
import type { Clock } from '#protocol/ports/clock.ts';
import { openBlenoPeripheral } from '../bleno/open-peripheral.ts';
import { openNobleCentral } from '../noble/open-central.ts';
import type { Radio } from '../ports/radio.ts';
import { connectAir } from './ws-transport.ts';

/**
 * `url` as `serveAir` gives it. Each central and peripheral has a controller, and a WebSocket, of its own; both
 * throw AIR_UNREACHABLE.
 */
export function openWsRadio(url: string, { clock }: { clock: Clock }): Radio {
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
