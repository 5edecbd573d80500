// The Peripheral port with no host under it. Idle it is a record: its table is shared with its kind, and it has
// neither timer nor queue until a central connects.
import { invariant } from '#protocol/errors.ts';
import { decodeAdvert, encodeAdvert } from '../advert.ts';
import { RadioError } from '../ports/errors.ts';
import type { Advert, ServiceSpec, Uuid } from '../ports/gatt.ts';
import type { Peripheral, PeripheralHandler, PeripheralLink } from '../ports/peripheral.ts';
import { AttServer } from './att-server.ts';
import type { AttributeTable, AttributeTables } from './attribute-table.ts';
import type { Advertiser, MemoryAir } from './memory-air.ts';
import type { LinkEnd, MemoryLink } from './memory-link.ts';

/** What the peripherals of one radio share. */
export interface PeripheralFloor {
  readonly air: MemoryAir<MemoryPeripheral>;
  readonly tables: AttributeTables;
  /** By their names: a fleet shows one list of services. */
  readonly serviceLists: Map<string, readonly Uuid[]>;
  /** A closed peripheral is gone from the radio: worlds make new ones as locks restart. */
  readonly forget: (peripheral: MemoryPeripheral) => void;
}

export class MemoryPeripheral implements Peripheral, Advertiser {
  /** What a central connects to; the radio's faults name a peripheral by it. */
  readonly peripheralId: string;
  readonly #floor: PeripheralFloor;
  #table: AttributeTable | undefined;
  #handler: PeripheralHandler | undefined;
  #advert: Advert | undefined;
  #connection: Connection | undefined;
  #epoch = 0;
  #silent = false;
  #closed = false;

  constructor(peripheralId: string, floor: PeripheralFloor) {
    this.peripheralId = peripheralId;
    this.#floor = floor;
  }

  // The port's methods are async so that what they refuse is a rejection, as on every radio.

  async open(services: readonly ServiceSpec[], handler: PeripheralHandler): Promise<void> {
    this.#refuseClosed();
    invariant(this.#handler === undefined, 'a peripheral is opened once');
    this.#table = this.#floor.tables.of(services);
    this.#handler = handler;
  }

  async advertise(advert: Advert): Promise<void> {
    this.#refuseClosed();
    invariant(this.#handler !== undefined, 'a peripheral is opened before it advertises');
    // There and back: refused where it does not fit, and shown as a scanner would read it.
    const { data, scanResponse } = encodeAdvert(advert);
    const shown = decodeAdvert(data, scanResponse);
    this.#advert = { ...shown, serviceUuids: this.#shared(shown.serviceUuids) };
    this.#show();
  }

  async stopAdvertising(): Promise<void> {
    this.#advert = undefined;
    this.#floor.air.hide(this.peripheralId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.stopAdvertising();
    const connection = this.#connection;
    connection?.disconnect();
    await connection?.closed;
    this.#floor.forget(this);
  }

  /** Of what is on the air. */
  get advert(): Advert {
    invariant(this.#advert, 'only a peripheral with an advert is on the air');
    return this.#advert;
  }

  /** The link's end here; the handler hears of it before the link's first turn. */
  accept(link: MemoryLink): LinkEnd {
    invariant(this.#table && this.#handler && !this.#connection, 'an open peripheral without a link');
    link.silence(this.#silent);
    const connection = new Connection(++this.#epoch, link, this.#table, this.#handler, () => {
      this.#connection = undefined;
      this.#show();
    });
    this.#connection = connection;
    this.#handler.onConnect(connection);
    return connection;
  }

  /** False where there is no link to lose. */
  dropLink(): boolean {
    this.#connection?.drop();
    return this.#connection !== undefined;
  }

  /** The host dies, or comes back: links stay up, or come up, and nothing is answered. */
  silence(silent: boolean): void {
    this.#silent = silent;
    this.#connection?.silence(silent);
  }

  #show(): void {
    if (this.#advert !== undefined && this.#connection === undefined) this.#floor.air.show(this);
  }

  #shared(serviceUuids: readonly Uuid[]): readonly Uuid[] {
    const { serviceLists } = this.#floor;
    const name = serviceUuids.join();
    const shared = serviceLists.get(name) ?? Object.freeze(serviceUuids);
    serviceLists.set(name, shared);
    return shared;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new RadioError('CLOSED', 'the peripheral was closed');
  }
}

/** One connection, seen from the peripheral: what the handler is given, and the link's end. */
class Connection implements PeripheralLink, LinkEnd {
  readonly epoch: number;
  readonly closed: Promise<void>;
  readonly #link: MemoryLink;
  readonly #server: AttServer;
  readonly #handler: PeripheralHandler;
  readonly #onDown: () => void;
  #connected = true;
  #ending = false;
  #settleClosed!: () => void;

  constructor(
    epoch: number,
    link: MemoryLink,
    table: AttributeTable,
    handler: PeripheralHandler,
    onDown: () => void,
  ) {
    this.epoch = epoch;
    this.#link = link;
    this.#handler = handler;
    this.#onDown = onDown;
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
    this.#server = new AttServer(
      table,
      {
        read: (uuid) => handler.onRead(this, uuid),
        write: (uuid, value, kind) => handler.onWrite(this, uuid, value, kind),
        subscription: (uuid, subscribed) => {
          if (subscribed) handler.onSubscribe(this, uuid);
          else handler.onUnsubscribe(this, uuid);
        },
      },
      (pdu) => {
        link.send('peripheral', pdu);
      },
    );
  }

  get mtu(): number {
    return this.#server.mtu;
  }

  get connected(): boolean {
    return this.#connected;
  }

  isSubscribed(characteristic: Uuid): boolean {
    return this.#connected && this.#server.isSubscribed(characteristic);
  }

  notify(characteristic: Uuid, value: Uint8Array): boolean {
    return this.#connected && !this.#ending && this.#server.notify(characteristic, value);
  }

  disconnect(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#link.terminate('peripheral');
  }

  receive(pdu: Uint8Array): void {
    this.#server.receive(pdu);
  }

  down(): void {
    this.#connected = false;
    try {
      this.#handler.onDisconnect(this);
    } finally {
      this.#onDown();
      this.#settleClosed();
    }
  }

  drop(): void {
    this.#link.drop();
  }

  silence(silent: boolean): void {
    this.#link.silence(silent);
  }
}
