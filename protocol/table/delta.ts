// The inside of a delta: what to take out of an exact base and what to put in. The result counts only if it
// hashes to what the manifest signs. WIRE 7.3.
import { array, bytes, decodeWith, encodeWith, nullable, tuple } from '../cbor/codec.ts';
import { compareBytes, encodeHex, equalBytes } from '../bytes.ts';
import { CHUNK_PLAINTEXT_BYTES, HEAD_MAX_BYTES, ROW_BYTES } from '../limits.ts';
import { refuseUnless } from '../wire-error.ts';
import { joinRows, sortRows, type Rows } from './rows.ts';

export interface Delta {
  /** Null where the head is unchanged. */
  readonly headBytes: Uint8Array | null;
  /** Encoded rows, in order. */
  readonly removed: readonly Uint8Array[];
  readonly added: readonly Uint8Array[];
}

export interface TableContent {
  readonly headBytes: Uint8Array;
  readonly rows: readonly Uint8Array[];
}

const rowsCodec = array(bytes(ROW_BYTES), Math.floor(CHUNK_PLAINTEXT_BYTES / ROW_BYTES));
const deltaCodec = tuple(nullable(bytes(1, HEAD_MAX_BYTES)), rowsCodec, rowsCodec);

/** Throws LIMIT_EXCEEDED where it does not fit one chunk: then a full set goes out. */
export function encodeDelta(delta: Delta): Uint8Array {
  requireInOrder(delta);
  const encoded = encodeWith(deltaCodec, [delta.headBytes, delta.removed, delta.added]);
  refuseUnless(encoded.length <= CHUNK_PLAINTEXT_BYTES, 'LIMIT_EXCEEDED', 'a delta larger than one chunk');
  return encoded;
}

export function decodeDelta(input: Uint8Array): Delta {
  const [headBytes, removed, added] = decodeWith(deltaCodec, input, CHUNK_PLAINTEXT_BYTES, 'delta');
  const delta = { headBytes, removed, added };
  requireInOrder(delta);
  return delta;
}

/** Throws TABLE_MISMATCH where a row to remove is not there or a row to add already is, GROUP_TOO_LARGE at a ninth. */
export function applyDelta(base: TableContent, delta: Delta): TableContent {
  const removed = new Set(delta.removed.map(encodeHex));
  const kept = base.rows.filter((row) => !removed.delete(encodeHex(row)));
  refuseUnless(removed.size === 0, 'TABLE_MISMATCH', 'a row to remove is not in the base');
  const held = new Set(kept.map(encodeHex));
  const isNew = delta.added.every((row) => !held.has(encodeHex(row)));
  refuseUnless(isNew, 'TABLE_MISMATCH', 'a row to add is in the base already');
  const rows = sortRows([...kept, ...delta.added]);
  return { headBytes: delta.headBytes ?? base.headBytes, rows };
}

/** What leads from one table to the other. Rows of both encoded and in order. */
export function deltaBetween(
  base: { readonly headBytes: Uint8Array; readonly rows: Rows },
  target: { readonly headBytes: Uint8Array; readonly rows: Rows },
): Delta {
  const isSameHead = equalBytes(base.headBytes, target.headBytes);
  const [from, to] = [joinRows(base.rows), joinRows(target.rows)];
  const removed: Uint8Array[] = [];
  const added: Uint8Array[] = [];
  let [a, b] = [0, 0];
  while (a < from.length || b < to.length) {
    const old = from.subarray(a, a + ROW_BYTES);
    const fresh = to.subarray(b, b + ROW_BYTES);
    const order = old.length === 0 ? 1 : fresh.length === 0 ? -1 : compareBytes(old, fresh);
    if (order < 0) removed.push(old);
    if (order > 0) added.push(fresh);
    if (order <= 0) a += ROW_BYTES;
    if (order >= 0) b += ROW_BYTES;
  }
  return { headBytes: isSameHead ? null : target.headBytes, removed, added };
}

function requireInOrder({ removed, added }: Delta): void {
  for (const rows of [removed, added]) {
    for (let i = 1; i < rows.length; i++) {
      const inOrder = compareBytes(rows[i - 1] as Uint8Array, rows[i] as Uint8Array) < 0;
      refuseUnless(inOrder, 'NOT_SORTED', 'rows of a delta out of order');
    }
  }
}
