// What comes from a controller behind a socket, one packet a macrotask. When the socket is lost, the host hears, behind all
// that has come, that each of its links is, and only then that the controller is gone.
import type { Clock } from '#protocol/ports/clock.ts';
import type { RadioError } from '../ports/errors.ts';
import {
  decodeConnectionComplete,
  decodeDisconnectionComplete,
  disconnectionComplete,
  HCI_ERROR,
} from './events.ts';
import { decodeH4 } from './h4.ts';
import { HostQueue } from './host-queue.ts';
import type { TransportEvents } from './host-socket.ts';

/** Decoded by nobody: a turn of the queue that is not a packet. */
const NOTHING = Buffer.alloc(0);

export class HostFeed {
  readonly #queue: HostQueue;
  readonly #events: TransportEvents;
  readonly #handles = new Set<number>();
  #isLost = false;

  constructor(clock: Clock, events: TransportEvents) {
    this.#events = events;
    this.#queue = new HostQueue(clock, 'macrotask', (bytes) => {
      this.#track(bytes);
      events.packet(bytes);
    });
  }

  packet(bytes: Buffer): void {
    if (!this.#isLost) this.#queue.push(() => bytes);
  }

  /** Once. `told` is called after the host has heard. */
  lost(error: RadioError, told: () => void): void {
    if (this.#isLost) return;
    this.#isLost = true;
    // Behind what has come: also links that the host is only about to hear of.
    this.#queue.push(() => {
      for (const handle of [...this.#handles]) {
        this.#queue.push(() => disconnectionComplete(handle, HCI_ERROR.connectionTimeout));
      }
      this.#queue.push(() => {
        this.#events.lost(error);
        told();
        return NOTHING;
      });
      return NOTHING;
    });
  }

  clear(): void {
    this.#queue.clear();
  }

  #track(bytes: Buffer): void {
    const event = decodeH4(bytes);
    if (event?.kind !== 'event') return;
    const up = decodeConnectionComplete(event);
    if (up?.status === HCI_ERROR.success) this.#handles.add(up.handle);
    const down = decodeDisconnectionComplete(event);
    if (down !== undefined) this.#handles.delete(down.handle);
  }
}
