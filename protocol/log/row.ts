// A row of a lock's event log: its entry of fixed length, which the chain runs over, and its shorter form within a
// batch. What a type's data means is no matter here, so a row of a later type is kept and chained all the same.
// WIRE 13.1.
import { concat, readU32, u32, writeU32 } from '../bytes.ts';
import { SHA256_BYTES, type CryptoEngine } from '../crypto/engine.ts';
import { invariant } from '../errors.ts';
import type { Hash } from '../ids.ts';
import { EVENT_DATA_MAX_BYTES } from '../limits.ts';
import type { ClockTrust } from '../signed/receipt.ts';
import { refuseUnless } from '../wire-error.ts';

export interface LogEntry {
  readonly typeNumber: number;
  readonly bootCount: number;
  /** UTC seconds by the lock's clock, as far as `clockTrust` says. */
  readonly timeS: number;
  readonly clockTrust: ClockTrust;
  readonly data: Uint8Array;
}

export interface LogRow extends LogEntry {
  readonly sequence: number;
  /** Over all rows up to this one. */
  readonly chain: Hash;
}

/** Number and chain of the newest row that is known. */
export interface LogHead {
  readonly sequence: number;
  readonly chain: Uint8Array;
}

/** Before the first row of all. */
export const NO_LOG: LogHead = { sequence: 0, chain: new Uint8Array(SHA256_BYTES) };

const FIXED_BYTES = 10;
export const LOG_ENTRY_BYTES = FIXED_BYTES + EVENT_DATA_MAX_BYTES;
const SEQUENCE_BYTES = 4;
const TRUSTS: readonly ClockTrust[] = ['trusted', 'drifting', 'lost'];
const LENGTH_MASK = 0x3f;

/** Boot u32, time u32, type u8, then trust in the two high bits of the length u8, and the data, zeros behind. */
export function encodeEntry({ typeNumber, bootCount, timeS, clockTrust, data }: LogEntry): Uint8Array {
  invariant(data.length <= EVENT_DATA_MAX_BYTES, 'event data within its limit');
  const encoded = new Uint8Array(LOG_ENTRY_BYTES);
  writeU32(encoded, 0, bootCount);
  writeU32(encoded, 4, timeS);
  encoded[8] = typeNumber;
  encoded[9] = (TRUSTS.indexOf(clockTrust) << 6) | data.length;
  encoded.set(data, FIXED_BYTES);
  return encoded;
}

/** From the start of `encoded`; undefined where it is no entry. Zeros behind the data are not looked at. */
export function decodeEntry(encoded: Uint8Array): LogEntry | undefined {
  const length = (encoded[9] ?? 0) & LENGTH_MASK;
  const clockTrust = TRUSTS[(encoded[9] ?? 0) >> 6];
  const typeNumber = encoded[8] ?? 0;
  const isWhole = length <= EVENT_DATA_MAX_BYTES && encoded.length >= FIXED_BYTES + length;
  if (!isWhole || clockTrust === undefined || typeNumber === 0) return undefined;
  const data = encoded.slice(FIXED_BYTES, FIXED_BYTES + length);
  return { typeNumber, bootCount: readU32(encoded, 0), timeS: readU32(encoded, 4), clockTrust, data };
}

/** SHA-256 over the chain before, the number and the entry. */
export const nextChain = (
  engine: CryptoEngine,
  before: Uint8Array,
  sequence: number,
  entry: LogEntry,
): Hash => engine.sha256(concat(before, u32(sequence), encodeEntry(entry))) as Hash;

/** What a row takes in a batch. */
export const packedBytes = ({ data }: LogEntry): number => SEQUENCE_BYTES + FIXED_BYTES + data.length;

/** Number u32, then the entry without the zeros behind. */
export const packRows = (rows: readonly LogRow[]): Uint8Array =>
  concat(
    ...rows.flatMap((row) => [
      u32(row.sequence),
      encodeEntry(row).subarray(0, FIXED_BYTES + row.data.length),
    ]),
  );

/** In ascending order of their numbers, nothing behind the last. Throws WireError. */
export function unpackRows(packed: Uint8Array, count: number): Omit<LogRow, 'chain'>[] {
  const rows: Omit<LogRow, 'chain'>[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    refuseUnless(packed.length >= at + SEQUENCE_BYTES + FIXED_BYTES, 'TRUNCATED', `row ${n} ends early`);
    const sequence = readU32(packed, at);
    refuseUnless(sequence > (rows.at(-1)?.sequence ?? 0), 'NOT_SORTED', `row ${sequence} out of order`);
    const entry = decodeEntry(packed.subarray(at + SEQUENCE_BYTES));
    refuseUnless(entry !== undefined, 'OUT_OF_RANGE', `row ${sequence} is none`);
    rows.push({ sequence, ...entry });
    at += packedBytes(entry);
  }
  refuseUnless(at === packed.length, 'TRAILING_BYTES', 'something behind the last row');
  return rows;
}
