// Rows of the credential table: 32 bytes each, sorted by all 32. WIRE 6.2.
import { compareBytes, equalBytes, readU16, readU32, writeU16, writeU32 } from '../bytes.ts';
import { invariant } from '../errors.ts';
import { EQUAL_VERIFIERS_MAX, ROW_BYTES } from '../limits.ts';
import { refuseUnless } from '../wire-error.ts';

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

/** Strictly ascending, and no more than EQUAL_VERIFIERS_MAX rows of one verifier. */
export function requireOrder(rows: readonly Uint8Array[]): void {
  let groupRows = 1;
  for (let i = 1; i < rows.length; i++) {
    const previous = rows[i - 1] as Uint8Array;
    const row = rows[i] as Uint8Array;
    refuseUnless(compareBytes(previous, row) < 0, 'NOT_SORTED', `row ${i} does not follow row ${i - 1}`);
    groupRows = sameVerifier(previous, row) ? groupRows + 1 : 1;
    refuseUnless(groupRows <= EQUAL_VERIFIERS_MAX, 'GROUP_TOO_LARGE', 'a ninth row of one verifier');
  }
}

/** Of an encoded row. */
export const credentialIdOf = (row: Uint8Array): number => readU32(row, 16);

/** Of an encoded row; NO_END where it never ends. */
export const endOf = (row: Uint8Array): number => readU32(row, 28);

export const verifierOf = (row: Uint8Array): Uint8Array => row.subarray(0, VERIFIER_BYTES);

export const sameVerifier = (a: Uint8Array, b: Uint8Array): boolean =>
  equalBytes(verifierOf(a), verifierOf(b));
