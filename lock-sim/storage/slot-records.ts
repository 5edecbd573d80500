// The two records of a slot. The stage header says whose chunks lie there (CRC: it is believed only beside a
// manifest verified again); the commit record puts them in force (HMAC under a secure-element key).
import { concat, equalSecret, readU16, readU32, u16, u32, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { HASH_BYTES, type Hash } from '#protocol/ids.ts';
import { type Triple, tripleBytes } from '#protocol/triple.ts';
import { crc32 } from './crc32.ts';
import type { Slot } from './layout.ts';

/** What a slot needs to know of a verified manifest. */
export interface SlotContent {
  readonly triple: Triple;
  /** SHA-256 of the verified Sig_structure. */
  readonly manifestHash: Hash;
  readonly tableHash: Hash;
  /** Chunks stored: the manifest's in a full set, those of the result in a delta. */
  readonly chunkCount: number;
}

export interface SlotRecord extends SlotContent {
  readonly manifestBytes: number;
  /** SHA-256 of the manifest as stored. */
  readonly manifestDigest: Hash;
}

export interface CommitRecord extends SlotRecord {
  /** Number of the settings at the time: below the barrier it does not count. */
  readonly settingsCount: number;
}

const STAGE_MAGIC = 0x57a6;
const COMMIT_MAGIC = 0xc033;
const BODY_BYTES = 2 + 2 + 2 + 2 + 12 + 3 * HASH_BYTES;
export const STAGE_RECORD_BYTES = BODY_BYTES + 4;
const COMMIT_MAC_AT = BODY_BYTES + 4;
export const COMMIT_RECORD_BYTES = COMMIT_MAC_AT + 32;

export function encodeStageRecord(slot: Slot, record: SlotRecord): Uint8Array {
  const body = encodeBody(STAGE_MAGIC, slot, record);
  return concat(body, u32(crc32(body)));
}

/** Undefined for blank, torn or foreign bytes. */
export function decodeStageRecord(slot: Slot, bytes: Uint8Array): SlotRecord | undefined {
  if (readU32(bytes, BODY_BYTES) !== crc32(bytes.subarray(0, BODY_BYTES))) return undefined;
  return decodeBody(STAGE_MAGIC, slot, bytes);
}

export function encodeCommitRecord(
  engine: CryptoEngine,
  tableSecret: Uint8Array,
  slot: Slot,
  record: CommitRecord,
): Uint8Array {
  const body = concat(encodeBody(COMMIT_MAGIC, slot, record), u32(record.settingsCount));
  return concat(body, commitMac(engine, tableSecret, body));
}

/** Undefined for blank, torn or forged bytes, and once the table secret is another. */
export function decodeCommitRecord(
  engine: CryptoEngine,
  tableSecret: Uint8Array,
  slot: Slot,
  bytes: Uint8Array,
): CommitRecord | undefined {
  const record = decodeBody(COMMIT_MAGIC, slot, bytes);
  if (record === undefined) return undefined;
  const mac = commitMac(engine, tableSecret, bytes.subarray(0, COMMIT_MAC_AT));
  if (!equalSecret(mac, bytes.subarray(COMMIT_MAC_AT))) return undefined;
  // Named one by one: an object made by spreading has a shape of its own in V8, and each lock keeps one of these.
  const { triple, manifestHash, tableHash, manifestDigest, manifestBytes, chunkCount } = record;
  const settingsCount = readU32(bytes, BODY_BYTES);
  return { triple, manifestHash, tableHash, manifestDigest, manifestBytes, chunkCount, settingsCount };
}

const commitMac = (engine: CryptoEngine, tableSecret: Uint8Array, body: Uint8Array): Uint8Array =>
  engine.hmacSha256(tableSecret, concat(utf8('doorlab/commit/1'), body));

const slotNumber = (slot: Slot): number => (slot === 'A' ? 1 : 2);

const encodeBody = (magic: number, slot: Slot, r: SlotRecord): Uint8Array =>
  concat(
    u16(magic),
    u16(slotNumber(slot)),
    u16(r.manifestBytes),
    u16(r.chunkCount),
    tripleBytes(r.triple),
    r.manifestHash,
    r.tableHash,
    r.manifestDigest,
  );

function decodeBody(magic: number, slot: Slot, bytes: Uint8Array): SlotRecord | undefined {
  if (readU16(bytes, 0) !== magic || readU16(bytes, 2) !== slotNumber(slot)) return undefined;
  const hashAt = (index: number): Hash =>
    bytes.slice(20 + index * HASH_BYTES, 20 + (index + 1) * HASH_BYTES) as Hash;
  return {
    manifestBytes: readU16(bytes, 4),
    chunkCount: readU16(bytes, 6),
    triple: {
      ownershipEpoch: readU32(bytes, 8),
      keyEpoch: readU32(bytes, 12),
      tableVersion: readU32(bytes, 16),
    },
    manifestHash: hashAt(0),
    tableHash: hashAt(1),
    manifestDigest: hashAt(2),
  };
}
