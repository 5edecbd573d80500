// The label: the hash of the lock's identity key, printed on the lock and in its QR code. A person carries it
// to the cloud; it never goes over the air. WIRE 10.1.
import { concat, decodeBase32, encodeBase32, equalBytes, utf8 } from './bytes.ts';
import type { CryptoEngine } from './crypto/engine.ts';
import { AEAD_KEY_BYTES } from './crypto/engine.ts';
import type { Hash } from './ids.ts';
import { refuseUnless, WireError } from './wire-error.ts';

const PREFIX = 'DL1';
const HASH_BYTES = 32;
/** 35 bytes are 56 characters of base32 without a rest. */
const CHECK_BYTES = 3;
const GROUP_CHARACTERS = 7;
/** 67 as printed; people add spaces and line breaks. */
const LABEL_MAX_CHARACTERS = 256;

/** SHA-256 of the 32-byte Ed25519 identity key. */
export const labelHashOf = (engine: CryptoEngine, identityKey: Uint8Array): Hash =>
  engine.sha256(identityKey) as Hash;

/** "DL1-XXXXXXX-...": eight groups of seven base32 characters; the last three bytes are a check. */
export function formatLabel(engine: CryptoEngine, labelHash: Uint8Array): string {
  const characters = encodeBase32(concat(labelHash, checkOf(engine, labelHash)));
  const groups = characters.match(new RegExp(`.{${GROUP_CHARACTERS}}`, 'g')) ?? [];
  return [PREFIX, ...groups].join('-');
}

/** The label's hash; spaces, dashes and case do not matter. Throws BAD_LABEL. */
export function parseLabel(engine: CryptoEngine, text: string): Hash {
  refuseUnless(text.length <= LABEL_MAX_CHARACTERS, 'BAD_LABEL', 'far longer than a label');
  const compact = text.replace(/[\s-]/g, '');
  refuseUnless(/^dl1/i.test(compact), 'BAD_LABEL', `a label starts with ${PREFIX}`);
  const raw = decodeBase32(compact.slice(PREFIX.length));
  if (raw?.length !== HASH_BYTES + CHECK_BYTES) {
    throw new WireError('BAD_LABEL', 'a label has 56 characters A-Z and 2-7 after its start', {
      next: 'Copy the whole line from the lock, or from its label.txt.',
    });
  }
  const labelHash = raw.slice(0, HASH_BYTES);
  if (!equalBytes(raw.subarray(HASH_BYTES), checkOf(engine, labelHash))) {
    throw new WireError('BAD_LABEL', 'the label has a mistyped character', {
      next: 'Compare it with the lock, group by group.',
    });
  }
  return labelHash as Hash;
}

/** The advertising key before activation: only who holds the label recognises the lock or may greet it. */
export const labelAdvertisingKey = (engine: CryptoEngine, labelHash: Uint8Array): Uint8Array =>
  engine.hkdfSha256(labelHash, new Uint8Array(0), utf8('doorlab/label-advert/1'), AEAD_KEY_BYTES);

const checkOf = (engine: CryptoEngine, labelHash: Uint8Array): Uint8Array =>
  engine.sha256(concat(utf8('doorlab/label/1'), labelHash)).slice(0, CHECK_BYTES);
