// A browser's Web Bluetooth made by hand, with one device in range: it notifies, hangs, drops and refuses as a test says, as
// Chromium's emulation can't.
import { deferred } from '#protocol/ports/deferred.ts';
import type { WebBluetooth, WebCharacteristic, WebDevice, WebServer } from '#radio/web-bluetooth/web-api.ts';

export const SERVICE = 'd0010000000000000000000000000001';
export const CONTROL = 'd0010000000000000000000000000003';
const SPELLED = {
  service: 'd0010000-0000-0000-0000-000000000001',
  control: 'd0010000-0000-0000-0000-000000000003',
};

/** As browsers throw: told apart by its name. */
export function webError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

class Listeners {
  readonly #all = new Set<() => void>();
  addEventListener = (_type: string, listener: () => void): void => void this.#all.add(listener);
  removeEventListener = (_type: string, listener: () => void): void => void this.#all.delete(listener);
  tell(): void {
    for (const listener of [...this.#all]) listener();
  }
}

export class MadeBrowser implements WebBluetooth {
  readonly calls: string[] = [];
  /** Operations that never end. */
  hangs = false;
  connectHangs = false;
  /** What is thrown by the next choice, or write command. */
  declines: Error | undefined;
  refusesOver = 512;
  busy = 0;
  readonly #deviceEvents = new Listeners();
  readonly #valueEvents = new Listeners();
  readonly #never = deferred<never>().promise;
  #connected = false;
  #value: DataView | undefined;
  /** During a read, before its own value comes. */
  duringRead: () => void = () => undefined;

  async requestDevice(): Promise<WebDevice> {
    if (this.declines !== undefined) throw this.declines;
    return this.#device;
  }

  notify(...bytes: number[]): void {
    this.#changed(bytes);
  }

  /** The link is lost. */
  drop(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#deviceEvents.tell();
  }

  #changed(bytes: readonly number[]): DataView {
    const value = new DataView(Uint8Array.from(bytes).buffer);
    this.#value = value;
    this.#valueEvents.tell();
    return value;
  }

  async #operation<T>(call: string, work: () => T): Promise<T> {
    if (this.busy > 0) throw webError('NetworkError', 'GATT operation already in progress.');
    this.busy++;
    this.calls.push(call);
    try {
      await Promise.resolve();
      if (this.hangs) await this.#never;
      if (!this.#connected) throw webError('NetworkError', 'GATT Server is disconnected.');
      return work();
    } finally {
      this.busy--;
    }
  }

  get #device(): WebDevice {
    return {
      id: 'the one',
      name: 'lock',
      gatt: this.#server,
      addEventListener: this.#deviceEvents.addEventListener,
      removeEventListener: this.#deviceEvents.removeEventListener,
    };
  }

  readonly #server: WebServer = ((browser: MadeBrowser): WebServer => ({
    get connected() {
      return browser.#connected;
    },
    connect: async () => {
      if (browser.connectHangs) await browser.#never;
      browser.#connected = true;
    },
    disconnect: () => {
      browser.calls.push('disconnect');
      browser.drop();
    },
    getPrimaryServices: async () => [
      { uuid: SPELLED.service, getCharacteristics: async () => [browser.#characteristic] },
    ],
  }))(this);

  get #characteristic(): WebCharacteristic {
    const value = (): DataView | undefined => this.#value;
    const write = (kind: string) => (bytes: Uint8Array) =>
      this.#operation(`${kind} ${bytes.length}`, () => {
        if (bytes.length > this.refusesOver) throw webError('NotSupportedError', 'GATT Error: too long.');
      });
    return {
      uuid: SPELLED.control,
      properties: { read: true, write: true, writeWithoutResponse: true, notify: true },
      get value() {
        return value();
      },
      readValue: () =>
        this.#operation('read', () => {
          this.duringRead();
          return this.#changed([1, 2, 3]);
        }),
      writeValueWithResponse: write('request'),
      writeValueWithoutResponse: write('command'),
      startNotifications: () => this.#operation('subscribe', () => undefined),
      addEventListener: this.#valueEvents.addEventListener,
      removeEventListener: this.#valueEvents.removeEventListener,
    };
  }
}
