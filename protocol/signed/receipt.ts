// The receipt: the lock's signed word on what it applied. A sync task closes on nothing else. WIRE 9.7.
import {
  bytes,
  decodeWith,
  encodeWith,
  enumeration,
  field,
  int,
  literal,
  nullable,
  struct,
  u32,
} from '../cbor/codec.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { hashCodec, type Hash, type LockId } from '../ids.ts';
import { RECEIPT_MAX_BYTES } from '../limits.ts';
import { tripleCodec, type Triple } from '../triple.ts';
import { refuseUnless } from '../wire-error.ts';
import { parseSign1, sign1, verifyParts, type SignedParts, type Signer } from './cose.ts';

const FORMAT = 1;
export const NONCE_BYTES = 16;

export type TableState = 'none' | 'active' | 'degraded';
export type ClockTrust = 'trusted' | 'drifting' | 'lost';

export interface Receipt {
  readonly format: typeof FORMAT;
  /** The audience that it was signed for: not said again in the payload. */
  readonly lockId: LockId;
  /** Of the table in force; with table version 0 where there is none. */
  readonly triple: Triple;
  readonly tableHash: Hash | null;
  readonly tableState: TableState;
  readonly courierNonce: Uint8Array;
  readonly cloudNonce: Uint8Array;
  readonly lockTimeS: number;
  readonly clockTrust: ClockTrust;
  readonly clockUncertaintyS: number;
  /** With `logSequence` the order of a lock's receipts. */
  readonly bootCount: number;
  readonly batteryPercent: number;
  readonly firmware: number;
  /** Number and chained hash of the newest row of the event log. */
  readonly logSequence: number;
  readonly logHash: Hash;
}

const payloadCodec = struct<Omit<Receipt, 'lockId'>>({
  format: field(1, literal(FORMAT)),
  triple: field(2, tripleCodec),
  tableHash: field(3, nullable(hashCodec)),
  tableState: field(4, enumeration({ none: 0, active: 1, degraded: 2 })),
  courierNonce: field(5, bytes(NONCE_BYTES)),
  cloudNonce: field(6, bytes(NONCE_BYTES)),
  lockTimeS: field(7, u32),
  clockTrust: field(8, enumeration({ trusted: 0, drifting: 1, lost: 2 })),
  clockUncertaintyS: field(9, u32),
  bootCount: field(10, u32),
  batteryPercent: field(11, int(0, 100)),
  firmware: field(12, u32),
  logSequence: field(13, u32),
  logHash: field(14, hashCodec),
});

export const signReceipt = (engine: CryptoEngine, identity: Signer, receipt: Receipt): Uint8Array =>
  sign1(engine, identity, 'receipt', receipt.lockId, encodeWith(payloadCodec, receipt));

/** Throws WireError; what comes back was signed by that lock. */
export function verifyReceipt(
  engine: CryptoEngine,
  input: Uint8Array,
  lockId: LockId,
  identityKey: Uint8Array,
): Receipt {
  const parts = parseSign1(input, RECEIPT_MAX_BYTES, 'receipt', lockId);
  verifyParts(engine, parts, identityKey);
  return decodePayload(parts, lockId);
}

/** What a courier may show of a receipt that only the cloud can check. */
export function peekReceipt(input: Uint8Array, lockId: LockId): Receipt {
  return decodePayload(parseSign1(input, RECEIPT_MAX_BYTES, 'receipt', lockId), lockId);
}

function decodePayload(parts: SignedParts, lockId: LockId): Receipt {
  const receipt = decodeWith(payloadCodec, parts.payload, RECEIPT_MAX_BYTES, 'receipt');
  const namesItsTable = receipt.tableState !== 'active' || receipt.tableHash !== null;
  refuseUnless(namesItsTable, 'WRONG_TYPE', 'an active table without its hash');
  return { ...receipt, lockId };
}

/** Receipts of one lock in the order they were made: by boot, then by log sequence. */
export const compareReceipts = (
  a: Pick<Receipt, 'bootCount' | 'logSequence'>,
  b: Pick<Receipt, 'bootCount' | 'logSequence'>,
): number => a.bootCount - b.bootCount || a.logSequence - b.logSequence;
