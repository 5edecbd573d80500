// The radio that --radio names. `virtual` is the air of this machine that `doorlab radio serve` keeps: processes
// meet in it as locks and couriers meet in a house.
import type { RadioError } from '#radio/ports/errors.ts';
import type { Radio } from '#radio/ports/radio.ts';
import { guardAdapter } from '#gateway/doctor/guard.ts';
import { openAdapterRadio } from '#radio/adapter/adapter-radio.ts';
import { openH4Radio } from '#radio/h4/h4-radio.ts';
import { h4Traces, type TransportTap } from '#radio/trace/traced-transport.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';
import type { Context } from './context.ts';

export const AIR_PORT = 2_847;
const AIR_URL = `ws://127.0.0.1:${AIR_PORT}`;
const DEFAULT_ADAPTER = 0;

export interface OpenRadio extends Radio {
  /** Settles, with why, once the air it was in is gone; absent where the radio itself tells each call. */
  readonly lost?: Promise<RadioError>;
}

/**
 * Opens nothing on the air yet: each central and peripheral does when it is asked for. With --btsnoop the trace is made
 * at once, and what it throws is thrown.
 */
export function openRadio(context: Pick<Context, 'config' | 'clock' | 'output'>): OpenRadio {
  const { config, clock, output } = context;
  const { btsnoop } = config;
  if (btsnoop === undefined) return chosenRadio(context, undefined);
  // A radio that is refused leaves no file behind.
  const radio = chosenRadio(context, (transport) => traces.tap(transport));
  const traces = h4Traces(btsnoop, { clock, onTrouble: (message) => output.note(message) });
  return {
    ...radio,
    async close() {
      await radio.close();
      traces.close();
    },
  };
}

function chosenRadio(
  { config, clock }: Pick<Context, 'config' | 'clock'>,
  tap: TransportTap | undefined,
): OpenRadio {
  const choice = config.radio ?? { kind: 'virtual' };
  switch (choice.kind) {
    case 'virtual':
      return openWsRadio(AIR_URL, { clock, tap });
    case 'ws':
      return openWsRadio(choice.url, { clock, tap });
    case 'adapter':
      guardAdapter(config.adapter);
      return openAdapterRadio({ clock, adapterIndex: config.adapter ?? DEFAULT_ADAPTER, tap });
    case 'h4':
      return openH4Radio(choice.endpoint, { clock, tap });
  }
}
