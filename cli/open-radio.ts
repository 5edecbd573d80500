// The radio that --radio names. `virtual` is the air of this machine that `doorlab radio serve` keeps: processes
// meet in it as locks and couriers meet in a house.
import type { RadioError } from '#radio/ports/errors.ts';
import type { Radio } from '#radio/ports/radio.ts';
import { guardAdapter } from '#gateway/doctor/guard.ts';
import { openAdapterRadio } from '#radio/adapter/adapter-radio.ts';
import { openH4Radio } from '#radio/h4/h4-radio.ts';
import { h4Traces, type Traces, type TransportTap } from '#radio/trace/traced-transport.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';
import type { Context } from './context.ts';

export const AIR_PORT = 2_847;
const AIR_URL = `ws://127.0.0.1:${AIR_PORT}`;
const DEFAULT_ADAPTER = 0;

export interface OpenRadio extends Radio {
  /** Settles, with why, once the air or the adapter that it was on is gone. */
  readonly lost: Promise<RadioError>;
}

type RadioContext = Pick<Context, 'config' | 'clock' | 'output'>;

/**
 * Opens nothing on the air yet: each central and peripheral does when it is asked for. With --btsnoop the trace is made
 * at once, and what it throws is thrown.
 */
export function openRadio(context: RadioContext): OpenRadio {
  const radios = radiosOf(context);
  const radio = radios.next();
  return {
    ...radio,
    async close() {
      await radio.close();
      radios.close();
    },
  };
}

export interface Radios {
  /** As `openRadio`; the one before was closed. */
  next(): OpenRadio;
  /** After the last of them. */
  close(): void;
}

/** For a command that outlives its adapter. Their traces are numbered on. */
export function radiosOf(context: RadioContext): Radios {
  const { config, clock, output } = context;
  const { btsnoop } = config;
  if (btsnoop === undefined) return { next: () => chosenRadio(context, undefined), close: () => {} };
  let made: Traces | undefined;
  const traces = (): Traces => {
    made ??= h4Traces(btsnoop, { clock, onTrouble: (message) => output.note(message) });
    return made;
  };
  return {
    next() {
      const radio = chosenRadio(context, (transport) => traces().tap(transport));
      // Only now: a radio that is refused leaves no file behind.
      traces();
      return radio;
    },
    close: () => made?.close(),
  };
}

function chosenRadio({ config, clock }: RadioContext, tap: TransportTap | undefined): OpenRadio {
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
