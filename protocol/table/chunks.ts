// A table cut into chunks of 4,080 bytes: chunk 0 holds the head, the others rows, greedily packed, a group of
// equal verifiers never split, so that a lookup opens exactly one. WIRE 6.4.
import { compareBytes, equalBytes, readU16, writeU16 } from '../bytes.ts';
import type { CryptoEngine, Sha256Stream } from '../crypto/engine.ts';
import type { Hash } from '../ids.ts';
import {
  CHUNKS_MAX,
  CHUNK_PLAINTEXT_BYTES,
  EQUAL_VERIFIERS_MAX,
  HEAD_MAX_BYTES,
  ROWS_MAX,
  ROWS_PER_CHUNK,
  ROW_BYTES,
} from '../limits.ts';
import { refuseUnless, WireError } from '../wire-error.ts';
import { decodeHead } from './head.ts';
import {
  countRows,
  decodeRow,
  joinRows,
  requireOrder,
  sameVerifier,
  sameVerifierAt,
  verifierOf,
  type Rows,
} from './rows.ts';

const COUNT_BYTES = 2;

/**
 * `rows`: encoded and in order (`sortRows`, else NOT_SORTED or GROUP_TOO_LARGE). Throws LIMIT_EXCEEDED above
 * ROWS_MAX, and below it where groups that stay whole leave too many chunks part empty.
 */
export function packTable(headBytes: Uint8Array, rows: Rows): Uint8Array[] {
  const count = countRows(rows);
  refuseUnless(headBytes.length <= HEAD_MAX_BYTES, 'LIMIT_EXCEEDED', 'a head larger than its chunk');
  refuseUnless(count <= ROWS_MAX, 'LIMIT_EXCEEDED', `${count} rows; a table holds ${ROWS_MAX}`);
  const joined = joinRows(rows);
  requireOrder(joined);
  const chunks = [withCount(headBytes.length, headBytes)];
  for (let at = 0; at < count;) {
    const end = endOfChunk(joined, at);
    chunks.push(withCount(end - at, joined.subarray(at * ROW_BYTES, end * ROW_BYTES)));
    at = end;
  }
  refuseUnless(
    chunks.length <= CHUNKS_MAX,
    'LIMIT_EXCEEDED',
    `${chunks.length} chunks; a table has ${CHUNKS_MAX}`,
  );
  return chunks;
}

/** The head's bytes out of chunk 0. */
export function headOfChunk(plaintext: Uint8Array): Uint8Array {
  requireChunkLength(plaintext);
  const length = readU16(plaintext, 0);
  refuseUnless(length <= HEAD_MAX_BYTES, 'OUT_OF_RANGE', 'a head longer than its chunk');
  requireZeros(plaintext, COUNT_BYTES + length);
  return plaintext.subarray(COUNT_BYTES, COUNT_BYTES + length);
}

/** The rows' bytes out of a later chunk, 32 a row, at least one row. */
export function rowsOfChunk(plaintext: Uint8Array): Uint8Array {
  requireChunkLength(plaintext);
  const count = readU16(plaintext, 0);
  refuseUnless(count >= 1 && count <= ROWS_PER_CHUNK, 'OUT_OF_RANGE', `a chunk of ${count} rows`);
  const end = COUNT_BYTES + count * ROW_BYTES;
  requireZeros(plaintext, end);
  return plaintext.subarray(COUNT_BYTES, end);
}

export function* eachRow(rowsBytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < rowsBytes.length; at += ROW_BYTES) yield rowsBytes.subarray(at, at + ROW_BYTES);
}

/** The hash and size that the manifest signs: head and rows, without counts and padding. */
export function hashTable(
  engine: CryptoEngine,
  headBytes: Uint8Array,
  rows: Rows,
): { tableHash: Hash; tableBytes: number } {
  const joined = joinRows(rows);
  const tableHash = engine.sha256Stream().update(headBytes).update(joined).digest() as Hash;
  return { tableHash, tableBytes: headBytes.length + joined.length };
}

/**
 * Checks a whole table one chunk at a time in constant memory: a head and rows that mean something, order within
 * and across chunks, no group split or too large; `finish` compares counts, size and hash. What passes is a table
 * that a lock can decide by: it gives up the old one for nothing less. Each method throws WireError.
 */
export class TableCheck {
  readonly #hash: Sha256Stream;
  #tableBytes = 0;
  #chunks = 0;
  #rows = 0;
  #schedules = 0;
  #lastRow: Uint8Array | undefined;
  #groupRows = 0;

  constructor(engine: CryptoEngine) {
    this.#hash = engine.sha256Stream();
  }

  addChunk(plaintext: Uint8Array): void {
    if (this.#chunks++ === 0) {
      const headBytes = headOfChunk(plaintext);
      this.#schedules = decodeHead(headBytes).schedules.length;
      this.#add(headBytes);
      return;
    }
    const rowsBytes = rowsOfChunk(plaintext);
    const previous = this.#lastRow;
    const first = rowsBytes.subarray(0, ROW_BYTES);
    if (previous !== undefined && sameVerifier(previous, first)) {
      throw new WireError('GROUP_SPLIT', `chunk ${this.#chunks - 1} goes on with the verifier before it`);
    }
    for (const row of eachRow(rowsBytes)) this.#checkRow(row);
    this.#add(rowsBytes);
  }

  finish(expected: {
    readonly tableHash: Uint8Array;
    readonly tableBytes: number;
    readonly rowCount: number;
  }): void {
    refuseUnless(
      this.#rows === expected.rowCount,
      'TABLE_MISMATCH',
      'the table has not the signed count of rows',
    );
    refuseUnless(
      this.#tableBytes === expected.tableBytes,
      'TABLE_MISMATCH',
      'the table is not of the signed size',
    );
    const isSigned = equalBytes(this.#hash.digest(), expected.tableHash);
    refuseUnless(isSigned, 'TABLE_MISMATCH', 'the table does not hash to the signed hash');
  }

  #add(part: Uint8Array): void {
    this.#hash.update(part);
    this.#tableBytes += part.length;
  }

  #checkRow(row: Uint8Array): void {
    this.#rows++;
    const { schedule } = decodeRow(row);
    refuseUnless(schedule <= this.#schedules, 'OUT_OF_RANGE', `schedule ${schedule} of ${this.#schedules}`);
    const previous = this.#lastRow;
    const inOrder = previous === undefined || compareBytes(previous, row) < 0;
    refuseUnless(inOrder, 'NOT_SORTED', 'rows out of order');
    this.#groupRows = previous !== undefined && sameVerifier(previous, row) ? this.#groupRows + 1 : 1;
    refuseUnless(this.#groupRows <= EQUAL_VERIFIERS_MAX, 'GROUP_TOO_LARGE', 'a ninth row of one verifier');
    // A copy of one row: the chunk's buffer is the caller's to reuse.
    this.#lastRow = row.slice();
  }
}

/** The first verifier of a row chunk: what the lookup's index holds. */
export const firstVerifier = (plaintext: Uint8Array): Uint8Array =>
  verifierOf(plaintext.subarray(COUNT_BYTES, COUNT_BYTES + ROW_BYTES)).slice();

function endOfChunk(joined: Uint8Array, start: number): number {
  const count = countRows(joined);
  let end = Math.min(start + ROWS_PER_CHUNK, count);
  const splits = (at: number): boolean =>
    at < count && sameVerifierAt(joined, (at - 1) * ROW_BYTES, at * ROW_BYTES);
  while (splits(end)) end--;
  return end;
}

function withCount(count: number, content: Uint8Array): Uint8Array {
  const out = new Uint8Array(CHUNK_PLAINTEXT_BYTES);
  writeU16(out, 0, count);
  out.set(content, COUNT_BYTES);
  return out;
}

function requireChunkLength(plaintext: Uint8Array): void {
  refuseUnless(plaintext.length === CHUNK_PLAINTEXT_BYTES, 'WRONG_LENGTH', 'a chunk that is not 4,080 bytes');
}

function requireZeros(plaintext: Uint8Array, from: number): void {
  for (let i = from; i < plaintext.length; i++) {
    if (plaintext[i] !== 0) throw new WireError('BAD_PADDING', 'a chunk is not filled up with zeros');
  }
}
