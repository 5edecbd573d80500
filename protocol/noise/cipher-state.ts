// A CipherState of the Noise Protocol Framework, revision 34, section 5.1, with ChaChaPoly (12.3): a key and the count of
// messages under it. A value: each message gives the next one, and one that does not open gives none.
import { writeU32 } from '../bytes.ts';
import { AEAD_NONCE_BYTES, type CryptoEngine } from '../crypto/engine.ts';
import { invariant } from '../errors.ts';
import { WireError } from '../wire-error.ts';

export interface CipherState {
  readonly key: Uint8Array;
  /** Messages so far. */
  readonly count: number;
}

export interface Sealed {
  readonly cipher: CipherState;
  readonly bytes: Uint8Array;
}

export function seal(
  engine: CryptoEngine,
  { key, count }: CipherState,
  ad: Uint8Array,
  plain: Uint8Array,
): Sealed {
  return { cipher: { key, count: count + 1 }, bytes: engine.aeadSeal(key, nonceOf(count), plain, ad) };
}

/** Throws BAD_SEAL for what is not the very next message under this key, whatever else it is. */
export function open(
  engine: CryptoEngine,
  { key, count }: CipherState,
  ad: Uint8Array,
  sealed: Uint8Array,
): Sealed {
  const bytes = engine.aeadOpen(key, nonceOf(count), sealed, ad);
  if (bytes === undefined) throw new WireError('BAD_SEAL', 'a message that does not open');
  return { cipher: { key, count: count + 1 }, bytes };
}

/** Four zero bytes, then 64 bits, little-endian, of which 32 are more than any channel counts. */
function nonceOf(count: number): Uint8Array {
  invariant(count <= 0xffff_ffff, 'a channel ends long before its counter does');
  const nonce = new Uint8Array(AEAD_NONCE_BYTES);
  writeU32(nonce, 4, count);
  nonce.subarray(4, 8).reverse();
  return nonce;
}
