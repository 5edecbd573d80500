// Does this credential open this door now? Pure: table, attempt, time and lock state in, one decision out, with
// one reason code and one sentence. Opens exactly one chunk of the table. Deny is the default.
import { compareBytes } from '#protocol/bytes.ts';
import { ROW_BYTES } from '#protocol/limits.ts';
import type { ClockTrust } from '#protocol/signed/receipt.ts';
import { rowsOfChunk } from '#protocol/table/chunks.ts';
import {
  ALWAYS,
  decodeRow,
  NO_END,
  VERIFIER_BYTES,
  type CredentialKind,
  type Row,
} from '#protocol/table/rows.ts';

/** What a decision needs of the table in force. */
export interface TableView {
  readonly tableVersion: number;
  /** The one chunk that can hold rows of that verifier. */
  findChunk(verifier: Uint8Array): number | undefined;
  /** The plaintext of one chunk; undefined where flash no longer yields it. */
  openChunk(index: number): Uint8Array | undefined;
}

export interface Attempt {
  readonly kind: CredentialKind;
  readonly verifier: Uint8Array;
}

export interface LockClock {
  readonly nowS: number;
  readonly trust: ClockTrust;
}

export type Reason =
  | 'OPENED'
  | 'NO_TABLE'
  | 'TABLE_DAMAGED'
  | 'UNKNOWN_CREDENTIAL'
  | 'NOT_YET'
  | 'EXPIRED'
  | 'OUT_OF_SCHEDULE'
  | 'CLOCK_UNTRUSTED';

export interface Decision {
  readonly outcome: 'open' | 'refused';
  readonly reason: Reason;
  readonly sentence: string;
  /** The row that decided: the one that opens, or the nearest one that does not. */
  readonly row: Row | undefined;
  /** Undefined without a table. */
  readonly tableVersion: number | undefined;
}

export function decide(table: TableView | undefined, attempt: Attempt, clock: LockClock): Decision {
  if (table === undefined)
    return refused('NO_TABLE', 'The lock has no table in force.', undefined, undefined);
  const { tableVersion } = table;
  const chunkIndex = table.findChunk(attempt.verifier);
  const unknown = (): Decision =>
    refused(
      'UNKNOWN_CREDENTIAL',
      `No row of table version ${tableVersion} knows this ${attempt.kind}.`,
      undefined,
      tableVersion,
    );
  if (chunkIndex === undefined) return unknown();
  const plaintext = table.openChunk(chunkIndex);
  if (plaintext === undefined) {
    return refused(
      'TABLE_DAMAGED',
      `Chunk ${chunkIndex} of table version ${tableVersion} does not open.`,
      undefined,
      tableVersion,
    );
  }
  const rows = rowsWith(rowsOfChunk(plaintext), attempt.verifier).filter((row) => row.kind === attempt.kind);
  const judged = rows.map((row) => judgeRow(row, clock, tableVersion));
  return judged.find(({ outcome }) => outcome === 'open') ?? judged[0] ?? unknown();
}

function rowsWith(rowsBytes: Uint8Array, verifier: Uint8Array): Row[] {
  const verifierAt = (row: number): Uint8Array =>
    rowsBytes.subarray(row * ROW_BYTES, row * ROW_BYTES + VERIFIER_BYTES);
  const count = rowsBytes.length / ROW_BYTES;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes(verifierAt(middle), verifier) < 0) low = middle + 1;
    else high = middle;
  }
  const found: Row[] = [];
  for (let row = low; row < count && compareBytes(verifierAt(row), verifier) === 0; row++) {
    found.push(decodeRow(rowsBytes.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES)));
  }
  return found;
}

function judgeRow(row: Row, clock: LockClock, tableVersion: number): Decision {
  const isBound = row.startS > 0 || row.endS !== NO_END || row.schedule !== ALWAYS;
  const credential = `Credential ${row.credentialId} of table version ${tableVersion}`;
  if (isBound && clock.trust === 'lost') {
    return refused(
      'CLOCK_UNTRUSTED',
      `${credential} is bound to a time, and the lock has lost its clock.`,
      row,
      tableVersion,
    );
  }
  if (clock.nowS < row.startS) {
    return refused(
      'NOT_YET',
      `${credential} begins ${row.startS - clock.nowS} s from now.`,
      row,
      tableVersion,
    );
  }
  if (row.endS !== NO_END && clock.nowS >= row.endS) {
    return refused('EXPIRED', `${credential} ended ${clock.nowS - row.endS} s ago.`, row, tableVersion);
  }
  if (row.schedule !== ALWAYS) {
    return refused(
      'OUT_OF_SCHEDULE',
      `${credential} has schedule ${row.schedule}, which this firmware does not keep.`,
      row,
      tableVersion,
    );
  }
  return { outcome: 'open', reason: 'OPENED', sentence: `${credential} is live.`, row, tableVersion };
}

function refused(
  reason: Reason,
  sentence: string,
  row: Row | undefined,
  tableVersion: number | undefined,
): Decision {
  return { outcome: 'refused', reason, sentence, row, tableVersion };
}
