// The socket under a host stack: what noble and bleno expect of the class that
// '@abandonware/bluetooth-hci-socket' exports, so that both run on a real adapter or on a virtual controller.
import { EventEmitter } from 'node:events';
import type { RadioError } from '../ports/errors.ts';
import type { HciPacket } from './h4.ts';
import { asBuffer, decodeH4 } from './h4.ts';

/** A transport of H4 packets to a controller, whichever it is. */
export interface HciTransport {
  /** Called once, before the first write. */
  open(events: TransportEvents): void;
  write(packet: Buffer): void;
  isUp(): boolean;
  close(): void;
}

export interface TransportEvents {
  packet(packet: Buffer): void;
  /** The socket's own errors, which noble and bleno know. */
  error(error: Error): void;
  /** The controller is gone for good. Its links were ended by Disconnection Complete before. */
  lost(error: RadioError): void;
}

/** Sees each packet from the controller first. False keeps it from the host stack. */
export type PacketFilter = (packet: HciPacket) => boolean;

/** The methods and events that noble and bleno use. */
export class HostSocket extends EventEmitter {
  readonly #transport: HciTransport;
  readonly #filter: PacketFilter;
  readonly #onLost: (error: RadioError) => void;
  #open = false;
  #stopped = false;

  constructor(transport: HciTransport, filter: PacketFilter, onLost: (error: RadioError) => void) {
    super();
    this.#transport = transport;
    this.#filter = filter;
    this.#onLost = onLost;
  }

  bindRaw(deviceId?: number): number {
    if (!this.#open) {
      this.#open = true;
      this.#transport.open({
        packet: (packet) => this.#receive(packet),
        error: (error) => this.emit('error', error),
        lost: (error) => this.#onLost(error),
      });
    }
    return deviceId ?? 0;
  }

  bindUser(deviceId?: number): number {
    return this.bindRaw(deviceId);
  }

  bindControl(): number {
    return 0;
  }

  start(): void {}

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    if (this.#open) this.#transport.close();
  }

  isDevUp(): boolean {
    return !this.#stopped && this.#transport.isUp();
  }

  setFilter(_filter: Buffer): void {}

  write(packet: Buffer): void {
    if (!this.#stopped) this.#transport.write(packet);
  }

  #receive(bytes: Buffer): void {
    if (this.#stopped) return;
    const packet = decodeH4(bytes);
    if (packet !== undefined && this.#filter(packet)) this.emit('data', asBuffer(bytes));
  }
}

/** What bleno's mgmt module gets: Door Sync never pairs, so nobody loads keys into a kernel. */
export class InertSocket extends EventEmitter {
  bindRaw(): void {}
  bindUser(): void {}
  bindControl(): void {}
  start(): void {}
  stop(): void {}
  setFilter(): void {}
  write(): void {}
  isDevUp(): boolean {
    return false;
  }
}
