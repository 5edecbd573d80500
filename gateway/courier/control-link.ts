// sync-control, or the channel, over one link: messages out as fragments, fragments in as messages. Everything goes out as write
// commands, in order and without a round trip; what went astray is noticed by the deadline of its answer.
import { FRAME_VALUE_MAX_BYTES } from '#protocol/limits.ts';
import { FragmentReader, FragmentWriter, type ControlMessage } from '#protocol/sync/fragments.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import type { Uuid } from '#radio/ports/gatt.ts';

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
  #isGarbled = false;

  constructor(link: CentralLink, characteristic: Uuid = SYNC_CONTROL) {
    this.#link = link;
    this.#characteristic = characteristic;
  }

  /** Settles when the last fragment is queued; what was sent before goes first. Rejects with RadioError. */
  async send(type: number, body: Uint8Array): Promise<void> {
    const valueBytes = Math.min(this.#link.mtu - ATT_VALUE_HEADER_BYTES, FRAME_VALUE_MAX_BYTES);
    const fragments = this.#writer.write({ type, body }, valueBytes);
    await Promise.all(fragments.map((fragment) => this.#link.writeCommand(this.#characteristic, fragment)));
  }

  /** Subscribes; once. Rejects with RadioError. */
  async listen(listener: ControlListener, deadlineMs: number): Promise<void> {
    this.#listener = listener;
    await this.#link.subscribe(this.#characteristic, (value) => this.#receive(value), deadlineMs);
  }

  /** Messages from here on are another's: fragments are counted through the whole connection. */
  handOver(listener: ControlListener): void {
    this.#listener = listener;
  }

  /** Settles once the link is down, whoever ended it. */
  get closed(): Promise<void> {
    return this.#link.closed;
  }

  #receive(value: Uint8Array): void {
    const listener = this.#listener;
    if (this.#isGarbled || listener === undefined) return;
    try {
      const message = this.#reader.read(value);
      if (message !== undefined) listener.onMessage(message);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#isGarbled = true;
      listener.onGarbled(error);
    }
  }
}
