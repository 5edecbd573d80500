// The socket under a host stack: what noble and bleno expect of the class that
// '@abandonware/bluetooth-hci-socket' exports, so that both run on a real adapter or on a virtual controller.
import { EventEmitter } from 'node:events';
import type { RadioError } from '../ports/errors.ts';
import { encodeDisconnect } from './commands.ts';
import { HCI_ERROR } from './events.ts';
import type { HciAcl, HciPacket } from './h4.ts';
import { asBuffer, decodeH4 } from './h4.ts';
import type { Recombined } from './recombiner.ts';
import { attPdu, Recombiner } from './recombiner.ts';

/** A transport of H4 packets to a controller, whichever it is. */
export interface HciTransport {
  /** Called once, before the first write. */
  open(events: TransportEvents): void;
  write(packet: Buffer): void;
  isUp(): boolean;
  /** Which packets a raw socket of the kernel lets through, as the host stack asks for it. */
  setFilter?(filter: Buffer): void;
  close(): void;
}

export interface TransportEvents {
  packet(packet: Buffer): void;
  /** The socket's own errors, which noble and bleno know. */
  error(error: Error): void;
  /** The controller is gone for good. Its links were ended by Disconnection Complete before. */
  lost(error: RadioError): void;
}

/**
 * Sees each packet from the controller first, and the ATT PDU that it completes. False keeps it from the host
 * stack.
 */
export type PacketFilter = (packet: HciPacket, att: Buffer | undefined) => boolean;

/** The methods and events that noble and bleno use. */
export class HostSocket extends EventEmitter {
  readonly #transport: HciTransport;
  readonly #filter: PacketFilter;
  readonly #onLost: (error: RadioError) => void;
  /** By handle, of which a controller has few. */
  readonly #recombiners = new Map<number, Recombiner>();
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
    // Opened or not: it was connected before, and holds a socket or an adapter's lock.
    this.#transport.close();
  }

  isDevUp(): boolean {
    return !this.#stopped && this.#transport.isUp();
  }

  setFilter(filter: Buffer): void {
    this.#transport.setFilter?.(filter);
  }

  write(packet: Buffer): void {
    if (!this.#stopped) this.#transport.write(packet);
  }

  #receive(bytes: Buffer): void {
    if (this.#stopped) return;
    const packet = decodeH4(bytes);
    if (packet === undefined) return;
    const l2cap = packet.kind === 'acl' ? this.#recombine(packet) : undefined;
    // Both stacks would go on collecting for ever, or read another length than they were sent.
    if (l2cap === 'broken' && packet.kind === 'acl') {
      this.#sendAway(packet.handle);
      return;
    }
    if (!this.#filter(packet, l2cap && attPdu(l2cap))) return;
    try {
      this.emit('data', asBuffer(bytes));
    } catch (error) {
      // Neither stack checks the length of what a peer sends: it reads past the end and throws. Handlers of ours
      // that throw never get here (defect.ts).
      if (packet.kind !== 'acl') throw error;
      this.#sendAway(packet.handle);
    }
  }

  #recombine({ handle, boundary, data }: HciAcl): Recombined {
    let recombiner = this.#recombiners.get(handle);
    if (recombiner === undefined) this.#recombiners.set(handle, (recombiner = new Recombiner()));
    return recombiner.add(boundary, data);
  }

  #sendAway(handle: number): void {
    this.write(encodeDisconnect(handle, HCI_ERROR.remoteUserTerminated));
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
