// What each event row says, as bytes within its limit: who opened or was refused, by which table, why. Never a
// code, a key or a name.
import { concat, u32 } from '#protocol/bytes.ts';
import { kindNumber, type CredentialKind } from '#protocol/table/rows.ts';
import { tripleBytes, type Triple } from '#protocol/triple.ts';
import { refusalNumbers, type RefusalCode } from '#protocol/sync/refusals.ts';
import type { Decision, Reason } from './access/decide.ts';

/** Numbers are for ever: a new reason gets a new one. */
const REASONS: Readonly<Record<Reason, number>> = {
  OPENED: 1,
  NO_TABLE: 2,
  TABLE_DAMAGED: 3,
  UNKNOWN_CREDENTIAL: 4,
  NOT_YET: 5,
  EXPIRED: 6,
  OUT_OF_SCHEDULE: 7,
  CLOCK_UNTRUSTED: 8,
};

/** Reason u8, kind u8, credential id u32 (0 = unknown), table version u32. */
export const decisionData = (decision: Decision, kind: CredentialKind): Uint8Array =>
  concat(
    Uint8Array.of(REASONS[decision.reason], kindNumber(kind)),
    u32(decision.row?.credentialId ?? 0),
    u32(decision.tableVersion ?? 0),
  );

/** Triple, 12 bytes. */
export const committedData = (triple: Triple): Uint8Array => tripleBytes(triple);

/** Refusal code u8, triple in force 12 bytes. */
export const alarmData = (code: RefusalCode, triple: Triple): Uint8Array =>
  concat(Uint8Array.of(refusalNumbers[code]), tripleBytes(triple));
