// noble, or bleno, on a controller at the other end of a byte stream. Each central and peripheral has a stream, and with it
// a controller, of its own; whoever was told that it is gone asks for another one, which connects anew.
import { deferred } from '#protocol/ports/deferred.ts';
import { openHciRadio } from '../hci-radio.ts';
import type { HciTransport } from '../hci/host-socket.ts';
import type { RadioError } from '../ports/errors.ts';
import type { Radio } from '../ports/radio.ts';
import type { TransportTap } from '../trace/traced-transport.ts';
import type { H4Endpoint } from './endpoint.ts';
import { connectH4, type H4Options } from './h4-transport.ts';

export interface H4RadioOptions extends Omit<H4Options, 'onLost'> {
  readonly tap?: TransportTap | undefined;
}

export interface H4Radio extends Radio {
  /** Settles, with why, once one of its controllers was lost; never while it is closed in order. */
  readonly lost: Promise<RadioError>;
}

/** Its central and peripheral throw what connectH4 does. */
export function openH4Radio(endpoint: H4Endpoint, options: H4RadioOptions): H4Radio {
  const { clock, tap } = options;
  const lost = deferred<RadioError>();
  const connect = (): Promise<HciTransport> =>
    connectH4(endpoint, { ...options, onLost: (error) => lost.resolve(error) });
  return { ...openHciRadio({ clock, connect, tap }), lost: lost.promise };
}
