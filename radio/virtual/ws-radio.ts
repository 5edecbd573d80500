// A radio of this process in an air that another one serves.
import type { Clock } from '#protocol/ports/clock.ts';
import { deferred } from '#protocol/ports/deferred.ts';
import { openHciRadio } from '../hci-radio.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import type { RadioError } from '../ports/errors.ts';
import type { Radio } from '../ports/radio.ts';
import type { TransportTap } from '../trace/traced-transport.ts';
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
  const lost = deferred<RadioError>();
  const connect = (): Promise<HciTransport> => connectAir(url, clock, (error) => lost.resolve(error));
  return { ...openHciRadio({ clock, connect, tap }), lost: lost.promise };
}
