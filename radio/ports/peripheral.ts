// The port of the side that advertises and serves GATT to one central at a time. Handlers are synchronous and
// quick; a link object belongs to one connection, so that a late answer never reaches the next central.
import type { Advert, ServiceSpec, Uuid } from './gatt.ts';

export interface PeripheralLink {
  /** Counts connections from 1; never reused within a peripheral. */
  readonly epoch: number;
  /** The ATT MTU as agreed so far (23 until the central asks for more). */
  readonly mtu: number;
  readonly connected: boolean;
  isSubscribed(characteristic: Uuid): boolean;
  /**
   * Queues one notification of at most `mtu - 3` bytes. False, and nothing sent, where the link is down, the
   * central has not subscribed, or the value is too long.
   */
  notify(characteristic: Uuid, value: Uint8Array): boolean;
  disconnect(): void;
}

export interface PeripheralHandler {
  onConnect(link: PeripheralLink): void;
  /** The last call for that link. */
  onDisconnect(link: PeripheralLink): void;
  /** The value, at most 244 bytes, or an ATT error code. */
  onRead(link: PeripheralLink, characteristic: Uuid): Uint8Array | number;
  /** ATT_SUCCESS or an ATT error code (ignored for a write command). The value is the handler's own copy. */
  onWrite(link: PeripheralLink, characteristic: Uuid, value: Uint8Array, kind: 'request' | 'command'): number;
  onSubscribe(link: PeripheralLink, characteristic: Uuid): void;
  onUnsubscribe(link: PeripheralLink, characteristic: Uuid): void;
}

export interface Peripheral {
  /** Powers on and registers the services; once. The order of services and characteristics is kept on the air. */
  open(services: readonly ServiceSpec[], handler: PeripheralHandler): Promise<void>;
  /**
   * Starts advertising, or changes what is shown; resumes by itself after each disconnect. While connected it
   * is stored and shown after the disconnect.
   */
  advertise(advert: Advert): Promise<void>;
  stopAdvertising(): Promise<void>;
  /** Stops advertising, drops the link. Idempotent. */
  close(): Promise<void>;
}
