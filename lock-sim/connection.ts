// One central's connection: puts control fragments together and takes messages apart, holds answers back until
// the central has subscribed, and lets nobody occupy the lock without getting on. WIRE 9.1, 12.
import {
  CONNECTION_DEADLINE_MS,
  FIRST_MESSAGE_DEADLINE_MS,
  IDLE_DEADLINE_MS,
  REFUSAL_LINGER_MS,
} from '#protocol/limits.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { FragmentReader, FragmentWriter, type ControlMessage } from '#protocol/sync/fragments.ts';
import { FULL_PACKET_VALUE_BYTES } from '#radio/ports/gatt.ts';
import type { PeripheralLink } from '#radio/ports/peripheral.ts';
import type { WorkingMemory } from './working-memory.ts';
import type { Session } from './sync/session-state.ts';

const ATT_HEADER_BYTES = 3;
/** Answers kept for a central that has not subscribed: a greeting and what little may follow it, no log. */
const HELD_MESSAGES_MAX = 8;
const HELD_BYTES_MAX = 384;
/** Whole in one answer to a read, on every radio. */
const READ_FRAGMENT_BYTES_MAX = FULL_PACKET_VALUE_BYTES;

export interface ConnectionParts {
  readonly clock: Clock;
  readonly memory: WorkingMemory;
}

export class Connection {
  readonly link: PeripheralLink;
  readonly nonce: Uint8Array;
  session: Session;
  readonly #clock: Clock;
  readonly #memory: WorkingMemory;
  readonly #reader = new FragmentReader();
  readonly #writer = new FragmentWriter();
  #held: ControlMessage[] = [];
  /** Of a message that a central which does not subscribe has begun to read. */
  #unread: Uint8Array[] = [];
  #idle: Timer;
  #isEnding = false;
  readonly #total: Timer;

  constructor(link: PeripheralLink, nonce: Uint8Array, session: Session, parts: ConnectionParts) {
    const { clock, memory } = parts;
    this.#memory = memory;
    this.link = link;
    this.nonce = nonce;
    this.session = session;
    this.#clock = clock;
    this.#idle = clock.after(FIRST_MESSAGE_DEADLINE_MS, () => this.link.disconnect());
    this.#total = clock.after(CONNECTION_DEADLINE_MS, () => this.link.disconnect());
  }

  /** The whole message at its last fragment. Throws WireError. */
  read(fragment: Uint8Array): ControlMessage | undefined {
    return this.#reader.read(fragment);
  }

  /** Of a message that is not whole yet. */
  get pendingBytes(): number {
    return this.#reader.pendingBytes;
  }

  /** Held back until the central has subscribed; acknowledgements are not, as lock-status says the same anew. */
  send(type: number, body: Uint8Array): void {
    const isSubscribed = this.link.isSubscribed(SYNC_CONTROL);
    if (!isSubscribed && type === MESSAGE.ack) return;
    const unreadBytes = this.#unread.reduce((sum, { length }) => sum + length, body.length);
    const heldBytes = this.#held.reduce((sum, message) => sum + message.body.length, unreadBytes);
    if (!isSubscribed && (this.#held.length >= HELD_MESSAGES_MAX || heldBytes > HELD_BYTES_MAX)) {
      this.link.disconnect();
      return;
    }
    this.#held.push({ type, body });
    if (isSubscribed) this.flush();
    else this.#memory.hold('held answers', heldBytes);
  }

  /** The next fragment for a central that does not subscribe; empty where there is none, or it is notified. */
  readFragment(): Uint8Array {
    if (this.link.isSubscribed(SYNC_CONTROL)) return new Uint8Array(0);
    const message = this.#unread.length === 0 ? this.#held.shift() : undefined;
    if (message !== undefined) {
      const most = Math.min(this.link.mtu - ATT_HEADER_BYTES, READ_FRAGMENT_BYTES_MAX);
      this.#unread = [...this.#writer.write(message, most)];
    }
    const fragment = this.#unread.shift() ?? new Uint8Array(0);
    const held = [...this.#held.map(({ body }) => body), ...this.#unread];
    this.#memory.hold(
      'held answers',
      held.reduce((sum, { length }) => sum + length, 0),
    );
    return fragment;
  }

  /** To be called as the central subscribes. */
  flush(): void {
    if (!this.link.isSubscribed(SYNC_CONTROL)) return;
    const messages = this.#held;
    const begun = this.#unread;
    this.#letGo();
    for (const fragment of begun) this.link.notify(SYNC_CONTROL, fragment);
    for (const message of messages) {
      for (const fragment of this.#writer.write(message, this.link.mtu - ATT_HEADER_BYTES)) {
        this.link.notify(SYNC_CONTROL, fragment);
      }
    }
  }

  /** Something valid came: the idle deadline starts anew. */
  touch(): void {
    if (!this.#isEnding) this.#endIn(IDLE_DEADLINE_MS);
  }

  /** It is over, and ends as soon as why has had its time on the air: what is queued as a link ends may be lost. */
  linger(): void {
    // Whatever comes meanwhile: nobody holds a link by giving one more reason to end it.
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#endIn(REFUSAL_LINGER_MS);
  }

  end(): void {
    this.#idle.cancel();
    this.#total.cancel();
    this.#letGo();
  }

  #endIn(ms: number): void {
    this.#idle.cancel();
    this.#idle = this.#clock.after(ms, () => this.link.disconnect());
  }

  #letGo(): void {
    this.#held = [];
    this.#unread = [];
    this.#memory.hold('held answers', 0);
  }
}
