// The Peripheral port on Chromium's emulation of Bluetooth (DevTools, BluetoothEmulation, on the browser's own session): what
// a page asks of the emulated device our handler answers. It can't notify: characteristics are declared without.
import type { CDPSession } from 'playwright-core';
import type { ServiceSpec, Uuid } from '#radio/ports/gatt.ts';
import type { Peripheral, PeripheralHandler, PeripheralLink } from '#radio/ports/peripheral.ts';
import { webUuid } from '#radio/web-bluetooth/web-uuid.ts';

/** Of the emulation's answers: any other is told to the page as a failure for an unknown reason. */
const REFUSED = 0x0e;
const MTU = 247;

export class EmulatedPeripheral implements Peripheral, PeripheralLink {
  readonly address: string;
  readonly mtu = MTU;
  epoch = 0;
  connected = false;
  /** Set to let the next operations hang. */
  isSilent = false;
  /** Set to refuse connections. */
  isAway = false;
  /** Set to cut write commands to so many bytes, as some phones do. */
  cutAt = Infinity;
  readonly #session: CDPSession;
  #handler: PeripheralHandler | undefined;
  /** Connections begun, and up to which of them the page has let go. */
  #attempts = 0;
  #givenUp = 0;
  readonly #characteristics = new Map<string, Uuid>();

  #services: readonly ServiceSpec[] = [];

  constructor(session: CDPSession, address: string) {
    this.#session = session;
    this.address = address;
    session.on('BluetoothEmulation.gattOperationReceived', (operation) => {
      if (operation.address === address) void this.#onGatt(operation.type);
    });
    session.on('BluetoothEmulation.characteristicOperationReceived', (operation) => {
      const uuid = this.#characteristics.get(operation.characteristicId);
      if (uuid === undefined || this.isSilent) return;
      const { type, characteristicId } = operation;
      const answer = this.#answer(uuid, type, operation.data, operation.writeType);
      const result =
        typeof answer === 'number'
          ? { code: answer }
          : { code: 0, data: Buffer.from(answer).toString('base64') };
      this.#attempt(
        session.send('BluetoothEmulation.simulateCharacteristicOperationResponse', {
          characteristicId,
          type,
          ...result,
        }),
      );
    });
  }

  async open(services: readonly ServiceSpec[], handler: PeripheralHandler): Promise<void> {
    this.#handler = handler;
    this.#services = services;
    await this.#session.send('BluetoothEmulation.simulatePreconnectedPeripheral', {
      address: this.address,
      name: 'a lock',
      manufacturerData: [],
      knownServiceUuids: services.map(({ uuid }) => webUuid(uuid)),
    });
  }

  /** Its services go with each link, and are given anew with the next. */
  async #register(): Promise<void> {
    const { address } = this;
    this.#characteristics.clear();
    for (const { uuid, characteristics } of this.#services) {
      const serviceUuid = webUuid(uuid);
      const { serviceId } = await this.#session.send('BluetoothEmulation.addService', {
        address,
        serviceUuid,
      });
      for (const one of characteristics) {
        const properties = Object.fromEntries(
          one.properties.filter((name) => name !== 'notify').map((name) => [name, true]),
        );
        const { characteristicId } = await this.#session.send('BluetoothEmulation.addCharacteristic', {
          serviceId,
          characteristicUuid: webUuid(one.uuid),
          properties,
        });
        this.#characteristics.set(characteristicId, one.uuid);
      }
    }
  }

  async #onGatt(type: 'connection' | 'discovery'): Promise<void> {
    if (this.isSilent) return;
    let isTaken = !this.isAway;
    if (type === 'connection' && isTaken) {
      const attempt = ++this.#attempts;
      await this.#register();
      // Let go of before it came up: the page is not there any more.
      isTaken = attempt > this.#givenUp;
      if (isTaken) this.#onConnected();
    }
    const code = isTaken ? 0 : 0x3e;
    const { address } = this;
    this.#attempt(
      this.#session.send('BluetoothEmulation.simulateGATTOperationResponse', { address, type, code }),
    );
  }

  /** What the page let go of meanwhile needs no answer. */
  #attempt(sent: Promise<unknown>): void {
    sent.catch(() => undefined);
  }

  /** A device of the emulation is met without its advert. */
  async advertise(): Promise<void> {}
  async stopAdvertising(): Promise<void> {}
  async close(): Promise<void> {
    this.disconnect();
  }

  isSubscribed(): boolean {
    return false;
  }
  notify(): boolean {
    return false;
  }

  /** The peripheral's end of the link. */
  disconnect(): void {
    if (!this.connected) return;
    this.#attempt(
      this.#session.send('BluetoothEmulation.simulateGATTDisconnection', { address: this.address }),
    );
    this.ended();
  }

  /** The page let go: the emulated device has to be told, or it counts as connected for ever. */
  async letGo(): Promise<void> {
    this.#givenUp = this.#attempts;
    if (!this.connected) return;
    this.ended();
    await this.#session.send('BluetoothEmulation.simulateGATTDisconnection', { address: this.address });
  }

  ended(): void {
    if (!this.connected) return;
    this.connected = false;
    this.#handler?.onDisconnect(this);
  }

  #onConnected(): void {
    this.ended();
    this.epoch++;
    this.connected = true;
    this.#handler?.onConnect(this);
  }

  #answer(
    uuid: Uuid,
    type: string,
    data: string | undefined,
    writeType: string | undefined,
  ): Uint8Array | number {
    if (this.#handler === undefined || !this.connected) return REFUSED;
    if (type === 'read') return this.#handler.onRead(this, uuid);
    if (type !== 'write') return REFUSED;
    const value = Uint8Array.from(Buffer.from(data ?? '', 'base64'));
    const kind = writeType === 'write-without-response' ? 'command' : 'request';
    return this.#handler.onWrite(this, uuid, kind === 'command' ? value.slice(0, this.cutAt) : value, kind);
  }
}
