// The devices that can be connected: those heard last, so many and no more. Phones change their addresses every few
// minutes, and agents scan for months.
import type { AdvertReport } from '../ports/gatt.ts';
import { fullUuid } from './discovery.ts';
import type { NoblePeripheral } from './load.ts';

/** Far more than are ever in range. */
export const SEEN_MAX = 1_024;

export interface SeenOptions {
  /** That it must not be let go now. */
  readonly isInUse: (peripheralId: string) => boolean;
  readonly onLetGo: (peripheralId: string) => void;
}

export class SeenDevices {
  readonly #options: SeenOptions;
  /** In the order in which they were last heard. */
  readonly #byId = new Map<string, NoblePeripheral>();

  constructor(options: SeenOptions) {
    this.#options = options;
  }

  get(peripheralId: string): NoblePeripheral | undefined {
    return this.#byId.get(peripheralId);
  }

  /** Beyond SEEN_MAX, the one heard longest ago that is not in use is let go. */
  hear(peripheral: NoblePeripheral): void {
    this.#byId.delete(peripheral.id);
    this.#byId.set(peripheral.id, peripheral);
    if (this.#byId.size <= SEEN_MAX) return;
    for (const id of this.#byId.keys()) {
      if (this.#options.isInUse(id)) continue;
      this.#byId.delete(id);
      this.#options.onLetGo(id);
      return;
    }
  }
}

/** A copy: noble changes its advertisement with the next report. */
export function reportOf(peripheral: NoblePeripheral): AdvertReport {
  const { localName, manufacturerData, serviceUuids = [] } = peripheral.advertisement;
  return {
    peripheralId: peripheral.id,
    rssi: peripheral.rssi,
    connectable: peripheral.connectable,
    serviceUuids: serviceUuids.map(fullUuid),
    ...(localName === undefined ? {} : { localName }),
    ...(manufacturerData === undefined ? {} : { manufacturerData: Uint8Array.from(manufacturerData) }),
  };
}
