// What comes from a controller behind a socket, one packet a macrotask; the socket is held while much waits. When the socket is lost, the host hears, behind all
// that has come, that each of its links is, and only then that the controller is gone.
import type { Clock } from '#protocol/ports/clock.ts';
import type { RadioError } from '../ports/errors.ts';
import { HostQueue } from './host-queue.ts';
import type { TransportEvents } from './host-socket.ts';
import { OpenLinks } from './open-links.ts';

/** Decoded by nobody: a turn of the queue that is not a packet. */
const NOTHING = Buffer.alloc(0);
/** A host gets its packets slower than a socket can bring them: above the first the socket is held, until the second. */
const WAITING_MAX = 1_024;
const WAITING_LOW = 256;

/** Holds the socket, or lets it go on. */
export type Hold = (isHeld: boolean) => void;

export class HostFeed {
  readonly #queue: HostQueue;
  readonly #events: TransportEvents;
  readonly #links = new OpenLinks();
  readonly #hold: Hold;
  #isHeld = false;
  #isLost = false;

  constructor(clock: Clock, events: TransportEvents, hold: Hold) {
    this.#events = events;
    this.#hold = hold;
    this.#queue = new HostQueue(clock, 'macrotask', (bytes) => {
      this.#links.see(bytes);
      if (this.#isHeld && this.#queue.length <= WAITING_LOW) this.#setHeld(false);
      events.packet(bytes);
    });
  }

  packet(bytes: Buffer): void {
    if (this.#isLost) return;
    this.#queue.push(() => bytes);
    if (!this.#isHeld && this.#queue.length > WAITING_MAX) this.#setHeld(true);
  }

  /** Once. `told` is called after the host has heard. */
  lost(error: RadioError, told: () => void): void {
    if (this.#isLost) return;
    this.#isLost = true;
    // Behind what has come: also links that the host is only about to hear of.
    this.#queue.push(() => {
      for (const end of this.#links.ends()) this.#queue.push(() => end);
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

  #setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#hold(isHeld);
  }
}
