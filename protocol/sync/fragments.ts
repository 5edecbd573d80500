// Control messages travel as fragments behind a 2-byte header: type with the last flag, and a sequence that
// counts a connection's fragments one way. One message at a time, at most 4 KiB. WIRE 9.1.
import { concat } from '../bytes.ts';
import { invariant } from '../errors.ts';
import { CONTROL_MESSAGE_MAX_BYTES, FRAGMENT_HEADER_BYTES } from '../limits.ts';
import { refuseUnless, WireError } from '../wire-error.ts';

const LAST = 0x80;
const TYPE_MASK = 0x7f;
/** The smallest value a fragment may have room for: 20 bytes at the default MTU. */
const FRAGMENT_MIN_BYTES = FRAGMENT_HEADER_BYTES + 1;

export interface ControlMessage {
  /** 0..127, see messages.ts. */
  readonly type: number;
  readonly body: Uint8Array;
}

/** Cuts messages into fragments of at most `valueBytes`, counting on from the message before. */
export class FragmentWriter {
  #sequence = 0;

  write(message: ControlMessage, valueBytes: number): Uint8Array[] {
    refuseUnless(
      message.body.length <= CONTROL_MESSAGE_MAX_BYTES,
      'TOO_LARGE',
      'a control message above 4 KiB',
    );
    invariant(message.type >= 0 && message.type <= TYPE_MASK, 'a message type of 7 bits');
    refuseUnless(valueBytes >= FRAGMENT_MIN_BYTES, 'OUT_OF_RANGE', 'no room for a fragment');
    const step = valueBytes - FRAGMENT_HEADER_BYTES;
    const count = Math.max(1, Math.ceil(message.body.length / step));
    return Array.from({ length: count }, (_, i) => {
      const last = i === count - 1 ? LAST : 0;
      const header = Uint8Array.of(message.type | last, this.#sequence++ & 0xff);
      return concat(header, message.body.subarray(i * step, (i + 1) * step));
    });
  }
}

/** Puts fragments together again; any slip of order is an error, after which the connection is of no use. */
export class FragmentReader {
  readonly #maxBytes: number;
  #sequence = 0;
  #type: number | undefined;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** `maxBytes`: of a message. */
  constructor(maxBytes = CONTROL_MESSAGE_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Of a message that is not whole yet. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** The whole message at its last fragment, before that undefined. Throws WireError. */
  read(fragment: Uint8Array): ControlMessage | undefined {
    const [first, sequence] = fragment;
    if (first === undefined || sequence === undefined)
      throw new WireError('TRUNCATED', 'a fragment without header');
    refuseUnless(
      sequence === this.#sequence,
      'OUT_OF_SEQUENCE',
      `fragment ${sequence}, not ${this.#sequence}`,
    );
    this.#sequence = (sequence + 1) & 0xff;
    const type = first & TYPE_MASK;
    refuseUnless((this.#type ?? type) === type, 'OUT_OF_SEQUENCE', 'a message within another');
    this.#type = type;
    const isLast = (first & LAST) !== 0;
    // An endless row of empty fragments would never reach the size limit.
    refuseUnless(
      isLast || fragment.length >= FRAGMENT_MIN_BYTES,
      'TRUNCATED',
      'an empty fragment within a message',
    );
    this.#bytes += fragment.length - FRAGMENT_HEADER_BYTES;
    refuseUnless(this.#bytes <= this.#maxBytes, 'TOO_LARGE', `a message above ${this.#maxBytes} bytes`);
    this.#parts.push(fragment.slice(FRAGMENT_HEADER_BYTES));
    if (!isLast) return undefined;
    const message = { type, body: concat(...this.#parts) };
    this.#type = undefined;
    this.#parts = [];
    this.#bytes = 0;
    return message;
  }
}
