// The Peripheral port on the real bleno. bleno knows one central: a second one is sent away before it hears of it,
// and an advert that changes while connected is kept until the link is down.
import { invariant } from '#protocol/errors.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { deferred, type Deferred } from '#protocol/ports/deferred.ts';
import { encodeAdvert } from '../advert.ts';
import type { AdvertBytes } from '../advert.ts';
import { encodeDisconnect, OPCODE } from '../hci/commands.ts';
import { handled } from '../hci/defect.ts';
import { Turns } from '../hci/turns.ts';
import { decodeConnectionComplete, decodeDisconnectionComplete, HCI_ERROR } from '../hci/events.ts';
import type { HciPacket } from '../hci/h4.ts';
import { encodeCommand } from '../hci/h4.ts';
import { RadioError } from '../ports/errors.ts';
import type { Advert, ServiceSpec } from '../ports/gatt.ts';
import type { Peripheral, PeripheralHandler } from '../ports/peripheral.ts';
import { BlenoLink } from './bleno-link.ts';
import { blenoServices } from './characteristics.ts';
import type { Bleno } from './load.ts';
import { setServices, startBleno } from './load.ts';

const POWER_ON_DEADLINE_MS = 5_000;
const ADVERTISE_DEADLINE_MS = 2_000;
const DISCONNECT_DEADLINE_MS = 5_000;
/** The name in Generic Access; the advert carries the lock's own. */
const DEVICE_NAME = 'doorlab';

/** What a peripheral has of its socket. */
export interface PeripheralSocket {
  write(packet: Buffer): void;
  /** Once, at the end. `onExit` is bleno's own clean-up, for a process that ends without closing. */
  started(onExit: readonly (() => void)[]): void;
  release(): void;
}

export class BlenoPeripheral implements Peripheral {
  readonly #clock: Clock;
  readonly #bleno: Bleno;
  readonly #socket: PeripheralSocket;
  readonly #advertising = new Turns();
  #handler: PeripheralHandler | undefined;
  #link: BlenoLink | undefined;
  /** The controller's handle of the link, known before bleno hears of it. */
  #handle: number | undefined;
  #epochs = 0;
  #shown: AdvertBytes | undefined;
  #wanted: AdvertBytes | undefined;
  #down: Deferred<void> | undefined;
  readonly #on: Deferred<void> = deferred();
  #closed: Promise<void> | undefined;
  #lost: RadioError | undefined;

  constructor(bleno: Bleno, clock: Clock, socket: PeripheralSocket) {
    this.#bleno = bleno;
    this.#clock = clock;
    this.#socket = socket;
    bleno.on('accept', () => this.#onAccept());
    bleno.on('disconnect', () => this.#onDisconnect());
    bleno.on('mtuChange', (mtu: number) => {
      if (this.#link !== undefined) this.#link.mtu = mtu;
    });
  }

  async open(services: readonly ServiceSpec[], handler: PeripheralHandler): Promise<void> {
    this.#refuseClosed();
    invariant(this.#handler === undefined, 'a peripheral opens once');
    this.#handler = handler;
    this.#socket.started(
      startBleno(this.#bleno, (state) => {
        if (state === 'poweredOn') this.#on.resolve();
      }),
    );
    await withDeadline(
      this.#clock,
      POWER_ON_DEADLINE_MS,
      this.#on.promise,
      () =>
        new RadioError('ADAPTER_OFF', `the adapter did not come up within ${POWER_ON_DEADLINE_MS} ms`, {
          next: 'Switch Bluetooth on, then try again.',
        }),
    );
    setServices(
      this.#bleno,
      DEVICE_NAME,
      blenoServices(this.#bleno, services, handler, () => this.#link),
    );
  }

  async advertise(advert: Advert): Promise<void> {
    this.#refuseClosed();
    invariant(this.#handler !== undefined, 'a peripheral is opened before it advertises');
    this.#wanted = encodeAdvert(advert);
    await this.#applyAdvert();
  }

  async stopAdvertising(): Promise<void> {
    this.#wanted = undefined;
    await this.#applyAdvert();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Each packet from the controller, before bleno sees it. */
  onPacket(packet: HciPacket): boolean {
    if (packet.kind !== 'event') return true;
    const complete = decodeConnectionComplete(packet);
    if (complete?.role === 1) {
      if (complete.status !== HCI_ERROR.success) return false;
      if (this.#handle !== undefined) {
        this.#socket.write(encodeDisconnect(complete.handle, HCI_ERROR.remoteUserTerminated));
        return false;
      }
      this.#handle = complete.handle;
    }
    if (decodeDisconnectionComplete(packet)?.handle === this.#handle) {
      this.#handle = undefined;
      this.#link?.ended();
    }
    return true;
  }

  /** The controller is gone: nothing can be asked of it any more. */
  lost(error: RadioError): void {
    this.#lost = error;
    this.#on.reject(error);
  }

  async #close(): Promise<void> {
    await this.stopAdvertising().catch(() => {});
    const down = this.#down;
    if (down !== undefined) {
      this.#link?.disconnect();
      const late = new Error('no end of the link');
      await withDeadline(this.#clock, DISCONNECT_DEADLINE_MS, down.promise, () => late).catch(() => {});
    }
    this.#socket.release();
  }

  #onAccept(): void {
    this.#down = deferred();
    const link = new BlenoLink(++this.#epochs, () => this.#bleno.disconnect());
    this.#link = link;
    handled(() => this.#handler?.onConnect(link), undefined);
  }

  #onDisconnect(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.ended();
    this.#down?.resolve();
    this.#down = undefined;
    if (link !== undefined) handled(() => this.#handler?.onDisconnect(link), undefined);
    // From within this event bleno would lose the answer; it goes on with the old advert until the next turn.
    setImmediate(() => {
      if (this.#closed === undefined) void this.#applyAdvert().catch(() => {});
    });
  }

  /** Shows what is wanted, unless a link is up. */
  #applyAdvert(): Promise<void> {
    return this.#advertising.take(async () => {
      if (this.#lost !== undefined) throw this.#lost;
      const wanted = this.#wanted;
      if (wanted === this.#shown || (wanted !== undefined && this.#handle !== undefined)) return;
      if (wanted === undefined) {
        await this.#ask('advertisingStop', () => this.#bleno.stopAdvertising());
      } else {
        const { data, scanResponse } = wanted;
        await this.#ask('advertisingStart', () =>
          this.#bleno.startAdvertisingWithEIRData(Buffer.from(data), Buffer.from(scanResponse)),
        );
        // A central came in between: bleno has switched advertising on under its link.
        if (this.#handle !== undefined) {
          this.#socket.write(encodeCommand(OPCODE.leSetAdvertisingEnable, Buffer.of(0)));
        }
      }
      this.#shown = wanted;
    });
  }

  async #ask(event: 'advertisingStart' | 'advertisingStop', ask: () => void): Promise<void> {
    const answer = deferred();
    const onAnswer = (): void => answer.resolve();
    const onError = (error: Error): void => answer.reject(error);
    this.#bleno.once(event, onAnswer);
    this.#bleno.once('advertisingStartError', onError);
    const failed = (cause?: unknown): RadioError =>
      new RadioError('ADAPTER_OFF', 'the adapter does not take what to advertise', { cause });
    try {
      ask();
      await withDeadline(this.#clock, ADVERTISE_DEADLINE_MS, answer.promise, failed);
    } catch (error) {
      throw error instanceof RadioError ? error : failed(error);
    } finally {
      this.#bleno.removeListener(event, onAnswer);
      this.#bleno.removeListener('advertisingStartError', onError);
    }
  }

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new RadioError('CLOSED', 'the radio was closed');
    if (this.#lost !== undefined) throw this.#lost;
  }
}
