// Tells a central what it would have to read again: lock-status and battery level, each where it has subscribed to
// it. Looked at once a second and told where it is not as it was told or subscribed to last; there is a timer only
// while somebody listens. WIRE 8.3.
import { equalBytes } from '#protocol/bytes.ts';
import { STATUS_NOTIFY_MS } from '#protocol/limits.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { BATTERY_LEVEL, LOCK_STATUS } from '#protocol/sync/gatt.ts';
import type { Uuid } from '#radio/ports/gatt.ts';
import type { PeripheralLink } from '#radio/ports/peripheral.ts';

export interface StatusNotifierParts {
  readonly clock: Clock;
  /** The value as a read would give it now, or an ATT error code. */
  readonly read: (link: PeripheralLink, characteristic: Uuid) => Uint8Array | number;
}

interface Listener {
  readonly link: PeripheralLink;
  /** What the central knows of each characteristic that it has subscribed to. */
  readonly told: Map<Uuid, Uint8Array | number>;
  look: Timer;
}

export class StatusNotifier {
  readonly #parts: StatusNotifierParts;
  #listener: Listener | undefined;

  constructor(parts: StatusNotifierParts) {
    this.#parts = parts;
  }

  subscribed(link: PeripheralLink, characteristic: Uuid): void {
    if (characteristic !== LOCK_STATUS && characteristic !== BATTERY_LEVEL) return;
    if (this.#listener?.link !== link) {
      this.#listener?.look.cancel();
      this.#listener = { link, told: new Map(), look: this.#nextLook() };
    }
    this.#listener.told.set(characteristic, this.#parts.read(link, characteristic));
  }

  unsubscribed(link: PeripheralLink, characteristic: Uuid): void {
    if (this.#listener?.link !== link) return;
    this.#listener.told.delete(characteristic);
    if (this.#listener.told.size === 0) this.ended(link);
  }

  /** No more is told on that link. */
  ended(link: PeripheralLink): void {
    if (this.#listener?.link !== link) return;
    this.#listener.look.cancel();
    this.#listener = undefined;
  }

  #nextLook(): Timer {
    return this.#parts.clock.after(STATUS_NOTIFY_MS, () => this.#look());
  }

  #look(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    listener.look = this.#nextLook();
    const { link, told } = listener;
    for (const [characteristic, before] of told) {
      const value = this.#parts.read(link, characteristic);
      if (typeof value === 'number' || (typeof before !== 'number' && equalBytes(value, before))) continue;
      // Too long for a small MTU: nothing is told, and a read gives it whole.
      link.notify(characteristic, value);
      told.set(characteristic, value);
    }
  }
}
