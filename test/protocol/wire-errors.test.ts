// Every code of a WireError has a concrete input that is refused with it. The table is exhaustive by its type: a
// new code without a case here does not compile.
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '#protocol/bytes.ts';
import { decodeCbor, encodeCbor, type CborValue } from '#protocol/cbor/strict.ts';
import { parseLabel } from '#protocol/label.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { openGrant } from '#protocol/signed/activation.ts';
import { sign1 } from '#protocol/signed/cose.ts';
import { verifyKeySet } from '#protocol/signed/key-set.ts';
import { openLogBatch } from '#protocol/signed/log-batch.ts';
import { parseManifest, verifyManifest } from '#protocol/signed/manifest.ts';
import { decodeFrame } from '#protocol/sync/frames.ts';
import { FragmentReader } from '#protocol/sync/fragments.ts';
import { decodeLockStatus } from '#protocol/sync/lock-status.ts';
import { decodeHello, decodeKeySetAnswer, messageName } from '#protocol/sync/messages.ts';
import { packTable, TableCheck } from '#protocol/table/chunks.ts';
import { decodeHead, encodeHead, plainHead } from '#protocol/table/head.ts';
import { parsePackage } from '#protocol/table/package.ts';
import { encodeRow, sortRows } from '#protocol/table/rows.ts';
import type { WireErrorCode } from '#protocol/wire-error.ts';
import { anActivation } from '../builders/activation.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { aLogBatch, anOpening, someRows } from '../builders/log.ts';
import { aDoorcodeRow, aSignedSet } from '../builders/signed-set.ts';
import { hex } from './crypto-engines.ts';
import { codeOf } from './refusal.ts';

const set = aSignedSet({ tableVersion: 7, rows: 3 });
const { lock, keySet } = set;
const head = plainHead(new Uint8Array(16));
const headBytes = encodeHead(head);

const changedPackage = (): Uint8Array => {
  const damaged = Uint8Array.from(set.packageBytes);
  damaged[damaged.length - 1]! ^= 1;
  return damaged;
};

/** A head by its fields, right but for those given. */
function headWith(fields: readonly (readonly [number, CborValue])[], without?: number): Uint8Array {
  const map = new Map(decodeCbor(headBytes, 4_096) as Map<number, CborValue>);
  for (const [key, value] of fields) map.set(key, value);
  if (without !== undefined) map.delete(without);
  return encodeCbor(map);
}

const groupOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => encodeRow(aDoorcodeRow(lock, '1000001', i)));

function checkChunks(...chunks: readonly Uint8Array[]): void {
  const check = new TableCheck(engine);
  for (const chunk of chunks) check.addChunk(chunk);
  check.finish(set.manifest);
}

function otherGrant(): void {
  const { grantBytes, verified, keySet: keys } = anActivation();
  openGrant(engine, grantBytes, {
    lockId: lock.lockId,
    statementHash: verified.hash,
    tableKey: keys.table.publicKey,
    sealingSecret: aLock({ name: 'back' }).sealingSecret,
  });
}

function splitGroup(): void {
  const group = groupOf(2);
  const [first, one] = packTable(headBytes, group.slice(0, 1));
  const [, two] = packTable(headBytes, group.slice(1));
  checkChunks(first!, one!, two!);
}

const verify = (publicKey: Uint8Array): unknown =>
  verifyManifest(engine, parseManifest(set.manifestBytes, lock.lockId), publicKey);

const CASES: Record<WireErrorCode, () => unknown> = {
  TOO_LARGE: () => decodeHead(new Uint8Array(4_079)),
  TRUNCATED: () => decodeFrame(hex('090000')),
  TRAILING_BYTES: () => decodeKeySetAnswer(hex('a1010100')),
  NOT_DETERMINISTIC: () => decodeKeySetAnswer(hex('a1011801')),
  DUPLICATE_KEY: () => decodeKeySetAnswer(hex('a201010101')),
  UNEXPECTED_TAG: () => decodeKeySetAnswer(hex('d2a10101')),
  UNSUPPORTED_VALUE: () => decodeKeySetAnswer(hex('a101f93c00')),
  UNKNOWN_FIELD: () => decodeKeySetAnswer(hex('a201010200')),
  MISSING_FIELD: () => decodeHead(headWith([], 7)),
  WRONG_TYPE: () => decodeKeySetAnswer(hex('a1016131')),
  OUT_OF_RANGE: () => decodeKeySetAnswer(hex('a10120')),
  WRONG_LENGTH: () => decodeHead(headWith([[2, new Uint8Array(15)]])),
  WRONG_FORMAT: () => decodeHead(headWith([[1, 2]])),
  WRONG_ALGORITHM: () =>
    parseManifest(
      sign1(engine, keySet.table, 'manifest', lock.lockId, utf8(''), { algorithm: -8 }),
      lock.lockId,
    ),
  UNKNOWN_KEY: () => verify(keySet.time.publicKey),
  WRONG_AUDIENCE: () => parseManifest(set.manifestBytes, aLock({ name: 'back' }).lockId),
  WRONG_ROLE: () => parseManifest(anActivation({ lock, keySet }).grantBytes, lock.lockId),
  BAD_SIGNATURE: () => {
    const forged = Uint8Array.from(set.manifestBytes);
    forged[forged.length - 1]! ^= 1;
    return verifyManifest(engine, parseManifest(forged, lock.lockId), keySet.table.publicKey);
  },
  TOO_FEW_SIGNATURES: () =>
    verifyKeySet(engine, aKeySet({ roots: ['a', 'b'], signedBy: ['a'] }).bytes, undefined),
  KEY_SET_OUT_OF_ORDER: () => verifyKeySet(engine, aKeySet({ number: 3 }).bytes, keySet.keySet),
  BAD_PADDING: () => {
    const [chunk] = packTable(headBytes, []);
    chunk![4_079] = 1;
    checkChunks(chunk!);
  },
  NOT_SORTED: () => packTable(headBytes, groupOf(3).reverse()),
  GROUP_TOO_LARGE: () => sortRows(groupOf(9)),
  GROUP_SPLIT: splitGroup,
  BAD_CHUNK: () => parsePackage(engine, changedPackage(), lock.lockId),
  BAD_SEAL: otherGrant,
  TABLE_MISMATCH: () => checkChunks(...packTable(headBytes, groupOf(2))),
  LIMIT_EXCEEDED: () => encodeHead({ ...head, holidays: Array.from({ length: 65 }, (_, i) => i) }),
  OUT_OF_SEQUENCE: () => new FragmentReader().read(hex('8101')),
  BAD_CHAIN: () => {
    const [first, , third] = someRows(3);
    return openLogBatch(engine, aLogBatch({ rows: [first!, third!] }), anOpening());
  },
  UNKNOWN_MESSAGE: () => messageName(99, 'lock'),
  BAD_LABEL: () => parseLabel(engine, 'DL1-AAAA'),
};

describe('each code of a refusal', () => {
  it.each(Object.entries(CASES))('%s has an input that it refuses', (code, call) => {
    expect(codeOf(call)).toBe(code);
  });
});

describe('messages of CBOR', () => {
  const hello = new Map<number, CborValue>([
    [1, 1],
    [2, new Uint8Array(16)],
    [3, new Uint8Array(16)],
    [4, 0],
    [5, new Uint8Array(8)],
  ]);
  const without = (key: number): Uint8Array => encodeCbor(new Map([...hello].filter(([k]) => k !== key)));
  const withField = (key: number, value: CborValue): Uint8Array =>
    encodeCbor(new Map([...hello, [key, value]]));

  it('are taken whole and right', () => {
    expect(codeOf(() => decodeHello(encodeCbor(hello)))).toBeUndefined();
  });

  it.each([1, 2, 3, 4, 5])('without field %i are refused', (key) => {
    expect(codeOf(() => decodeHello(without(key)))).toBe('MISSING_FIELD');
  });

  it.each([0, 6, -1])('with a field %i are refused', (key) => {
    expect(codeOf(() => decodeHello(withField(key, 0)))).toBe('UNKNOWN_FIELD');
  });

  it.each([
    ['a name of no meaning', withField(4, 2), 'OUT_OF_RANGE'],
    ['a name as text', withField(4, 'advert'), 'WRONG_TYPE'],
    ['a nonce that is one byte short', withField(2, new Uint8Array(15)), 'WRONG_LENGTH'],
    ['a nonce that is null', withField(2, null), 'WRONG_TYPE'],
    ['an array in place of the map', encodeCbor([1, 2]), 'WRONG_TYPE'],
    ['nothing', new Uint8Array(0), 'TRUNCATED'],
    ['more than 4 KiB', new Uint8Array(4_097), 'TOO_LARGE'],
  ] as const)('with %s are refused', (_, input, code) => {
    expect(codeOf(() => decodeHello(input))).toBe(code);
  });
});

describe('messages of bytes', () => {
  const status = concat(hex('0101'), new Uint8Array(24), hex('00'));

  it.each([
    ['a short lock-status', status.subarray(1), 'TRUNCATED'],
    ['a lock-status of another format', concat(hex('02'), status.subarray(1)), 'WRONG_FORMAT'],
    ['a lock-status with something behind it', concat(status, hex('00')), 'TRAILING_BYTES'],
    ['a lock-status with a mark of no meaning', concat(status.subarray(0, 26), hex('02')), 'OUT_OF_RANGE'],
    ['a lock-status whose transfer is missing', concat(status.subarray(0, 26), hex('01')), 'TRUNCATED'],
    ['a lock-status above 244 bytes', new Uint8Array(245), 'TOO_LARGE'],
    [
      'progress of no chunks',
      concat(status.subarray(0, 26), hex('01 09 00 0011'.replaceAll(' ', ''))),
      'OUT_OF_RANGE',
    ],
    [
      'progress of six open chunks',
      concat(status.subarray(0, 26), hex('010901001100' + '06')),
      'LIMIT_EXCEEDED',
    ],
    ['progress that ends early', concat(status.subarray(0, 26), hex('01090100110001')), 'WRONG_LENGTH'],
  ] as const)('%s is refused', (_, input, code) => {
    expect(codeOf(() => decodeLockStatus(input))).toBe(code);
  });

  it('a lock-status is taken where it is right', () => {
    expect(codeOf(() => decodeLockStatus(status))).toBeUndefined();
  });
});
