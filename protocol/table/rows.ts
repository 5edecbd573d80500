// Rows of the credential table: 32 bytes each, sorted by all 32. WIRE 6.2.
import { compareBytes, concat, equalBytes, readU16, readU32, writeU16, writeU32 } from '../bytes.ts';
import { invariant } from '../errors.ts';
import { EQUAL_VERIFIERS_MAX, ROW_BYTES } from '../limits.ts';
import { refuseUnless, WireError } from '../wire-error.ts';

export const VERIFIER_BYTES = 16;
export const NO_END = 0xffff_ffff;
export const ALWAYS = 0;

const KINDS = { doorcode: 1, keycard: 2, app: 3 } as const;
export type CredentialKind = keyof typeof KINDS;
const FLAG_GUEST = 0x01;

export interface Row {
  /** 16 bytes: what a presented credential is turned into before it is looked up. */
  readonly verifier: Uint8Array;
  readonly credentialId: number;
  readonly kind: CredentialKind;
  readonly isGuest: boolean;
  /** 0 = always, n = the n-th schedule of the head. */
  readonly schedule: number;
  /** Live when startS <= now < endS. UTC seconds. */
  readonly startS: number;
  /** NO_END = never ends. */
  readonly endS: number;
}

export const kindNumber = (kind: CredentialKind): number => KINDS[kind];

export function encodeRow(row: Row): Uint8Array {
  invariant(row.verifier.length === VERIFIER_BYTES, 'a verifier of 16 bytes');
  const out = new Uint8Array(ROW_BYTES);
  out.set(row.verifier, 0);
  writeU32(out, 16, row.credentialId);
  out[20] = KINDS[row.kind];
  out[21] = row.isGuest ? FLAG_GUEST : 0;
  writeU16(out, 22, row.schedule);
  writeU32(out, 24, row.startS);
  writeU32(out, 28, row.endS);
  return out;
}

/** Throws WireError for a kind or flag of no meaning. */
export function decodeRow(bytes: Uint8Array): Row {
  refuseUnless(bytes.length === ROW_BYTES, 'WRONG_LENGTH', `a row is ${ROW_BYTES} bytes`);
  const kindByte = bytes[20];
  const kind = (Object.keys(KINDS) as CredentialKind[]).find((name) => KINDS[name] === kindByte);
  refuseUnless(kind !== undefined, 'OUT_OF_RANGE', `row kind ${kindByte}`);
  const flags = bytes[21] ?? 0;
  refuseUnless((flags & ~FLAG_GUEST) === 0, 'OUT_OF_RANGE', `row flags ${flags}`);
  return {
    verifier: bytes.slice(0, VERIFIER_BYTES),
    credentialId: readU32(bytes, 16),
    kind,
    isGuest: (flags & FLAG_GUEST) !== 0,
    schedule: readU16(bytes, 22),
    startS: readU32(bytes, 24),
    endS: readU32(bytes, 28),
  };
}

/** Rows in the order of the table. Throws GROUP_TOO_LARGE at the ninth equal verifier, NOT_SORTED at a row twice. */
export function sortRows(rows: readonly Uint8Array[]): Uint8Array[] {
  const sorted = [...rows].sort(compareBytes);
  requireOrder(sorted);
  return sorted;
}

/** Rows one by one, or as they stand in a table, one behind the other. */
export type Rows = readonly Uint8Array[] | Uint8Array;

export const joinRows = (rows: Rows): Uint8Array => (rows instanceof Uint8Array ? rows : concat(...rows));

export const countRows = (rows: Rows): number =>
  rows instanceof Uint8Array ? rows.length / ROW_BYTES : rows.length;

/** Strictly ascending, and no more than EQUAL_VERIFIERS_MAX rows of one verifier. */
export function requireOrder(rows: Rows): void {
  const joined = joinRows(rows);
  let groupRows = 1;
  for (let at = ROW_BYTES; at < joined.length; at += ROW_BYTES) {
    const order = compareRowsAt(joined, at - ROW_BYTES, at);
    if (order >= 0) {
      const row = at / ROW_BYTES;
      throw new WireError('NOT_SORTED', `row ${row} does not follow row ${row - 1}`);
    }
    groupRows = sameVerifierAt(joined, at - ROW_BYTES, at) ? groupRows + 1 : 1;
    refuseUnless(groupRows <= EQUAL_VERIFIERS_MAX, 'GROUP_TOO_LARGE', 'a ninth row of one verifier');
  }
}

/** Of two rows that begin at these places. Without a view of each: a table has thousands. */
function compareRowsAt(joined: Uint8Array, a: number, b: number): number {
  for (let i = 0; i < ROW_BYTES; i++) {
    const order = (joined[a + i] as number) - (joined[b + i] as number);
    if (order !== 0) return order;
  }
  return 0;
}

export function sameVerifierAt(joined: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < VERIFIER_BYTES; i++) if (joined[a + i] !== joined[b + i]) return false;
  return true;
}

/**
 * The rows of `before` without those that `drops` names by their place, and with `added`, which are in order: in order
 * too, where `before` was. Runs of rows that stay are copied as they stand.
 */
export function mergeRows(
  before: Uint8Array,
  drops: (at: number) => boolean,
  added: readonly Uint8Array[],
): Uint8Array {
  const parts: Uint8Array[] = [];
  let runStart = 0;
  let next = 0;
  const endRun = (at: number): void => {
    if (at > runStart) parts.push(before.subarray(runStart, at));
  };
  const places = added.map((row) => placeOf(before, row));
  for (let at = 0; at <= before.length; at += ROW_BYTES) {
    while (next < added.length && places[next] === at) {
      endRun(at);
      runStart = at;
      parts.push(added[next++] as Uint8Array);
    }
    if (at < before.length && drops(at)) {
      endRun(at);
      runStart = at + ROW_BYTES;
    }
  }
  endRun(before.length);
  return concat(...parts);
}

/** Where in rows that are in order the row belongs: before the first that is not below it. */
function placeOf(rows: Uint8Array, row: Uint8Array): number {
  let [low, high] = [0, rows.length / ROW_BYTES];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = middle * ROW_BYTES;
    if (compareBytes(rows.subarray(at, at + ROW_BYTES), row) < 0) low = middle + 1;
    else high = middle;
  }
  return low * ROW_BYTES;
}

/** Of an encoded row. */
export const credentialIdOf = (row: Uint8Array): number => credentialIdAt(row, 0);

/** Of the row that begins there. */
export const credentialIdAt = (rows: Uint8Array, at: number): number => readU32(rows, at + 16);

/** Of the row that begins there; NO_END where it never ends. */
export const endAt = (rows: Uint8Array, at: number): number => readU32(rows, at + 28);

export const verifierOf = (row: Uint8Array): Uint8Array => row.subarray(0, VERIFIER_BYTES);

export const sameVerifier = (a: Uint8Array, b: Uint8Array): boolean =>
  equalBytes(verifierOf(a), verifierOf(b));
