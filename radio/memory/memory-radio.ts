// The in-memory radio: the ports Central and Peripheral with the ATT PDUs of the real noble on the real bleno and no
// host stack under them, for worlds and fleets. Its only time is the clock it is given: one seed, one trace.
import type { Clock } from '#protocol/ports/clock.ts';
import { FaultDice, type Faults } from '../air/faults.ts';
import { airAddress } from '../hci/address.ts';
import type { Central } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import type { Peripheral } from '../ports/peripheral.ts';
import { AttributeTables } from './attribute-table.ts';
import { DEFAULT_REPORT_INTERVAL_MS, MemoryAir } from './memory-air.ts';
import type { CentralFloor } from './memory-central.ts';
import { MemoryCentral } from './memory-central.ts';
import type { LinkTiming, OnAtt } from './memory-link.ts';
import { MemoryLink } from './memory-link.ts';
import type { PeripheralFloor } from './memory-peripheral.ts';
import { MemoryPeripheral } from './memory-peripheral.ts';

export interface MemoryRadioOptions {
  readonly clock: Clock;
  /** Without it each PDU arrives on the next turn. */
  readonly link?: LinkTiming;
  readonly faults?: Faults;
  /** Every PDU as it arrives, links numbered from 1 in the order of their connecting. */
  readonly onAtt?: OnAtt;
  readonly reportIntervalMs?: number;
}

export interface AddressedPeripheral extends Peripheral {
  /** What a central connects to, known here without a scan. */
  readonly peripheralId: string;
}

export interface MemoryRadio {
  central(): Promise<Central>;
  peripheral(): Promise<AddressedPeripheral>;
  /** Both hosts lose the peripheral's link on the next turn. False where it has none. */
  dropLink(peripheralId: string): boolean;
  /** The peripheral's host dies (its controller still connects and keeps links up), or is alive again. */
  silence(peripheralId: string, silent: boolean): void;
  /** Closes every central and peripheral. Idempotent. */
  close(): Promise<void>;
}

export function openMemoryRadio(options: MemoryRadioOptions): MemoryRadio {
  const { clock, link: timing, faults, onAtt } = options;
  const dice = faults && new FaultDice(faults);
  const reportIntervalMs = options.reportIntervalMs ?? DEFAULT_REPORT_INTERVAL_MS;
  const air = new MemoryAir<MemoryPeripheral>(clock, reportIntervalMs, dice);
  const tables = new AttributeTables();
  const centrals = new Set<MemoryCentral>();
  const peripherals = new Map<string, MemoryPeripheral>();
  let addresses = 0;
  let links = 0;
  let closed = false;

  const newLink = (): MemoryLink => {
    const id = ++links;
    return new MemoryLink(id, { clock, timing, faults: dice?.link(id), onAtt });
  };
  const refuseClosed = (): void => {
    if (closed) throw new RadioError('CLOSED', 'the radio was closed');
  };

  const centralFloor: CentralFloor = {
    clock,
    air,
    newLink,
    known: (id) => {
      const n = Number.parseInt(id.slice(-8), 16);
      return n >= 1 && n <= addresses && id === airAddress(n);
    },
    forget: (one) => centrals.delete(one),
  };
  const peripheralFloor: PeripheralFloor = {
    air,
    tables,
    serviceLists: new Map(),
    forget: (one) => peripherals.delete(one.peripheralId),
  };

  return {
    async central() {
      refuseClosed();
      const central = new MemoryCentral(centralFloor);
      centrals.add(central);
      return central;
    },
    async peripheral() {
      refuseClosed();
      const id = airAddress(++addresses);
      const peripheral = new MemoryPeripheral(id, peripheralFloor);
      peripherals.set(id, peripheral);
      return peripheral;
    },
    dropLink: (peripheralId) => peripherals.get(peripheralId)?.dropLink() ?? false,
    silence(peripheralId, silent) {
      peripherals.get(peripheralId)?.silence(silent);
    },
    async close() {
      closed = true;
      await Promise.all([...centrals, ...peripherals.values()].map((port) => port.close()));
    },
  };
}
