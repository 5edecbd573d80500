// One row of the event log at rest: 128 bytes; number, generation and boot in the clear, the rest sealed, then a CRC.
// A row's chain hash covers all rows before it that are still there.
import { concat, readU32, u32, utf8, writeU32 } from '#protocol/bytes.ts';
import { AEAD_KEY_BYTES, SHA256_BYTES, type CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import { EVENT_DATA_MAX_BYTES } from '#protocol/limits.ts';
import { EVENT_TYPES, eventTypeOf, type EventType } from '#protocol/log/event-types.ts';
import { crc32 } from './crc32.ts';

export const EVENT_ROW_BYTES = 128;
/** Numbers are reserved in the settings, so many at a time, before they are used. */
export const EVENT_NUMBERS_PER_RESERVATION = 256;
export const EMPTY_CHAIN: Uint8Array = new Uint8Array(SHA256_BYTES);

export interface EventEntry {
  readonly type: EventType;
  readonly bootCount: number;
  /** UTC seconds by the lock's clock. */
  readonly timeS: number;
  /** At most EVENT_DATA_MAX_BYTES. */
  readonly data: Uint8Array;
}

export interface EventRow extends EventEntry {
  readonly sequence: number;
  /** SHA-256 over the chain before, the number and the entry. */
  readonly chain: Uint8Array;
}

const PLAIN_BYTES = 12;
const BOOT_BYTES = 4;
const CRC_AT = EVENT_ROW_BYTES - 4;
const ENTRY_BYTES = 4 + 4 + 2 + EVENT_DATA_MAX_BYTES;
const NO_AAD = new Uint8Array(0);

export const eventKey = (engine: CryptoEngine, logSecret: Uint8Array): Uint8Array =>
  engine.hkdfSha256(logSecret, new Uint8Array(0), utf8('doorlab/events-at-rest/1'), AEAD_KEY_BYTES);

export function sealRow(
  engine: CryptoEngine,
  key: Uint8Array,
  generation: number,
  sequence: number,
  entry: EventEntry,
  chainBefore: Uint8Array,
): { readonly bytes: Uint8Array; readonly row: EventRow } {
  invariant(entry.data.length <= EVENT_DATA_MAX_BYTES, 'event data within its limit');
  const encoded = encodeEntry(entry);
  const chain = engine.sha256(concat(chainBefore, u32(sequence), encoded));
  const nonce = nonceOf(sequence, generation, entry.bootCount);
  const body = concat(
    nonce,
    engine.aeadSeal(key, nonce, concat(chain, encoded.subarray(BOOT_BYTES)), NO_AAD),
  );
  return { bytes: concat(body, u32(crc32(body))), row: { ...entry, sequence, chain } };
}

/** Number and generation of a whole row; undefined for blank, torn or damaged bytes. */
export function peekRow(
  bytes: Uint8Array,
  at: number,
): { readonly sequence: number; readonly generation: number } | undefined {
  const body = bytes.subarray(at, at + CRC_AT);
  if (readU32(bytes, at + CRC_AT) !== crc32(body)) return undefined;
  return { sequence: readU32(body, 0), generation: readU32(body, 4) };
}

/** Undefined where it is no row, or not one that this lock wrote. */
export function openRow(engine: CryptoEngine, key: Uint8Array, bytes: Uint8Array): EventRow | undefined {
  const peeked = peekRow(bytes, 0);
  if (peeked === undefined) return undefined;
  const nonce = bytes.slice(0, PLAIN_BYTES);
  const plaintext = engine.aeadOpen(key, nonce, bytes.subarray(PLAIN_BYTES, CRC_AT), NO_AAD);
  if (plaintext === undefined) return undefined;
  const boot = nonce.subarray(PLAIN_BYTES - BOOT_BYTES);
  const entry = decodeEntry(concat(boot, plaintext.subarray(SHA256_BYTES)));
  return entry && { ...entry, sequence: peeked.sequence, chain: plaintext.slice(0, SHA256_BYTES) };
}

export const gapData = (fromSequence: number, toSequence: number, reasons: number): Uint8Array =>
  concat(u32(fromSequence), u32(toSequence), Uint8Array.of(reasons));

export const readGap = (data: Uint8Array): { from: number; to: number; reasons: number } => ({
  from: readU32(data, 0),
  to: readU32(data, 4),
  reasons: data[8] ?? 0,
});

function encodeEntry({ type, bootCount, timeS, data }: EventEntry): Uint8Array {
  const encoded = new Uint8Array(ENTRY_BYTES);
  writeU32(encoded, 0, bootCount);
  writeU32(encoded, 4, timeS);
  encoded[8] = EVENT_TYPES[type];
  encoded[9] = data.length;
  encoded.set(data, 10);
  return encoded;
}

function decodeEntry(encoded: Uint8Array): EventEntry | undefined {
  const type = eventTypeOf(encoded[8] ?? 0);
  const length = encoded[9] ?? 0;
  if (type === undefined || length > EVENT_DATA_MAX_BYTES) return undefined;
  const data = encoded.slice(10, 10 + length);
  return { type, bootCount: readU32(encoded, 0), timeS: readU32(encoded, 4), data };
}

/**
 * A number is used once in a boot. On a flash put back to an earlier state of the same boot it comes again, and
 * that takes another boot: no nonce ever does.
 */
const nonceOf = (sequence: number, generation: number, bootCount: number): Uint8Array =>
  concat(u32(sequence), u32(generation), u32(bootCount));
