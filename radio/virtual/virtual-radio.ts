// Real nobles and real blenos of one process in one air. Paced, it follows the link model on the clock that it is
// given, which may be virtual: then whoever moves the clock awaits `settle` between two steps.
import type { Clock } from '#protocol/ports/clock.ts';
import { Air } from '../air/air.ts';
import type { Faults } from '../air/faults.ts';
import type { LinkSettings } from '../air/link-model.ts';
import { openBlenoPeripheral } from '../bleno/open-peripheral.ts';
import { openNobleCentral } from '../noble/open-central.ts';
import type { Central } from '../ports/central.ts';
import type { Peripheral } from '../ports/peripheral.ts';
import { localTransport } from './local-transport.ts';

export interface VirtualRadioOptions {
  readonly clock: Clock;
  /** By default unpaced: as fast as the hosts go. */
  readonly link?: 'unpaced' | LinkSettings;
  readonly faults?: Faults;
}

export interface VirtualRadio {
  readonly air: Air;
  central(): Promise<Central>;
  peripheral(): Promise<Peripheral>;
  /** Gives noble and bleno their turn until none has anything to answer: between two steps of a virtual clock. */
  settle(): Promise<void>;
  /** Closes all that it opened. Idempotent. */
  close(): Promise<void>;
}

export function openVirtualRadio(options: VirtualRadioOptions): VirtualRadio {
  const { clock } = options;
  const air = new Air({
    clock,
    link: options.link ?? 'unpaced',
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
  const opened: { close(): Promise<void> }[] = [];
  return {
    air,
    async central() {
      const central = await openNobleCentral({ clock, transport: localTransport(air) });
      opened.push(central);
      return central;
    },
    async peripheral() {
      const peripheral = openBlenoPeripheral({ clock, transport: localTransport(air) });
      opened.push(peripheral);
      return peripheral;
    },
    settle: () => air.settle(),
    async close() {
      await Promise.all(opened.splice(0).map((radio) => radio.close()));
      air.close();
    },
  };
}
