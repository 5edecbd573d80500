// One peripheral on two radios: a lock that is met over the air, and over a wire by the hub in its own housing. It serves
// one central at a time, whichever radio it came by: while one is connected, the other radio shows nothing.
import { ATT_UNLIKELY_ERROR, type Advert, type ServiceSpec, type Uuid } from '../ports/gatt.ts';
import type { Peripheral, PeripheralHandler, PeripheralLink } from '../ports/peripheral.ts';

export class PairedPeripheral implements Peripheral {
  readonly #sides: readonly Peripheral[];
  #advert: Advert | undefined;
  /** The radio whose central is served. */
  #busy: Peripheral | undefined;
  #connections = 0;

  constructor(one: Peripheral, other: Peripheral) {
    this.#sides = [one, other];
  }

  async open(services: readonly ServiceSpec[], handler: PeripheralHandler): Promise<void> {
    for (const side of this.#sides) await side.open(services, this.#handlerOf(side, handler));
  }

  /** Rejects where either radio does not show it. */
  async advertise(advert: Advert): Promise<void> {
    this.#advert = advert;
    const shown = this.#sides.filter((side) => this.#busy === undefined || this.#busy === side);
    await Promise.all(shown.map((side) => side.advertise(advert)));
  }

  async stopAdvertising(): Promise<void> {
    this.#advert = undefined;
    await Promise.all(this.#sides.map((side) => side.stopAdvertising()));
  }

  async close(): Promise<void> {
    this.#advert = undefined;
    await Promise.all(this.#sides.map((side) => side.close()));
  }

  #handlerOf(side: Peripheral, handler: PeripheralHandler): PeripheralHandler {
    const links = new Map<PeripheralLink, PairedLink>();
    const served = (link: PeripheralLink, tell: (paired: PairedLink) => void): void => {
      const paired = links.get(link);
      if (paired !== undefined) tell(paired);
    };
    return {
      onConnect: (link) => {
        // Both met it at once: the later one finds it taken, as where an advert had just ended.
        if (this.#busy !== undefined) {
          link.disconnect();
          return;
        }
        this.#busy = side;
        const paired = new PairedLink(++this.#connections, link);
        links.set(link, paired);
        this.#hideOthers(side);
        handler.onConnect(paired);
      },
      onDisconnect: (link) => {
        served(link, (paired) => {
          links.delete(link);
          this.#busy = undefined;
          try {
            handler.onDisconnect(paired);
          } finally {
            this.#showOthers(side);
          }
        });
      },
      onRead: (link, characteristic) => {
        const paired = links.get(link);
        return paired === undefined ? ATT_UNLIKELY_ERROR : handler.onRead(paired, characteristic);
      },
      onWrite: (link, characteristic, value, kind) => {
        const paired = links.get(link);
        return paired === undefined
          ? ATT_UNLIKELY_ERROR
          : handler.onWrite(paired, characteristic, value, kind);
      },
      onSubscribe: (link, characteristic) =>
        served(link, (paired) => handler.onSubscribe(paired, characteristic)),
      onUnsubscribe: (link, characteristic) =>
        served(link, (paired) => handler.onUnsubscribe(paired, characteristic)),
    };
  }

  #hideOthers(served: Peripheral): void {
    // A radio that keeps on showing is answered by a disconnect: nothing more depends on it.
    for (const side of this.#sides) if (side !== served) side.stopAdvertising().catch(() => undefined);
  }

  #showOthers(served: Peripheral): void {
    const advert = this.#advert;
    if (advert === undefined) return;
    for (const side of this.#sides) if (side !== served) side.advertise(advert).catch(() => undefined);
  }
}

/** Counted through both radios. */
class PairedLink implements PeripheralLink {
  readonly epoch: number;
  readonly #link: PeripheralLink;

  constructor(epoch: number, link: PeripheralLink) {
    this.epoch = epoch;
    this.#link = link;
  }

  get mtu(): number {
    return this.#link.mtu;
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  isSubscribed(characteristic: Uuid): boolean {
    return this.#link.isSubscribed(characteristic);
  }

  notify(characteristic: Uuid, value: Uint8Array): boolean {
    return this.#link.notify(characteristic, value);
  }

  disconnect(): void {
    this.#link.disconnect();
  }
}
