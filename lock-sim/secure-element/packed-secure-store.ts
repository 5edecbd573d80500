// A secure element's contents as one byte string, opened at each look: a fleet of idle locks costs little more than
// the bytes. The value handed out is the caller's.
import { type SecureContents, decodeSecureContents, encodeSecureContents } from './secure-contents.ts';
import type { SecureStore } from './secure-element.ts';

export class PackedSecureStore implements SecureStore {
  #packed: Uint8Array;

  /** As `encodeSecureContents` gives it; not copied. Throws WireError where it is not that. */
  constructor(packed: Uint8Array) {
    decodeSecureContents(packed);
    this.#packed = packed;
  }

  load(): SecureContents {
    return decodeSecureContents(this.#packed);
  }

  replace(contents: SecureContents): void {
    this.#packed = encodeSecureContents(contents);
  }
}
