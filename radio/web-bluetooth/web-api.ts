// What is used here of a browser's Web Bluetooth (https://webbluetoothcg.github.io/web-bluetooth/), as types alone: a page
// hands in its `navigator.bluetooth`, a test something of its own.

export interface WebBluetooth {
  /** Asks the person at the page: needs a gesture of theirs, and rejects with NotFoundError where they choose none. */
  requestDevice(options: {
    readonly filters: readonly { readonly services: readonly string[] }[];
    readonly optionalServices: readonly string[];
  }): Promise<WebDevice>;
  /** Those that were chosen before; not every browser has it. */
  getDevices?(): Promise<readonly WebDevice[]>;
}

export interface WebDevice {
  readonly id: string;
  readonly name?: string | null | undefined;
  readonly gatt?: WebServer | undefined;
  addEventListener(type: 'gattserverdisconnected', listener: () => void): void;
  removeEventListener(type: 'gattserverdisconnected', listener: () => void): void;
}

export interface WebServer {
  readonly connected: boolean;
  connect(): Promise<unknown>;
  disconnect(): void;
  getPrimaryServices(): Promise<readonly WebService[]>;
}

export interface WebService {
  readonly uuid: string;
  getCharacteristics(): Promise<readonly WebCharacteristic[]>;
}

export interface WebCharacteristic {
  readonly uuid: string;
  readonly properties: {
    readonly read: boolean;
    readonly write: boolean;
    readonly writeWithoutResponse: boolean;
    readonly notify: boolean;
  };
  /** Set by reads and notifications alike, each with an event. */
  readonly value?: DataView | null | undefined;
  readValue(): Promise<DataView>;
  writeValueWithResponse(value: Uint8Array): Promise<void>;
  writeValueWithoutResponse(value: Uint8Array): Promise<void>;
  startNotifications(): Promise<unknown>;
  addEventListener(type: 'characteristicvaluechanged', listener: () => void): void;
  removeEventListener(type: 'characteristicvaluechanged', listener: () => void): void;
}
