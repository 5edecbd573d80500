// One connection of a bleno peripheral: what the central subscribed to, and the way to notify it. It belongs to its
// connection alone: once that is down it says no to everything, whoever is connected by then.
import type { Uuid } from '../ports/gatt.ts';
import { ATT_DEFAULT_MTU } from '../ports/gatt.ts';
import type { PeripheralLink } from '../ports/peripheral.ts';

/** Opcode and handle in front of a value. */
const VALUE_HEADER_BYTES = 3;

export class BlenoLink implements PeripheralLink {
  readonly epoch: number;
  mtu = ATT_DEFAULT_MTU;
  readonly #disconnect: () => void;
  readonly #subscriptions = new Map<Uuid, (value: Buffer) => void>();
  #connected = true;

  constructor(epoch: number, disconnect: () => void) {
    this.epoch = epoch;
    this.#disconnect = disconnect;
  }

  get connected(): boolean {
    return this.#connected;
  }

  isSubscribed(characteristic: Uuid): boolean {
    return this.#subscriptions.has(characteristic);
  }

  notify(characteristic: Uuid, value: Uint8Array): boolean {
    const update = this.#subscriptions.get(characteristic);
    // bleno would cut a longer value off without a word.
    if (update === undefined || value.length > this.mtu - VALUE_HEADER_BYTES) return false;
    update(Buffer.from(value));
    return true;
  }

  disconnect(): void {
    if (this.#connected) this.#disconnect();
  }

  subscribed(characteristic: Uuid, update: (value: Buffer) => void): void {
    if (this.#connected) this.#subscriptions.set(characteristic, update);
  }

  unsubscribed(characteristic: Uuid): void {
    this.#subscriptions.delete(characteristic);
  }

  /** A value sent after this would spoil bleno's count of packets under way: the ways to send are dropped. */
  ended(): void {
    this.#connected = false;
    this.#subscriptions.clear();
  }
}
