// Every message of the wire format with its encoder, its decoder and values to try: the round trips and the fuzz
// run over this one list, so that a message which is missing here is missing in both.
import fc from 'fast-check';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import {
  decodeActivationRequest,
  encodeActivationRequest,
  openGrant,
  signGrant,
  signStatement,
  verifyStatement,
} from '#protocol/signed/activation.ts';
import { signKeySet, verifyKeySet } from '#protocol/signed/key-set.ts';
import { parseManifest, signManifest, verifyManifest, type Manifest } from '#protocol/signed/manifest.ts';
import { peekReceipt, signReceipt, verifyReceipt, type Receipt } from '#protocol/signed/receipt.ts';
import { advertOfManufacturerData, makeAdvert, recogniseAdvert } from '#protocol/sync/advert.ts';
import { decodeAck, decodeFrame, encodeAck, encodeFrame } from '#protocol/sync/frames.ts';
import { decodeLockStatus, encodeLockStatus } from '#protocol/sync/lock-status.ts';
import {
  decodeHello,
  decodeHelloAnswer,
  decodeKeySetAnswer,
  decodeOffer,
  decodeOfferAnswer,
  decodeRefusal,
  encodeHello,
  encodeHelloAnswer,
  encodeKeySetAnswer,
  encodeOffer,
  encodeOfferAnswer,
  encodeRefusal,
} from '#protocol/sync/messages.ts';
import { decodeProgress, encodeProgress } from '#protocol/sync/progress.ts';
import { refusalNumbers, type RefusalCode } from '#protocol/sync/refusals.ts';
import { decodeDelta, encodeDelta } from '#protocol/table/delta.ts';
import { decodeHead, encodeHead } from '#protocol/table/head.ts';
import { encodePackage, parsePackage } from '#protocol/table/package.ts';
import { decodeRow, encodeRow, sortRows } from '#protocol/table/rows.ts';
import { bitmapBytes } from '#protocol/bitmap.ts';
import { anActivation } from '../builders/activation.ts';
import {
  aDoorId,
  aHash,
  aHead,
  anInt,
  anU32,
  anU8,
  aRow,
  aTriple,
  orNull,
  someBytes,
} from '../builders/arbitraries.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { aSignedSet } from '../builders/signed-set.ts';

export interface MessageCase {
  readonly name: string;
  readonly values: fc.Arbitrary<unknown>;
  readonly encode: (value: unknown) => Uint8Array;
  readonly decode: (input: Uint8Array) => unknown;
  readonly runs: number;
}

function messageCase<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (input: Uint8Array) => T,
  runs = 60,
): MessageCase {
  return { name, values, encode: encode as MessageCase['encode'], decode, runs };
}

const lock = aLock();
const { keySet, table, roots } = aKeySet();
const one = fc.constant(1 as const);
const signer = lock.identity;
const aTableState = fc.constantFrom('none' as const, 'active' as const, 'degraded' as const);

const aKeySetValue = fc.record({
  number: anInt(1, 0xffff_ffff),
  issuedAtS: anU32,
  tableKey: someBytes(32),
  timeKey: someBytes(32),
  firmwareKey: someBytes(32),
  logKey: someBytes(32),
});

const aManifest = fc
  .record({
    rowChunks: anInt(0, 111),
    triple: aTriple,
    tableHash: aHash,
    key: someBytes(32),
    firmware: anU32,
  })
  .chain(({ rowChunks, triple, tableHash, key, firmware }) =>
    fc
      .record({
        rowCount: anInt(rowChunks, rowChunks * 127),
        headBytes: anInt(1, 4_078),
        chunkDigests: someBytes((rowChunks + 1) * 32),
      })
      .map(({ rowCount, headBytes, chunkDigests }) => ({
        format: 1 as const,
        triple,
        kind: 'full' as const,
        base: null,
        tableBytes: headBytes + rowCount * 32,
        rowCount,
        tableHash,
        chunkCount: rowChunks + 1,
        lastChunkBytes: 4_096,
        chunkDigests,
        ephemeralKey: key,
        minimumFirmware: firmware,
      })),
  );

const aDeltaManifest: fc.Arbitrary<Manifest> = fc
  .record({
    manifest: aManifest,
    base: fc.record({ tableVersion: anU32, tableHash: aHash }),
    lastChunkBytes: anInt(17, 4_096),
    chunkDigests: someBytes(32),
  })
  .map(({ manifest, ...delta }) => ({ ...manifest, kind: 'delta' as const, chunkCount: 1, ...delta }));

const aReceiptValue: fc.Arbitrary<Receipt> = fc.record({
  format: one,
  lockId: fc.constant(lock.lockId),
  triple: aTriple,
  tableHash: aHash,
  tableState: aTableState,
  courierNonce: someBytes(16),
  cloudNonce: someBytes(16),
  lockTimeS: anU32,
  clockTrust: fc.constantFrom('trusted' as const, 'drifting' as const, 'lost' as const),
  clockUncertaintyS: anU32,
  bootCount: anU32,
  batteryPercent: anInt(0, 100),
  firmware: anU32,
  logSequence: anU32,
  logHash: aHash,
});

const aRequest = fc.record({
  format: one,
  nonce: someBytes(32),
  doorId: aDoorId,
  ownershipEpoch: anInt(1, 0xffff_ffff),
  keySetHash: aHash,
});

const aStatement = aRequest.chain((request) =>
  fc.record({ sealingKey: someBytes(32), channelKey: someBytes(32), rows: anInt(1, 14_097) }).map((own) => ({
    ...request,
    lockId: lock.lockId,
    identityKey: signer.publicKey,
    sealingKey: own.sealingKey,
    channelKey: own.channelKey,
    capacityRows: own.rows,
    firmware: 1,
  })),
);

const secrets = fc.record({
  credentialKey: someBytes(32),
  dailyKey: someBytes(32),
  advertisingKey: someBytes(32),
});

const aProgress = fc
  .record({ chunkCount: anInt(1, 112), framesPerChunk: anInt(1, 241) })
  .chain(({ chunkCount, framesPerChunk }) =>
    fc.record({
      chunkCount: fc.constant(chunkCount),
      framesPerChunk: fc.constant(framesPerChunk),
      have: someBytes(bitmapBytes(chunkCount)),
      open: fc.array(
        fc.record({ index: anInt(0, chunkCount - 1), frames: someBytes(bitmapBytes(framesPerChunk)) }),
        { maxLength: 5 },
      ),
    }),
  );

const encodedRows = fc.uniqueArray(aRow.map(encodeRow), { maxLength: 8, selector: String }).map(sortRows);
const { verified, keySet: activationKeys } = anActivation();
const small = aSignedSet({ tableVersion: 7, rows: 3 });

export const MESSAGES: readonly MessageCase[] = [
  messageCase(
    'key set',
    aKeySetValue.map((value) => ({ format: 1 as const, threshold: 1, rootKeys: keySet.rootKeys, ...value })),
    (value) => signKeySet(engine, value, roots),
    (input) => verifyKeySet(engine, input, undefined),
  ),
  messageCase(
    'manifest',
    fc.oneof(aManifest as fc.Arbitrary<Manifest>, aDeltaManifest),
    (value) => signManifest(engine, table, lock.lockId, value),
    (input) => verifyManifest(engine, parseManifest(input, lock.lockId), table.publicKey).manifest,
  ),
  messageCase(
    'receipt',
    aReceiptValue,
    (value) => signReceipt(engine, signer, value),
    (input) => verifyReceipt(engine, input, lock.lockId, signer.publicKey),
  ),
  messageCase(
    'receipt, unverified',
    aReceiptValue,
    (value) => signReceipt(engine, signer, value),
    (input) => peekReceipt(input, lock.lockId),
  ),
  messageCase('activation request', aRequest, encodeActivationRequest, decodeActivationRequest),
  messageCase(
    'activation statement',
    aStatement,
    (value) => signStatement(engine, signer, value),
    (input) => verifyStatement(engine, input, lock.labelHash).statement,
  ),
  messageCase(
    'activation grant',
    secrets,
    (value) => signGrant(engine, activationKeys.table, new Uint8Array(32).fill(7), verified, value),
    (input) =>
      openGrant(engine, input, {
        lockId: lock.lockId,
        statementHash: verified.hash,
        tableKey: activationKeys.table.publicKey,
        sealingSecret: lock.sealingSecret,
      }),
  ),
  messageCase('head', aHead, encodeHead, decodeHead),
  messageCase('row', aRow, encodeRow, decodeRow),
  messageCase(
    'delta',
    fc.record({
      headBytes: orNull(someBytes(1, 200)),
      removed: encodedRows,
      added: encodedRows,
    }),
    encodeDelta,
    decodeDelta,
  ),
  messageCase(
    'package',
    fc.constant({ manifest: small.manifest, manifestBytes: small.manifestBytes, chunks: small.chunks }),
    encodePackage,
    (input) => parsePackage(engine, input, small.lock.lockId),
    1,
  ),
  messageCase(
    'hello',
    fc.record({
      version: anU8,
      courierNonce: someBytes(16),
      cloudNonce: someBytes(16),
      boundTo: fc.constantFrom('connection' as const, 'advert' as const),
      mac: someBytes(8),
    }),
    encodeHello,
    decodeHello,
  ),
  messageCase(
    'hello answer',
    fc.record({
      version: one,
      activated: fc.boolean(),
      tableState: aTableState,
      triple: aTriple,
      keySetNumber: anU32,
      tableHash: orNull(aHash),
      stageHash: orNull(aHash),
      firmware: anU32,
      capacityRows: anU32,
    }),
    encodeHelloAnswer,
    decodeHelloAnswer,
  ),
  messageCase('key set answer', fc.record({ keySetNumber: anU32 }), encodeKeySetAnswer, decodeKeySetAnswer),
  messageCase(
    'offer',
    fc.record({ offerId: anU8, frameBytes: anInt(17, 241), manifestBytes: someBytes(1, 300) }),
    encodeOffer,
    decodeOffer,
  ),
  messageCase(
    'offer answer',
    fc.record({
      offerId: anU8,
      status: fc.constantFrom('send' as const, 'nothing-missing' as const),
      progress: someBytes(1, 200),
    }),
    encodeOfferAnswer,
    decodeOfferAnswer,
  ),
  messageCase(
    'refusal',
    fc.record({
      code: fc.constantFrom(...(Object.keys(refusalNumbers) as RefusalCode[])),
      ofType: anInt(0, 127),
      detail: fc.string({ maxLength: 120 }),
    }),
    encodeRefusal,
    decodeRefusal,
  ),
  messageCase(
    'frame',
    fc.record({ offerId: anU8, number: anInt(0, 0xffff), payload: someBytes(1, 241) }),
    encodeFrame,
    decodeFrame,
  ),
  messageCase(
    'acknowledgement',
    fc.record({ offerId: anU8, next: anInt(0, 0xffff), received: someBytes(8), limit: anInt(0, 0xffff) }),
    encodeAck,
    decodeAck,
  ),
  messageCase('progress', aProgress, encodeProgress, decodeProgress),
  messageCase(
    'lock-status',
    fc.record({
      gattVersion: anU8,
      advert: someBytes(16),
      connectionNonce: someBytes(8),
      transfer: fc.option(fc.record({ offerId: anU8, progress: aProgress }), { nil: undefined }),
    }),
    encodeLockStatus,
    decodeLockStatus,
  ),
];

/** Parsers that answer undefined instead of throwing: for the fuzz alone. */
export const RECOGNISERS: readonly {
  readonly name: string;
  readonly decode: (input: Uint8Array) => unknown;
}[] = [
  {
    name: 'advert',
    decode: (input) => recogniseAdvert(engine, lock.secrets.advertisingKey, input),
  },
  { name: 'manufacturer data', decode: advertOfManufacturerData },
];

/** One well-formed input of each recogniser's kind, to mutate. */
export const anAdvert = makeAdvert(engine, lock.secrets.advertisingKey, new Uint8Array(4), {
  tableVersion: 7,
  logPending: true,
  batteryLow: false,
  notActivated: false,
});
