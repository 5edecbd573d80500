// Which links a host believes to be up, from the packets that it got: what has to be ended for it where its controller is
// gone and says nothing more.
import {
  decodeConnectionComplete,
  decodeDisconnectionComplete,
  disconnectionComplete,
  HCI_ERROR,
} from './events.ts';
import { decodeH4 } from './h4.ts';

export class OpenLinks {
  readonly #handles = new Set<number>();

  see(bytes: Uint8Array): void {
    const event = decodeH4(bytes);
    if (event?.kind !== 'event') return;
    const up = decodeConnectionComplete(event);
    if (up?.status === HCI_ERROR.success) this.#handles.add(up.handle);
    const down = decodeDisconnectionComplete(event);
    if (down !== undefined) this.#handles.delete(down.handle);
  }

  /** A Disconnection Complete each, as by supervision timeout. */
  ends(): Buffer[] {
    return [...this.#handles].map((handle) => disconnectionComplete(handle, HCI_ERROR.connectionTimeout));
  }
}
