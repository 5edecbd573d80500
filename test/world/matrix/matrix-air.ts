// The air of a matrix: a good one, in which couriers without faults come, and where the case has some an air with faults beside
// it, in which the first one comes. The lock is in both. In memory, or the real noble and bleno over the modelled link.
import type { Clock } from '#protocol/ports/clock.ts';
import type { Faults } from '#radio/air/faults.ts';
import { USUAL_LINK } from '#radio/air/link-model.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import { PairedPeripheral } from '#radio/paired/paired-peripheral.ts';
import type { Central } from '#radio/ports/central.ts';
import type { Peripheral } from '#radio/ports/peripheral.ts';
import type { Radio } from '#radio/ports/radio.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';

export type Parts = 'memory' | 'noble and bleno';

interface MatrixRadio extends Radio {
  peripheral(): Promise<Peripheral & { readonly peripheralId: string }>;
  dropLink(peripheralId: string): boolean;
  silence(peripheralId: string, silent: boolean): void;
  settle?(): Promise<void>;
}

const INTERVAL_MS = 30;

export class MatrixAir {
  readonly #near: MatrixRadio;
  readonly #far: MatrixRadio | undefined;
  /** Of the lock. */
  readonly #ids = new Map<MatrixRadio, string>();

  constructor(clock: Clock, parts: Parts, faults: Faults | undefined) {
    const open = (of: Faults | undefined): MatrixRadio =>
      parts === 'memory'
        ? openMemoryRadio({ clock, link: { intervalMs: INTERVAL_MS }, ...(of && { faults: of }) })
        : openVirtualRadio({ clock, link: USUAL_LINK, ...(of && { faults: of }) });
    this.#near = open(undefined);
    this.#far = faults && open(faults);
  }

  async peripheral(): Promise<Peripheral> {
    const near = await this.#near.peripheral();
    this.#ids.set(this.#near, near.peripheralId);
    if (this.#far === undefined) return near;
    const far = await this.#far.peripheral();
    this.#ids.set(this.#far, far.peripheralId);
    return new PairedPeripheral(near, far);
  }

  async central(isInBadAir: boolean): Promise<{ central: Central; peripheralId: string }> {
    const radio = isInBadAir ? (this.#far ?? this.#near) : this.#near;
    return { central: await radio.central(), peripheralId: this.#ids.get(radio) ?? '' };
  }

  dropLinks(): void {
    for (const [radio, id] of this.#ids) radio.dropLink(id);
  }

  silence(silent: boolean): void {
    for (const [radio, id] of this.#ids) radio.silence(id, silent);
  }

  /** Between two steps of the clock. */
  async settle(): Promise<void> {
    await this.#near.settle?.();
    await this.#far?.settle?.();
  }

  async close(): Promise<void> {
    await this.#near.close();
    await this.#far?.close();
  }
}
