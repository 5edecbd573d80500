// The radio that --radio names. `virtual` is the air of this machine that `doorlab radio serve` keeps: processes
// meet in it as locks and couriers meet in a house.
import { DoorlabError } from '#protocol/errors.ts';
import type { RadioError } from '#radio/ports/errors.ts';
import type { Radio } from '#radio/ports/radio.ts';
import { openAdapterRadio } from '#radio/adapter/adapter-radio.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';
import type { Context } from './context.ts';

export const AIR_PORT = 2_847;
const AIR_URL = `ws://127.0.0.1:${AIR_PORT}`;
const DEFAULT_ADAPTER = 0;

class RadioChoiceError extends DoorlabError {
  readonly code = 'NOT_INSTALLED';
}

export interface OpenRadio extends Radio {
  /** Settles, with why, once the air it was in is gone; absent where the radio itself tells each call. */
  readonly lost?: Promise<RadioError>;
}

/** Opens nothing on the air yet: each central and peripheral does when it is asked for. */
export function openRadio({ config, clock }: Pick<Context, 'config' | 'clock'>): OpenRadio {
  const choice = config.radio ?? { kind: 'virtual' };
  switch (choice.kind) {
    case 'virtual':
      return openWsRadio(AIR_URL, { clock });
    case 'ws':
      return openWsRadio(choice.url, { clock });
    case 'adapter':
      return openAdapterRadio({ clock, adapterIndex: config.adapter ?? DEFAULT_ADAPTER });
    case 'h4':
      throw new RadioChoiceError('HCI over a stream is not in this version.', {
        next: 'Use --radio adapter for a real adapter, or --radio virtual without one.',
      });
  }
}
