// A batch of event rows on its way to the cloud: signed by the lock, sealed to the cloud's log key, so that no
// courier can read, change, drop or reorder a row in it. WIRE 13.3.
import { bool, bytes, decodeWith, encodeWith, field, int, literal, struct, u32 } from '../cbor/codec.ts';
import { concat, equalBytes, u32 as u32Bytes, utf8 } from '../bytes.ts';
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type CryptoEngine } from '../crypto/engine.ts';
import { hashCodec, type Hash, type LockId } from '../ids.ts';
import { CONTROL_MESSAGE_MAX_BYTES, LOG_BATCH_ROWS_MAX_BYTES } from '../limits.ts';
import { nextChain, NO_LOG, packRows, unpackRows, type LogRow } from '../log/row.ts';
import { refuseUnless, WireError } from '../wire-error.ts';
import { parseSign1, sign1, verifyParts, type SignedParts, type Signer } from './cose.ts';

const FORMAT = 1;
const NONCE = new Uint8Array(AEAD_NONCE_BYTES);
const NO_AAD = new Uint8Array(0);

interface LogBatch {
  readonly format: typeof FORMAT;
  /** The lock has looked for rows from this number on ... */
  readonly from: number;
  /** ... up to this one: those between that are not among the rows are lost. `from` - 1 without rows. */
  readonly to: number;
  readonly rowCount: number;
  /** Chain at the first row; zeros without rows. */
  readonly firstChain: Hash;
  /** Chain at the last row; zeros without rows. */
  readonly lastChain: Hash;
  /** There is no row behind `to` yet. */
  readonly isLast: boolean;
  /** Whose log key the rows are sealed to. */
  readonly keySetNumber: number;
  readonly ephemeralKey: Uint8Array;
  readonly sealedRows: Uint8Array;
}

const batchCodec = struct<LogBatch>({
  format: field(1, literal(FORMAT)),
  from: field(2, int(1, 0xffff_ffff)),
  to: field(3, u32),
  rowCount: field(4, int(0, 0xffff)),
  firstChain: field(5, hashCodec),
  lastChain: field(6, hashCodec),
  isLast: field(7, bool),
  keySetNumber: field(8, u32),
  ephemeralKey: field(9, bytes(32)),
  sealedRows: field(10, bytes(AEAD_TAG_BYTES, LOG_BATCH_ROWS_MAX_BYTES + AEAD_TAG_BYTES)),
});

/** What a batch says. */
export interface LogBatchContent extends Pick<LogBatch, 'from' | 'isLast'> {
  /** Each chained to the one before, in the order of their numbers, none below `from`. */
  readonly rows: readonly LogRow[];
}
export type OpenedLogBatch = LogBatchContent & Pick<LogBatch, 'to'>;

export interface LogSealing {
  readonly lockId: LockId;
  readonly keySetNumber: number;
  /** X25519, of that key set. */
  readonly logKey: Uint8Array;
  /** Fresh for every batch. */
  readonly ephemeralSecret: Uint8Array;
}

/** The lock's side; at most a control message. Throws BAD_SEAL for a log key that gives no secret. */
export function signLogBatch(
  engine: CryptoEngine,
  identity: Signer,
  { lockId, keySetNumber, logKey, ephemeralSecret }: LogSealing,
  { from, isLast, rows }: LogBatchContent,
): Uint8Array {
  const to = rows.at(-1)?.sequence ?? from - 1;
  const ephemeralKey = engine.x25519PublicKey(ephemeralSecret);
  const shared = engine.x25519(ephemeralSecret, logKey);
  const key = derive(engine, shared, concat(ephemeralKey, logKey), lockId, { keySetNumber, from, to });
  const payload = encodeWith(batchCodec, {
    format: FORMAT,
    from,
    to,
    rowCount: rows.length,
    firstChain: (rows[0]?.chain ?? NO_LOG.chain) as Hash,
    lastChain: (rows.at(-1)?.chain ?? NO_LOG.chain) as Hash,
    isLast,
    keySetNumber,
    ephemeralKey,
    sealedRows: engine.aeadSeal(key, NONCE, packRows(rows), NO_AAD),
  });
  return sign1(engine, identity, 'log-batch', lockId, payload);
}

export interface LogOpening {
  readonly lockId: LockId;
  readonly identityKey: Uint8Array;
  /** The X25519 secret of a key set, past ones too; undefined for one that is not ours. */
  readonly logSecretOf: (keySetNumber: number) => Uint8Array | undefined;
}

/**
 * The cloud's side: signature, seal, order and chain of the rows. Whether it goes on from what is known is for
 * `joinLog`. Throws WireError.
 */
export function openLogBatch(
  engine: CryptoEngine,
  input: Uint8Array,
  { lockId, identityKey, logSecretOf }: LogOpening,
): OpenedLogBatch {
  const parts = parseSign1(input, CONTROL_MESSAGE_MAX_BYTES, 'log-batch', lockId);
  verifyParts(engine, parts, identityKey);
  const batch = decodePayload(parts);
  const logSecret = logSecretOf(batch.keySetNumber);
  refuseUnless(logSecret !== undefined, 'UNKNOWN_KEY', `sealed to key set ${batch.keySetNumber}`);
  const salt = concat(batch.ephemeralKey, engine.x25519PublicKey(logSecret));
  const key = derive(engine, engine.x25519(logSecret, batch.ephemeralKey), salt, lockId, batch);
  const packed = engine.aeadOpen(key, NONCE, batch.sealedRows, NO_AAD);
  refuseUnless(packed !== undefined, 'BAD_SEAL', 'the rows do not open');
  return { from: batch.from, to: batch.to, isLast: batch.isLast, rows: chained(engine, batch, packed) };
}

/** What a courier, who can check nothing, goes by to pull the next. Throws WireError. */
export function peekLogBatch(input: Uint8Array, lockId: LockId): Pick<LogBatch, 'from' | 'to' | 'isLast'> {
  const parts = parseSign1(input, CONTROL_MESSAGE_MAX_BYTES, 'log-batch', lockId);
  const { from, to, isLast } = decodePayload(parts);
  return { from, to, isLast };
}

function decodePayload(parts: SignedParts): LogBatch {
  const batch = decodeWith(batchCodec, parts.payload, CONTROL_MESSAGE_MAX_BYTES, 'log batch');
  const { from, to, rowCount } = batch;
  const fits = rowCount === 0 ? to === from - 1 : to >= from && rowCount <= to - from + 1;
  refuseUnless(fits, 'OUT_OF_RANGE', `${rowCount} rows within ${from}..${to}`);
  return batch;
}

function chained(engine: CryptoEngine, batch: LogBatch, packed: Uint8Array): LogRow[] {
  const rows: LogRow[] = [];
  for (const row of unpackRows(packed, batch.rowCount)) {
    const before = rows.at(-1);
    const chain =
      before === undefined ? batch.firstChain : nextChain(engine, before.chain, row.sequence, row);
    rows.push({ ...row, chain });
  }
  const [first, last] = [rows[0], rows.at(-1)];
  const isWithin =
    first === undefined || last === undefined || (first.sequence >= batch.from && last.sequence === batch.to);
  refuseUnless(isWithin, 'OUT_OF_RANGE', 'rows outside of what the batch tells of');
  const chain = last?.chain ?? NO_LOG.chain;
  refuseUnless(equalBytes(chain, batch.lastChain), 'BAD_CHAIN', 'the rows do not chain as signed');
  return rows;
}

/** Bound to the lock, the key set and the numbers told of. */
function derive(
  engine: CryptoEngine,
  shared: Uint8Array | undefined,
  salt: Uint8Array,
  lockId: LockId,
  { keySetNumber, from, to }: Pick<LogBatch, 'keySetNumber' | 'from' | 'to'>,
): Uint8Array {
  if (shared === undefined) throw new WireError('BAD_SEAL', 'a log key that gives no shared secret');
  const numbers = [keySetNumber, from, to].map((number) => u32Bytes(number));
  const info = concat(utf8('doorlab/log-seal/1'), lockId, ...numbers);
  return engine.hkdfSha256(shared, salt, info, AEAD_KEY_BYTES);
}
