// The Central port on a browser's Web Bluetooth. A page sees no adverts: a person chooses a peripheral at the browser's own
// question, and a scan reports those that were chosen. Every wait has a deadline, which a browser has not.
import type { Clock } from '#protocol/ports/clock.ts';
import { deferred } from '#protocol/ports/deferred.ts';
import type { Central, CentralLink, ConnectOptions, Scan, ScanOptions } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import { ATT_DEFAULT_MTU, MTU_GUESSES, RSSI_UNKNOWN, type AdvertReport, type Uuid } from '../ports/gatt.ts';
import type { WebBluetooth, WebDevice, WebServer } from './web-api.ts';
import { WebLink } from './web-link.ts';
import { discover } from './web-table.ts';
import { webUuid } from './web-uuid.ts';

const CONNECT_DEADLINE_MS = 10_000;
/** Asking a browser which peripherals were chosen before. */
const KNOWN_DEADLINE_MS = 2_000;
const VALUE_HEADER_BYTES = 3;

export interface WebCentralParts {
  /** `navigator.bluetooth`; undefined where the browser has none. */
  readonly bluetooth: WebBluetooth | undefined;
  readonly clock: Clock;
  /** A page may use the services that it asked for, and no others. */
  readonly services: readonly Uuid[];
}

export class WebCentral implements Central {
  readonly #parts: WebCentralParts;
  readonly #devices = new Map<string, WebDevice>();
  readonly #links = new Map<string, WebLink>();
  readonly #connecting = new Set<string>();
  /** By peripheral: no higher MTU is hoped for. */
  readonly #mtuMax = new Map<string, number>();
  #scan: ScanOptions | undefined;
  #closed: RadioError | undefined;
  readonly #onClosed = deferred<RadioError>();

  constructor(parts: WebCentralParts) {
    this.#parts = parts;
  }

  /**
   * The browser asks the person at the page, from within a click of theirs, for a peripheral of this service; undefined
   * where they choose none. It waits for them, for as long as they take. Rejects with RadioError.
   */
  async choose(service: Uuid): Promise<AdvertReport | undefined> {
    const { services } = this.#parts;
    const bluetooth = this.#bluetooth();
    let device: WebDevice;
    try {
      device = await bluetooth.requestDevice({
        filters: [{ services: [webUuid(service)] }],
        optionalServices: services.map(webUuid),
      });
    } catch (cause) {
      throwUnlessDeclined(cause);
      return undefined;
    }
    this.#devices.set(device.id, device);
    const report = reportOf(device, [service]);
    this.#scan?.onReport(report);
    return report;
  }

  /** Reports what was chosen, each peripheral once, and what is chosen while it is on. */
  async scan(options: ScanOptions): Promise<Scan> {
    this.#bluetooth();
    if (this.#scan !== undefined) {
      throw new RadioError('SCAN_FAILED', 'a scan is on already', { next: 'Stop it before the next.' });
    }
    this.#scan = options;
    try {
      await this.#recall();
    } catch (error) {
      this.#scan = undefined;
      throw error;
    }
    queueMicrotask(() => {
      for (const device of this.#devices.values())
        if (this.#scan === options) options.onReport(reportOf(device, options.serviceUuids));
    });
    return {
      stop: async () => {
        if (this.#scan === options) this.#scan = undefined;
      },
    };
  }

  async connect(peripheralId: string, options: ConnectOptions = {}): Promise<CentralLink> {
    this.#bluetooth();
    const { deadlineMs = CONNECT_DEADLINE_MS, signal } = options;
    const device = this.#devices.get(peripheralId);
    const server = device?.gatt;
    if (device === undefined || server === undefined)
      throw new RadioError('CONNECT_FAILED', 'this peripheral was never chosen', {
        next: 'Choose it first.',
      });
    if (this.#links.has(peripheralId) || this.#connecting.has(peripheralId))
      throw new RadioError('CONNECT_FAILED', 'a link to it is up, or coming up, already');
    const end = deferred<RadioError>();
    const timer = this.#parts.clock.after(deadlineMs, () =>
      end.resolve(new RadioError('CONNECT_TIMEOUT', `it was not met within ${deadlineMs} ms`)),
    );
    const onAbort = (): void => end.resolve(new RadioError('CONNECT_FAILED', 'the attempt was called off'));
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort);
    void this.#onClosed.promise.then((closed) => end.resolve(closed));
    this.#connecting.add(peripheralId);
    try {
      return await this.#bringUp(device, server, options, end.promise);
    } catch (error) {
      // Ends the attempt too, which a browser has no other end for.
      server.disconnect();
      throw error;
    } finally {
      this.#connecting.delete(peripheralId);
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    if (this.#closed !== undefined) return;
    this.#closed = new RadioError('CLOSED', 'the radio was closed');
    this.#scan = undefined;
    this.#onClosed.resolve(this.#closed);
    for (const link of [...this.#links.values()]) link.drop(this.#closed);
  }

  async #bringUp(
    device: WebDevice,
    server: WebServer,
    options: ConnectOptions,
    end: Promise<RadioError>,
  ): Promise<WebLink> {
    const early = await Promise.race([end, Promise.resolve(undefined)]);
    if (early !== undefined) throw early;
    let isUp = false;
    const work = async (): Promise<WebLink> => {
      await server.connect();
      isUp = true;
      const services = await discover(server, options.serviceUuids);
      // It may have ended as the answer was on its way, and its event with it.
      if (!server.connected) throw new RadioError('LINK_LOST', 'the link was lost as it came up');
      return this.#linkOn(device, server, services, options.mtuMax);
    };
    const brought = work();
    brought.catch(() => {});
    const first = await Promise.race([brought, end]).catch((cause: unknown) => {
      if (cause instanceof RadioError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw isUp
        ? new RadioError('LINK_LOST', `the link was lost as it came up: ${why}`, { cause })
        : new RadioError('CONNECT_FAILED', `the browser could not connect: ${why}`, { cause });
    });
    if (!(first instanceof RadioError)) return first;
    // What comes up after its time is let go again.
    void brought.then((link) => link.drop(first)).catch(() => {});
    throw first;
  }

  #linkOn(
    device: WebDevice,
    server: WebServer,
    services: Awaited<ReturnType<typeof discover>>,
    asked = Infinity,
  ): WebLink {
    const { id } = device;
    const most = Math.min(asked, this.#mtuMax.get(id) ?? Infinity);
    if (most !== Infinity) this.#mtuMax.set(id, most);
    const mtu = MTU_GUESSES.find((guess) => guess <= most) ?? ATT_DEFAULT_MTU;
    const onRefusedSize = (valueBytes: number): void => {
      this.#mtuMax.set(id, valueBytes + VALUE_HEADER_BYTES - 1);
    };
    const { clock } = this.#parts;
    const link = new WebLink({ device, server, services, mtu, clock, onRefusedSize });
    this.#links.set(id, link);
    void link.closed.then(() => this.#links.delete(id));
    return link;
  }

  /** What this page was given before. */
  async #recall(): Promise<void> {
    const late = deferred<readonly WebDevice[]>();
    const timer = this.#parts.clock.after(KNOWN_DEADLINE_MS, () => late.resolve([]));
    const known = Promise.resolve(this.#bluetooth().getDevices?.() ?? []).catch(() => []);
    for (const device of await Promise.race([known, late.promise]))
      if (!this.#devices.has(device.id)) this.#devices.set(device.id, device);
    timer.cancel();
  }

  #bluetooth(): WebBluetooth {
    if (this.#closed !== undefined) throw this.#closed;
    const { bluetooth } = this.#parts;
    if (bluetooth !== undefined) return bluetooth;
    throw new RadioError('ADAPTER_MISSING', 'this browser has no Web Bluetooth', {
      next: 'Use Chrome or Edge on a phone with Android or on a computer, over https.',
    });
  }
}

/** That nothing was chosen is an outcome. */
function throwUnlessDeclined(cause: unknown): void {
  const why = cause instanceof Error ? cause.message : String(cause);
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'NotFoundError') {
    if (!/adapter/i.test(why)) return;
    throw new RadioError('ADAPTER_MISSING', 'this device has no Bluetooth, or it is switched off', {
      cause,
      next: 'Switch Bluetooth on, and allow this browser to use it.',
    });
  }
  throw new RadioError('SCAN_FAILED', `the browser did not ask for a lock: ${why}`, {
    cause,
    next: 'Press the button on the page again.',
  });
}

const reportOf = ({ id, name }: WebDevice, serviceUuids: readonly Uuid[]): AdvertReport => ({
  peripheralId: id,
  serviceUuids,
  rssi: RSSI_UNKNOWN,
  connectable: true,
  ...(typeof name === 'string' && name !== '' ? { localName: name } : {}),
});
