// Real nobles and real blenos of one process in one air. Paced, it follows the link model on the clock that it is
// given, which may be virtual: then whoever moves the clock awaits `settle` between two steps.
import type { Clock } from '#protocol/ports/clock.ts';
import { Air } from '../air/air.ts';
import type { Faults } from '../air/faults.ts';
import type { LinkSettings } from '../air/link-model.ts';
import { openBlenoPeripheral } from '../bleno/open-peripheral.ts';
import { openNobleCentral } from '../noble/open-central.ts';
import type { Peripheral } from '../ports/peripheral.ts';
import type { Radio } from '../ports/radio.ts';
import { tapped, type TransportTap } from '../trace/traced-transport.ts';
import { localTransport } from './local-transport.ts';

export interface VirtualRadioOptions {
  readonly clock: Clock;
  /** By default unpaced: as fast as the hosts go. */
  readonly link?: 'unpaced' | LinkSettings;
  readonly faults?: Faults;
  readonly tap?: TransportTap | undefined;
}

export interface AddressedPeripheral extends Peripheral {
  /** What a central connects to, once it has seen it. */
  readonly peripheralId: string;
}

export interface VirtualRadio extends Radio {
  readonly air: Air;
  peripheral(): Promise<AddressedPeripheral>;
  /** Both hosts lose the peripheral's link at once. False where it has none. */
  dropLink(peripheralId: string): boolean;
  /** The peripheral's host hangs: links stay up and nothing is answered; or it is alive again. */
  silence(peripheralId: string, silent: boolean): void;
  /** Gives noble and bleno their turn until none has anything to answer: between two steps of a virtual clock. */
  settle(): Promise<void>;
}

export function openVirtualRadio(options: VirtualRadioOptions): VirtualRadio {
  const { clock, tap } = options;
  const air = new Air({
    clock,
    link: options.link ?? 'unpaced',
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
  const opened: { close(): Promise<void> }[] = [];
  return {
    air,
    async central() {
      const central = await openNobleCentral({ clock, transport: tapped(localTransport(air), tap) });
      opened.push(central);
      return central;
    },
    async peripheral() {
      const transport = localTransport(air);
      const peripheral = openBlenoPeripheral({ clock, transport: tapped(transport, tap) });
      opened.push(peripheral);
      return Object.assign(peripheral, { peripheralId: transport.controller.identity.address });
    },
    dropLink: (peripheralId) => air.dropLink(air.linkOf(peripheralId)),
    silence: (peripheralId, silent) => air.silence(peripheralId, silent),
    settle: () => air.settle(),
    async close() {
      await Promise.all(opened.splice(0).map((radio) => radio.close()));
      air.close();
    },
  };
}
