// A peripheral whose central is the test's own hand: every write and read goes straight to the lock's handler, so
// that what it throws is seen. A link that is ended goes down on the clock's next turn, as on a radio.
import { invariant } from '#protocol/errors.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { FragmentReader, type ControlMessage } from '#protocol/sync/fragments.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import type { Advert, Uuid } from '#radio/ports/gatt.ts';
import type { Peripheral, PeripheralHandler, PeripheralLink } from '#radio/ports/peripheral.ts';

export class HandRadio implements Peripheral {
  readonly #clock: Clock;
  #handler: PeripheralHandler | undefined;
  #links = 0;
  /** On the air now; undefined where the lock is silent. */
  advert: Advert | undefined;
  /** Every advert that was ever shown. */
  readonly adverts: Advert[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get handler(): PeripheralHandler {
    invariant(this.#handler, 'the lock has opened its peripheral');
    return this.#handler;
  }

  async open(_services: unknown, handler: PeripheralHandler): Promise<void> {
    this.#handler = handler;
  }

  async advertise(advert: Advert): Promise<void> {
    this.advert = advert;
    this.adverts.push(advert);
  }

  async stopAdvertising(): Promise<void> {
    this.advert = undefined;
  }

  close(): Promise<void> {
    return this.stopAdvertising();
  }

  connect(mtu = 247): HandLink {
    const link = new HandLink(this, this.#clock, ++this.#links, mtu);
    this.handler.onConnect(link);
    return link;
  }
}

export class HandLink implements PeripheralLink {
  readonly epoch: number;
  readonly mtu: number;
  readonly #radio: HandRadio;
  readonly #clock: Clock;
  readonly #reader = new FragmentReader();
  readonly #subscribed = new Set<Uuid>();
  #isEnding = false;
  connected = true;
  /** Control messages that the lock has sent, in order. */
  readonly heard: ControlMessage[] = [];
  /** What it has notified of anything else, in order. */
  readonly notified: { readonly characteristic: Uuid; readonly value: Uint8Array }[] = [];

  constructor(radio: HandRadio, clock: Clock, epoch: number, mtu: number) {
    this.#radio = radio;
    this.#clock = clock;
    this.epoch = epoch;
    this.mtu = mtu;
  }

  isSubscribed(characteristic: Uuid): boolean {
    return this.connected && this.#subscribed.has(characteristic);
  }

  notify(characteristic: Uuid, value: Uint8Array): boolean {
    if (!this.isSubscribed(characteristic) || this.#isEnding || value.length > this.mtu - 3) return false;
    if (characteristic !== SYNC_CONTROL) {
      this.notified.push({ characteristic, value });
      return true;
    }
    const message = this.#reader.read(value);
    if (message !== undefined) this.heard.push(message);
    return true;
  }

  /** A fragment that was read, before the rest is notified. */
  begun(fragment: Uint8Array): void {
    this.#reader.read(fragment);
  }

  /** Either side ends the link. */
  disconnect(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#clock.after(0, () => {
      this.connected = false;
      this.#radio.handler.onDisconnect(this);
    });
  }

  subscribe(characteristic: Uuid = SYNC_CONTROL): void {
    this.#subscribed.add(characteristic);
    this.#radio.handler.onSubscribe(this, characteristic);
  }

  unsubscribe(characteristic: Uuid): void {
    this.#subscribed.delete(characteristic);
    this.#radio.handler.onUnsubscribe(this, characteristic);
  }

  read(characteristic: Uuid): Uint8Array | number {
    return this.#radio.handler.onRead(this, characteristic);
  }

  write(characteristic: Uuid, value: Uint8Array): number {
    return this.#radio.handler.onWrite(this, characteristic, Uint8Array.from(value), 'command');
  }
}
