// One row of the event log at rest: 128 bytes; number, generation and boot in the clear, the rest sealed, then a CRC.
// A row's chain hash covers all rows before it that are still there.
import { concat, readU32, u32, utf8 } from '#protocol/bytes.ts';
import { AEAD_KEY_BYTES, SHA256_BYTES, type CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import type { Hash } from '#protocol/ids.ts';
import { decodeEvent, type EventData } from '#protocol/log/event-fields.ts';
import { EVENT_TYPES, eventTypeOf, type EventType } from '#protocol/log/event-types.ts';
import { decodeEntry, encodeEntry, nextChain, type LogEntry, type LogRow } from '#protocol/log/row.ts';
import type { ClockTrust } from '#protocol/signed/receipt.ts';
import { crc32 } from './crc32.ts';

export const EVENT_ROW_BYTES = 128;
/** Numbers are reserved in the settings, so many at a time, before they are used. */
export const EVENT_NUMBERS_PER_RESERVATION = 256;

export interface EventEntry {
  readonly type: EventType;
  readonly bootCount: number;
  /** UTC seconds by the lock's clock, as far as `clockTrust` says. */
  readonly timeS: number;
  readonly clockTrust: ClockTrust;
  /** At most EVENT_DATA_MAX_BYTES. */
  readonly data: Uint8Array;
}

export interface EventRow extends EventEntry {
  readonly sequence: number;
  /** SHA-256 over the chain before, the number and the entry. */
  readonly chain: Hash;
}

const PLAIN_BYTES = 12;
const BOOT_BYTES = 4;
const CRC_AT = EVENT_ROW_BYTES - 4;
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
  const wired = wireEntry(entry);
  const encoded = encodeEntry(wired);
  const chain = nextChain(engine, chainBefore, sequence, wired);
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
  const wired = decodeEntry(concat(boot, plaintext.subarray(SHA256_BYTES)));
  const entry = wired && eventEntry(wired);
  return entry && { ...entry, sequence: peeked.sequence, chain: plaintext.slice(0, SHA256_BYTES) as Hash };
}

/** As it goes into a batch. */
export function logRowOf({ sequence, chain, ...entry }: EventRow): LogRow {
  return { ...wireEntry(entry), sequence, chain };
}

/** Of a gap row. */
export function readGap(data: Uint8Array): EventData<'gap'> {
  const event = decodeEvent(EVENT_TYPES.gap, data);
  invariant(event?.type === 'gap', 'a gap row says which numbers');
  return event;
}

const wireEntry = ({ type, ...entry }: EventEntry): LogEntry => ({ ...entry, typeNumber: EVENT_TYPES[type] });

function eventEntry({ typeNumber, ...entry }: LogEntry): EventEntry | undefined {
  const type = eventTypeOf(typeNumber);
  return type && { ...entry, type };
}

/**
 * A number is used once in a boot. On a flash put back to an earlier state of the same boot it comes again, and
 * that takes another boot: no nonce ever does.
 */
const nonceOf = (sequence: number, generation: number, bootCount: number): Uint8Array =>
  concat(u32(sequence), u32(generation), u32(bootCount));
