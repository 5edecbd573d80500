// sync-control, or the channel, over one link: messages out as fragments, fragments in as messages. Everything goes out as write
// commands, in order and without a round trip; what went astray is noticed by the deadline of its answer. Where the link has
// no notifications the lock's fragments are read.
import { FRAME_VALUE_MAX_BYTES } from '#protocol/limits.ts';
import { FragmentReader, FragmentWriter, type ControlMessage } from '#protocol/sync/fragments.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { ATT_DEFAULT_MTU, canNotify, type Uuid } from '#radio/ports/gatt.ts';
import { READING_PAUSE_MS } from './courier-limits.ts';

const ATT_VALUE_HEADER_BYTES = 3;

export interface ControlListener {
  readonly onMessage: (message: ControlMessage) => void;
  /** The last call: fragments that follow can't be understood any more. */
  readonly onGarbled: (error: WireError) => void;
}

export class ControlLink {
  readonly #link: CentralLink;
  readonly #characteristic: Uuid;
  readonly #writer = new FragmentWriter();
  readonly #reader = new FragmentReader();
  #listener: ControlListener | undefined;
  #garbled: WireError | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(link: CentralLink, characteristic: Uuid = SYNC_CONTROL) {
    this.#link = link;
    this.#characteristic = characteristic;
  }

  /** Settles when the last fragment is queued; what was sent before goes first. Rejects with RadioError. */
  async send(type: number, body: Uint8Array): Promise<void> {
    const { mtu, isMtuGuess } = this.#link;
    // A fragment that arrived cut short would end the connection: frames alone are tried in hope.
    const sureMtu = isMtuGuess === true ? ATT_DEFAULT_MTU : mtu;
    const valueBytes = Math.min(sureMtu - ATT_VALUE_HEADER_BYTES, FRAME_VALUE_MAX_BYTES);
    const fragments = this.#writer.write({ type, body }, valueBytes);
    await Promise.all(fragments.map((fragment) => this.#link.writeCommand(this.#characteristic, fragment)));
  }

  /** Subscribes; once. Rejects with RadioError. */
  async listen(listener: ControlListener, deadlineMs: number): Promise<void> {
    this.#listener = listener;
    await this.#link.subscribe(this.#characteristic, (value) => this.#receive(value), deadlineMs);
  }

  /** As the link's table says it. Where not, `listenByReading` stands for `listen`. */
  get canNotify(): boolean {
    return canNotify(this.#link.gattTable, this.#characteristic);
  }

  /** Reads again and again, in the place of subscribing; never settles but by rejecting with RadioError. */
  async listenByReading(listener: ControlListener, clock: Clock): Promise<void> {
    this.#listener = listener;
    while (this.#garbled === undefined) {
      await this.readAll();
      await new Promise<void>((resolve) => clock.after(READING_PAUSE_MS, resolve));
    }
  }

  /** Until the lock has nothing more to say for now. */
  readAll(): Promise<void> {
    const turn = this.#reading.then(async () => {
      for (;;) {
        const fragment = await this.#link.read(this.#characteristic);
        if (fragment.length === 0) return;
        this.#receive(fragment);
        if (this.#garbled !== undefined) return;
      }
    });
    this.#reading = turn.catch(() => {});
    return turn;
  }

  /** Messages from here on are another's, who hears at once where none will come: fragments are counted through the connection. */
  handOver(listener: ControlListener): void {
    this.#listener = listener;
    if (this.#garbled !== undefined) listener.onGarbled(this.#garbled);
  }

  /** Settles once the link is down, whoever ended it. */
  get closed(): Promise<void> {
    return this.#link.closed;
  }

  #receive(value: Uint8Array): void {
    const listener = this.#listener;
    if (this.#garbled !== undefined || listener === undefined) return;
    try {
      const message = this.#reader.read(value);
      if (message !== undefined) listener.onMessage(message);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#garbled = error;
      listener.onGarbled(error);
    }
  }
}
