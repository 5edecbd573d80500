// A radio of this process in an air that another one serves.
import type { Clock } from '#protocol/ports/clock.ts';
import { deferred } from '#protocol/ports/deferred.ts';
import { openBlenoPeripheral } from '../bleno/open-peripheral.ts';
import { openNobleCentral } from '../noble/open-central.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import type { RadioError } from '../ports/errors.ts';
import type { Radio } from '../ports/radio.ts';
import { tapped, type TransportTap } from '../trace/traced-transport.ts';
import { connectAir } from './ws-transport.ts';

export interface WsRadio extends Radio {
  /** Settles, with why, once one of its controllers was lost; never while it is closed in order. */
  readonly lost: Promise<RadioError>;
}

/**
 * `url` as `serveAir` gives it. Each central and peripheral has a controller, and a WebSocket, of its own; both
 * throw AIR_UNREACHABLE.
 */
export function openWsRadio(
  url: string,
  { clock, tap }: { readonly clock: Clock; readonly tap?: TransportTap | undefined },
): WsRadio {
  const opened: { close(): Promise<void> }[] = [];
  const lost = deferred<RadioError>();
  const connect = async (): Promise<HciTransport> =>
    tapped(await connectAir(url, clock, (error) => lost.resolve(error)), tap);
  return {
    lost: lost.promise,
    async central() {
      const central = await openNobleCentral({ clock, transport: await connect() });
      opened.push(central);
      return central;
    },
    async peripheral() {
      const peripheral = openBlenoPeripheral({ clock, transport: await connect() });
      opened.push(peripheral);
      return peripheral;
    },
    async close() {
      await Promise.all(opened.splice(0).map((radio) => radio.close()));
    },
  };
}
