// A request to the root keys, as a text file that a person carries to them: what is to be signed, the key set in force
// to hold it against, and lines for people. Those lines count for nothing: whoever signs is shown what the bytes say.
import { jsonOf } from '../json-text.ts';
import { z } from 'zod';
import { decodeHex, encodeBase32, encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DoorlabError, invariant } from '#protocol/errors.ts';
import { KEY_SET_MAX_BYTES, RELEASE_MAX_BYTES } from '#protocol/limits.ts';
import {
  decodeKeySet,
  encodeKeySet,
  KEY_SET_PURPOSE,
  verifyKeySet,
  type KeySet,
} from '#protocol/signed/key-set.ts';
import { decodeRelease, encodeRelease, releasePurpose, type Release } from '#protocol/signed/release.ts';
import type { RootPurpose } from '#protocol/signed/root-signatures.ts';
import { KeyCeremonyError } from './ceremony-error.ts';

/** Far above any request; what is longer is not read. */
export const REQUEST_MAX_CHARACTERS = 64 * 1024;
/** Of the digest that people compare: 160 bits, which nobody finds twice. */
const SPOKEN_BYTES = 20;
const FINGERPRINT_BYTES = 10;

const hexUpTo = (bytes: number) =>
  z
    .string()
    .regex(/^([0-9a-f]{2})+$/)
    .max(2 * bytes);

const RequestFile = z.strictObject({
  format: z.literal(1),
  kind: z.enum(['key-set', 'release']),
  payload: hexUpTo(Math.max(KEY_SET_MAX_BYTES, RELEASE_MAX_BYTES)),
  inForce: hexUpTo(KEY_SET_MAX_BYTES),
});

/** What roots are asked for, read from the bytes that they sign. */
export type Wish =
  | { readonly kind: 'key-set'; readonly keySet: KeySet }
  | { readonly kind: 'release'; readonly release: Release };

export interface SignRequest {
  readonly wish: Wish;
  /** Exactly what is signed. */
  readonly payload: Uint8Array;
  readonly purpose: RootPurpose;
  /** The key set that is followed, or whose roots release: as its own roots signed it. */
  readonly inForce: KeySet;
  readonly inForceBytes: Uint8Array;
}

export const requestKeySet = (engine: CryptoEngine, keySet: KeySet, inForce: Uint8Array): SignRequest =>
  requestOf(engine, { kind: 'key-set', keySet }, encodeKeySet(keySet), inForce);

export const requestRelease = (engine: CryptoEngine, release: Release, inForce: Uint8Array): SignRequest =>
  requestOf(engine, { kind: 'release', release }, encodeRelease(release), inForce);

/** `summary`: for people, a line each. */
export function formatRequest(
  { wish, payload, inForceBytes }: SignRequest,
  summary: readonly string[],
): string {
  const content = {
    format: 1,
    kind: wish.kind,
    payload: encodeHex(payload),
    inForce: encodeHex(inForceBytes),
  };
  const lines = [
    'A request to the root keys of a Doorlab cloud. Sign it with: doorlab cloud sign FILE',
    ...summary,
  ];
  return `${lines.map((line) => `# ${line}`.trimEnd()).join('\n')}\n${JSON.stringify(content)}\n`;
}

/** Throws REQUEST_UNREADABLE for anything that is not whole, or not to be signed by roots. */
export function parseRequest(engine: CryptoEngine, text: string): SignRequest {
  const content = RequestFile.safeParse(contentOf(text));
  if (!content.success) {
    throw new KeyCeremonyError('REQUEST_UNREADABLE', 'this is no request to the root keys', {
      next: 'Name the file that `doorlab cloud rotate` or `doorlab cloud release` has made.',
    });
  }
  const [payload, inForce] = [decodeHex(content.data.payload), decodeHex(content.data.inForce)];
  invariant(payload && inForce, 'hex, as checked');
  try {
    const wish: Wish =
      content.data.kind === 'key-set'
        ? { kind: 'key-set', keySet: decodeKeySet(payload) }
        : { kind: 'release', release: decodeRelease(payload) };
    return requestOf(engine, wish, payload, inForce);
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    throw new KeyCeremonyError('REQUEST_UNREADABLE', `the request is damaged: ${error.message}`, {
      cause: error,
      next: 'Copy it once more, or have it made anew.',
    });
  }
}

/** What two people read to each other: eight groups of four letters and digits. */
export const digestOf = (engine: CryptoEngine, payload: Uint8Array): string =>
  grouped(engine.sha256(payload).slice(0, SPOKEN_BYTES));

/** A public key for people: four groups of four. */
export const fingerprintOf = (engine: CryptoEngine, publicKey: Uint8Array): string =>
  grouped(engine.sha256(publicKey).slice(0, FINGERPRINT_BYTES));

/** The lines of a file that are not for people, as JSON. */
export function contentOf(text: string): unknown {
  if (text.length > REQUEST_MAX_CHARACTERS) return undefined;
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.length === 1 ? jsonOf(lines[0] ?? '') : undefined;
}

function requestOf(
  engine: CryptoEngine,
  wish: Wish,
  payload: Uint8Array,
  inForceBytes: Uint8Array,
): SignRequest {
  const purpose = wish.kind === 'key-set' ? KEY_SET_PURPOSE : releasePurpose(wish.release.lockId);
  return { wish, payload, purpose, inForce: verifyKeySet(engine, inForceBytes, undefined), inForceBytes };
}

const grouped = (bytes: Uint8Array): string => encodeBase32(bytes).match(/.{4}/g)?.join('-') ?? '';
