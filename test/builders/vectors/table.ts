// Vectors of the table: head, rows, verifiers, chunks, sealing, a whole small package and a delta.
import { concat, u16, u32, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { hashTable, packTable } from '#protocol/table/chunks.ts';
import { dailyCode, dailyEpochKey } from '#protocol/table/daily-code.ts';
import { applyDelta, deltaBetween, encodeDelta } from '#protocol/table/delta.ts';
import { encodeHead, plainHead, SALT_BYTES, type Head } from '#protocol/table/head.ts';
import { encodeRow, sortRows, type Row } from '#protocol/table/rows.ts';
import { chunkNonce, sealChunk, sealingKey, type SealContext } from '#protocol/table/seal.ts';
import { appVerifier, doorcodeVerifier, keyedVerifier } from '#protocol/table/verifier.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { tripleBytes } from '#protocol/triple.ts';
import { aDelta } from '../delta.ts';
import { aLock } from '../lock.ts';
import { aDoorcodeRow, aSignedSet, doorcodes } from '../signed-set.ts';
import type { VectorMaker } from './vector-file.ts';

const random = seededRandom(1).fork('vectors');
const salt = random.fork('salt').bytes(SALT_BYTES);

export const tableVectors: VectorMaker = (engine) => ({
  head: {
    about: 'The smallest head, and one that uses every field.',
    wire: '6.1',
    cases: Object.fromEntries(
      Object.entries(heads).map(([name, head]) => [name, { head, bytes: encodeHead(head) }]),
    ),
  },
  rows: {
    about: 'One row of each kind, with and without an end, and their order in a table.',
    wire: '6.2',
    cases: rowCases(),
  },
  verifier: {
    about: 'How a presented credential becomes the 16 bytes that are looked up.',
    wire: '6.3',
    cases: verifierCases(engine),
  },
  'daily-code': {
    about: 'Daily codes of one door and day, and how the day and the epoch change them.',
    wire: '6.5',
    cases: dailyCases(engine),
  },
  table: {
    about: 'A small table: chunks in plaintext, size and hash.',
    wire: '6.4',
    cases: { small: tableCase(engine) },
  },
  seal: {
    about: 'Sealing one chunk of a full set and one of a delta, step by step.',
    wire: '7.1',
    cases: { full: sealCase(engine, 'full'), delta: sealCase(engine, 'delta') },
  },
  delta: {
    about: 'A delta in plaintext, its base and its result.',
    wire: '7.3',
    cases: { rows: deltaCase(engine, false), 'head-and-rows': deltaCase(engine, true) },
  },
  'package-small': {
    about:
      'A package of three rows, and a delta to four, as they are stored and served, with the key that opens them.',
    wire: '7.4',
    cases: { small: packageCase(engine), delta: deltaPackageCase(engine) },
  },
});

const richHead: Head = {
  format: 1,
  salt,
  schedules: [
    [{ days: 0b0001_1111, startMinute: 480, endMinute: 1_079 }],
    [
      { days: 0b0110_0000, startMinute: 1_320, endMinute: 359 },
      { days: 0b1000_0000, startMinute: 0, endMinute: 1_439 },
    ],
  ],
  zone: {
    offsetS: -18_000,
    transitions: [
      { atS: 1_710_054_000, offsetS: -14_400 },
      { atS: 1_730_613_600, offsetS: -18_000 },
    ],
  },
  holidays: [19_716, 19_907, 20_082],
  daily: { epoch: 2, dailySlots: 8, singleUseSlots: 3, bars: Uint8Array.of(0x02, 0x04) },
  policies: {
    lockoutProfile: 3,
    unlockSeconds: 5,
    holdOpen: { schedule: 1, needsFirstUnlock: true, exceptHolidays: true },
  },
};

const heads = { plain: plainHead(salt), rich: richHead };

const rowOf = (over: Partial<Row>): Row => ({
  verifier: random.fork(`verifier/${over.kind}`).bytes(16),
  credentialId: 1,
  kind: 'doorcode',
  isGuest: false,
  schedule: 0,
  startS: 0,
  endS: 0xffff_ffff,
  ...over,
});

function rowCases() {
  const rows = {
    doorcode: rowOf({ kind: 'doorcode', credentialId: 0x0102_0304, startS: 1_700_000_000 }),
    keycard: rowOf({ kind: 'keycard', credentialId: 2, schedule: 2, endS: 1_800_000_000 }),
    app: rowOf({ kind: 'app', credentialId: 0xffff_ffff, isGuest: true, startS: 1, endS: 0xffff_fffe }),
  };
  const cases = Object.entries(rows).map(([name, row]) => [name, { row, bytes: encodeRow(row) }]);
  const sorted = sortRows(Object.values(rows).map(encodeRow));
  return { ...(Object.fromEntries(cases) as Record<string, object>), order: { bytes: concat(...sorted) } };
}

function verifierCases(engine: CryptoEngine) {
  const { doorId, secrets } = aLock({ engine });
  const { credentialKey } = secrets;
  const cardId = random.fork('card').bytes(7);
  const phoneKey = engine.x25519PublicKey(random.fork('phone').bytes(32));
  return {
    doorcode: {
      credentialKey,
      doorId,
      digits: '0042137',
      bytes: doorcodeVerifier(engine, credentialKey, doorId, '0042137'),
    },
    keycard: {
      credentialKey,
      doorId,
      value: cardId,
      bytes: keyedVerifier(engine, credentialKey, 'keycard', doorId, cardId),
    },
    app: { phoneKey, bytes: appVerifier(engine, phoneKey) },
  };
}

function dailyCases(engine: CryptoEngine) {
  const { doorId, secrets } = aLock({ engine });
  const { dailyKey } = secrets;
  const caseOf = (epoch: number, localDay: number, slot: number) => {
    const epochKey = dailyEpochKey(engine, dailyKey, epoch);
    const mac = engine.hmacSha256(epochKey, concat(utf8('daily'), doorId, u32(localDay), u16(slot)));
    const digits = dailyCode(engine, epochKey, doorId, localDay, slot);
    return { dailyKey, doorId, epoch, localDay, slot, epochKey, mac, digits };
  };
  return {
    'slot-0': caseOf(1, 20_513, 0),
    'slot-1499': caseOf(1, 20_513, 1_499),
    'next-day': caseOf(1, 20_514, 0),
    'next-epoch': caseOf(2, 20_513, 0),
  };
}

function smallTable(engine: CryptoEngine) {
  const lock = aLock({ engine });
  const rows = sortRows(doorcodes(3).map((code, i) => encodeRow(aDoorcodeRow(lock, code, i + 1))));
  return { headBytes: encodeHead(plainHead(salt)), rows };
}

function tableCase(engine: CryptoEngine) {
  const { headBytes, rows } = smallTable(engine);
  return {
    headBytes,
    rows,
    chunks: packTable(headBytes, rows),
    rowCount: rows.length,
    ...hashTable(engine, headBytes, rows),
  };
}

function sealCase(engine: CryptoEngine, kind: 'full' | 'delta') {
  const { lockId, sealingSecret, sealingKey: lockSealingKey } = aLock({ engine });
  const triple = { ownershipEpoch: 1, keyEpoch: 2, tableVersion: 0x0001_0003 };
  const tableHash = engine.sha256(utf8('the new table')) as SealContext['tableHash'];
  const baseHash = kind === 'full' ? null : (engine.sha256(utf8('the old table')) as SealContext['baseHash']);
  const ephemeralSecret = random.fork(`ephemeral/${kind}`).bytes(32);
  const ephemeralKey = engine.x25519PublicKey(ephemeralSecret);
  const key = sealingKey(engine, ephemeralSecret, lockSealingKey, {
    lockId,
    triple,
    kind,
    baseHash,
    tableHash,
  });
  const plaintext = utf8('any bytes, here a sentence and not 4,080 of them');
  const kindByte = Uint8Array.of(kind === 'full' ? 0 : 1);
  return {
    lockId,
    triple,
    kind,
    baseHash,
    tableHash,
    ephemeralSecret,
    ephemeralKey,
    lockSealingSecret: sealingSecret,
    lockSealingKey,
    sharedSecret: engine.x25519(sealingSecret, ephemeralKey),
    salt: concat(ephemeralKey, lockSealingKey),
    info: concat(
      utf8('doorlab/seal/1'),
      lockId,
      tripleBytes(triple),
      kindByte,
      baseHash ?? new Uint8Array(32),
      tableHash,
    ),
    key,
    index: 3,
    nonce: chunkNonce(3),
    plaintext,
    sealed: sealChunk(engine, key, 3, plaintext),
  };
}

function deltaCase(engine: CryptoEngine, withHead: boolean) {
  const base = smallTable(engine);
  const added = sortRows([encodeRow(aDoorcodeRow(aLock({ engine }), '7654321', 9))]);
  const headBytes = withHead ? encodeHead(richHead) : null;
  const delta = { headBytes, removed: base.rows.slice(1, 2), added };
  const result = applyDelta(base, delta);
  return {
    baseHash: hashTable(engine, base.headBytes, base.rows).tableHash,
    base,
    delta,
    bytes: encodeDelta(delta),
    result,
    ...hashTable(engine, result.headBytes, result.rows),
  };
}

function deltaPackageCase(engine: CryptoEngine) {
  const base = aSignedSet({ engine, tableVersion: 7, rows: 3 });
  const delta = aDelta(base, aSignedSet({ engine, tableVersion: 8, rows: 4 }));
  return {
    lockId: delta.lock.lockId,
    tableKey: delta.keySet.keySet.tableKey,
    lockSealingSecret: delta.lock.sealingSecret,
    baseHash: base.manifest.tableHash,
    manifestHash: delta.manifestHash,
    manifest: delta.manifest,
    plaintext: encodeDelta(deltaBetween(base, delta)),
    bytes: delta.packageBytes,
  };
}

function packageCase(engine: CryptoEngine) {
  const set = aSignedSet({ engine, tableVersion: 7, rows: 3 });
  return {
    lockId: set.lock.lockId,
    tableKey: set.keySet.keySet.tableKey,
    lockSealingSecret: set.lock.sealingSecret,
    manifestHash: set.manifestHash,
    manifest: set.manifest,
    plaintexts: packTable(set.headBytes, set.rows),
    bytes: set.packageBytes,
  };
}
