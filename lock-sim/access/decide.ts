// Does this credential open this door now? Pure: table, attempt and lock state in, one decision out, with one
// reason code and one sentence. Opens exactly one chunk of the table. Deny is the default.
import { compareBytes } from '#protocol/bytes.ts';
import { ROW_BYTES } from '#protocol/limits.ts';
import { rowsOfChunk } from '#protocol/table/chunks.ts';
import { decodeRow, VERIFIER_BYTES, type Row } from '#protocol/table/rows.ts';
import { DOORCODE_DIGITS_MAX, DOORCODE_DIGITS_MIN } from '#protocol/table/verifier.ts';
import {
  refusal,
  type Attempt,
  type Decision,
  type LockState,
  type TableView,
  type Verdict,
} from './decision.ts';
import { spellSpan } from './duration.ts';
import { judgeDaily } from './judge-daily.ts';
import { judgeRow, nearest } from './judge-row.ts';

export function decide(table: TableView | undefined, attempt: Attempt, state: LockState): Decision {
  return decisionOf(judge(table, attempt, state), table, attempt, state);
}

function judge(table: TableView | undefined, attempt: Attempt, state: LockState): Verdict {
  const { kind, verifier } = attempt;
  if (verifier === undefined) return refusal('MALFORMED', malformed(kind));
  const { remainingS, failures } = state.lockout;
  if (kind === 'doorcode' && remainingS > 0) {
    const sentence = `The keypad is locked out for another ${spellSpan(remainingS)} after ${failures} wrong entries.`;
    return refusal('LOCKED_OUT', sentence);
  }
  if (table === undefined) return refusal('NO_TABLE', 'The lock has no table in force.');
  const chunkIndex = table.findChunk(verifier);
  if (chunkIndex !== undefined) {
    const plaintext = table.openChunk(chunkIndex);
    if (plaintext === undefined) {
      const sentence = `Chunk ${chunkIndex} of table version ${table.tableVersion} does not open.`;
      return refusal('TABLE_DAMAGED', sentence);
    }
    const rows = rowsWith(rowsOfChunk(plaintext), verifier).filter((row) => row.kind === kind);
    const verdict = nearest(rows.map((row) => judgeRow(row, table, state)));
    // A permanent match ends the search, live or not: no daily code is looked for behind it.
    if (verdict !== undefined) return verdict;
  }
  return judgeUnknown(table, attempt, state);
}

/** No row has it: a daily code, or nothing that this lock knows. */
function judgeUnknown(table: TableView, { kind, isDaily }: Attempt, state: LockState): Verdict {
  const { head, tableVersion } = table;
  const isGuess = kind === 'doorcode';
  if (isDaily !== undefined && head !== undefined && head.daily.dailySlots + head.daily.singleUseSlots > 0) {
    if (state.clock.trust === 'lost') {
      const sentence = 'No row knows this doorcode, and daily codes need a clock, which the lock has lost.';
      return refusal('CLOCK_UNTRUSTED', sentence, { isGuess });
    }
    const verdict = judgeDaily({ head, tableVersion, isCode: isDaily }, state);
    if (verdict !== undefined) return verdict;
  }
  const sentence = `No row of table version ${tableVersion} knows this ${kind}.`;
  return refusal('UNKNOWN_CREDENTIAL', sentence, { isGuess });
}

function decisionOf(
  verdict: Verdict,
  table: TableView | undefined,
  attempt: Attempt,
  state: LockState,
): Decision {
  const { outcome, reason, sentence, row, slot, isGuess = false } = verdict;
  return {
    outcome,
    reason,
    sentence,
    credential: { kind: verdict.credential ?? attempt.kind, id: row?.credentialId ?? slot },
    row,
    schedule: row?.schedule,
    tableVersion: table?.tableVersion,
    clock: state.clock,
    lockout: state.lockout,
    isGuess,
  };
}

function malformed(kind: Attempt['kind']): string {
  switch (kind) {
    case 'doorcode':
      return `A doorcode has ${DOORCODE_DIGITS_MIN} to ${DOORCODE_DIGITS_MAX} digits.`;
    case 'keycard':
      return 'No keycard has an id of that length.';
    case 'app':
      return 'A phone is known by a key of 32 bytes.';
  }
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
