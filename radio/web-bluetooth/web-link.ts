// One connection of a browser's Web Bluetooth. It takes one GATT operation at a time and has no deadlines: here each waits
// its turn and settles, with its answer, an error, the end of the link or its deadline. MTU and ATT codes are not told.
import type { Clock } from '#protocol/ports/clock.ts';
import { deferred, type Deferred } from '#protocol/ports/deferred.ts';
import type { CentralLink } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import { ATT_DEFAULT_MTU, type GattTable, type Uuid } from '../ports/gatt.ts';
import type { WebCharacteristic, WebDevice, WebServer } from './web-api.ts';
import { tableOf, type FoundService } from './web-table.ts';

/** As on every radio; a browser itself waits for ever. */
const REQUEST_DEADLINE_MS = 5_000;
const VALUE_HEADER_BYTES = 3;

export interface WebLinkParts {
  readonly device: WebDevice;
  readonly server: WebServer;
  readonly services: readonly FoundService[];
  /** What is hoped for: see CentralLink. */
  readonly mtu: number;
  readonly clock: Clock;
  /** The browser did not take a value of that size. */
  readonly onRefusedSize: (valueBytes: number) => void;
}

export class WebLink implements CentralLink {
  readonly peripheralId: string;
  readonly mtu: number;
  readonly isMtuGuess = true;
  readonly gattTable: GattTable;
  readonly closed: Promise<void>;
  readonly #parts: WebLinkParts;
  readonly #characteristics = new Map<Uuid, WebCharacteristic>();
  readonly #down: Deferred<void> = deferred();
  /** Rejects as the link ends. */
  readonly #end: Deferred<never> = deferred();
  readonly #subscribed = new Map<WebCharacteristic, () => void>();
  /** The characteristic that is being read: its event is not a notification. */
  #reading: { readonly of: WebCharacteristic; readonly values: DataView[] } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #ended: RadioError | undefined;

  constructor(parts: WebLinkParts) {
    this.#parts = parts;
    this.peripheralId = parts.device.id;
    this.mtu = parts.mtu;
    this.gattTable = tableOf(parts.services);
    this.closed = this.#down.promise;
    this.#end.promise.catch(() => {});
    for (const { characteristics } of parts.services)
      for (const { uuid, web } of characteristics) this.#characteristics.set(uuid, web);
    parts.device.addEventListener('gattserverdisconnected', this.#onDisconnected);
  }

  async read(characteristic: Uuid, deadlineMs = REQUEST_DEADLINE_MS): Promise<Uint8Array> {
    const web = this.#of(characteristic);
    return this.#run(() => this.#readNow(web), deadlineMs);
  }

  async write(characteristic: Uuid, value: Uint8Array, deadlineMs = REQUEST_DEADLINE_MS): Promise<void> {
    const web = this.#of(characteristic);
    const own = this.#own(value);
    return this.#run(() => web.writeValueWithResponse(own), deadlineMs);
  }

  async writeCommand(characteristic: Uuid, value: Uint8Array): Promise<void> {
    const web = this.#of(characteristic);
    const own = this.#own(value);
    const send = async (): Promise<void> => {
      try {
        await web.writeValueWithoutResponse(own);
      } catch (cause) {
        const isSure = own.length <= ATT_DEFAULT_MTU - VALUE_HEADER_BYTES;
        if (isSure || !this.#parts.server.connected || nameOf(cause) === 'NetworkError') throw cause;
        this.#parts.onRefusedSize(own.length);
        const lost = new RadioError('LINK_LOST', `the browser took no value of ${own.length} bytes`, {
          cause,
        });
        this.drop(lost);
        throw lost;
      }
    };
    return this.#run(send, REQUEST_DEADLINE_MS);
  }

  async subscribe(
    characteristic: Uuid,
    onValue: (value: Uint8Array) => void,
    deadlineMs = REQUEST_DEADLINE_MS,
  ): Promise<void> {
    const web = this.#of(characteristic);
    this.#unlisten(web);
    const onChanged = (): void => {
      const { value } = web;
      if (value === undefined || value === null) return;
      if (this.#reading?.of === web) this.#reading.values.push(value);
      else onValue(bytesOf(value));
    };
    web.addEventListener('characteristicvaluechanged', onChanged);
    this.#subscribed.set(web, onChanged);
    this.#listeners.set(web, onValue);
    await this.#run(() => web.startNotifications(), deadlineMs);
  }

  async disconnect(): Promise<void> {
    this.drop(new RadioError('LINK_LOST', 'the link was closed here'));
    await this.closed;
  }

  /** What waits fails with `reason` at once. */
  drop(reason: RadioError): void {
    if (this.#ended !== undefined) return;
    this.#finish(reason);
    this.#parts.server.disconnect();
  }

  readonly #listeners = new Map<WebCharacteristic, (value: Uint8Array) => void>();

  /** A read's value comes as an event too; what else comes meanwhile was notified. */
  async #readNow(web: WebCharacteristic): Promise<Uint8Array> {
    const reading = { of: web, values: [] as DataView[] };
    this.#reading = reading;
    try {
      const value = await web.readValue();
      const own = reading.values.indexOf(value);
      const notified = reading.values.filter(
        (_, at) => at !== (own === -1 ? reading.values.length - 1 : own),
      );
      for (const one of notified) this.#listeners.get(web)?.(bytesOf(one));
      return bytesOf(value);
    } finally {
      this.#reading = undefined;
    }
  }

  /** In its turn. A late answer ends the link: the browser would hold the next operation back behind it. */
  #run<T>(work: () => Promise<T>, deadlineMs: number): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const late = deferred<never>();
    const timer = this.#parts.clock.after(deadlineMs, () => {
      late.reject(new RadioError('TIMEOUT', `no answer from the peripheral within ${deadlineMs} ms`));
      this.drop(new RadioError('LINK_LOST', 'the link was closed after an answer did not come'));
    });
    const turn = this.#last.then(async () => {
      if (this.#ended !== undefined) throw this.#ended;
      try {
        return await work();
      } catch (cause) {
        throw this.#told(cause);
      }
    });
    this.#last = turn.catch(() => {});
    return Promise.race([late.promise, turn, this.#end.promise]).finally(() => timer.cancel());
  }

  #told(cause: unknown): RadioError {
    if (cause instanceof RadioError) return cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    if (this.#parts.server.connected && nameOf(cause) !== 'NetworkError')
      return new RadioError('ATT_ERROR', `the peer or the browser refused: ${why}`, { cause });
    const lost = new RadioError('LINK_LOST', `the link was lost: ${why}`, { cause });
    this.drop(lost);
    return lost;
  }

  readonly #onDisconnected = (): void => {
    this.#finish(new RadioError('LINK_LOST', 'the link to the peripheral was lost'));
  };

  #finish(reason: RadioError): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#parts.device.removeEventListener('gattserverdisconnected', this.#onDisconnected);
    for (const web of [...this.#subscribed.keys()]) this.#unlisten(web);
    this.#end.reject(reason);
    this.#down.resolve();
  }

  #unlisten(web: WebCharacteristic): void {
    const onChanged = this.#subscribed.get(web);
    if (onChanged !== undefined) web.removeEventListener('characteristicvaluechanged', onChanged);
    this.#subscribed.delete(web);
    this.#listeners.delete(web);
  }

  #of(characteristic: Uuid): WebCharacteristic {
    if (this.#ended !== undefined) throw this.#ended;
    const web = this.#characteristics.get(characteristic);
    if (web !== undefined) return web;
    throw new RadioError('NO_CHARACTERISTIC', `the peer has no characteristic ${characteristic}`);
  }

  #own(value: Uint8Array): Uint8Array {
    const most = this.mtu - VALUE_HEADER_BYTES;
    if (value.length <= most) return value.slice();
    throw new RadioError('VALUE_TOO_LONG', `a value of ${value.length} bytes; this link takes ${most}`);
  }
}

const bytesOf = (view: DataView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();

/** Of a DOMException: what a browser's errors are told apart by. */
const nameOf = (cause: unknown): string => (cause instanceof Error ? cause.name : '');
