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
import {
  decodeImageHeader,
  encodeImage,
  parseFirmware,
  signFirmware,
  verifyFirmware,
} from '#protocol/signed/firmware.ts';
import { parseManifest, signManifest, verifyManifest } from '#protocol/signed/manifest.ts';
import { peekReceipt, signReceipt, verifyReceipt } from '#protocol/signed/receipt.ts';
import { decodeAck, decodeFrame, encodeAck, encodeFrame } from '#protocol/sync/frames.ts';
import { encodeFirmwareFile, parseFirmwareFile } from '#protocol/signed/firmware-file.ts';
import { decodeFirmwareAnswer, encodeFirmwareAnswer } from '#protocol/sync/firmware-messages.ts';
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
import { anActivation } from '../builders/activation.ts';
import {
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
import { aFirmware } from '../builders/firmware.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import {
  aFirmwareManifest,
  aKeySetValue,
  aManifest,
  anImageHeader,
  aProgress,
  aReceiptValue,
  aRequest,
  aStatement,
  aTableState,
  someSecrets,
} from './message-values.ts';
import { CHANNEL_MESSAGES } from './channel-cases.ts';
import { LIFE_MESSAGES } from './life-cases.ts';
import { LOG_MESSAGES } from './log-cases.ts';
import { messageCase, type MessageCase } from './message-case.ts';

const lock = aLock();
const { keySet, table, firmware, roots } = aKeySet();
const { image: _, ...smallFirmware } = aFirmware({ codeBytes: 20 });
const one = fc.constant(1 as const);
const signer = lock.identity;
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
    aManifest,
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
    someSecrets,
    (value) => signGrant(engine, activationKeys.table, new Uint8Array(32).fill(7), verified, value),
    (input) =>
      openGrant(engine, input, {
        lockId: lock.lockId,
        statementHash: verified.hash,
        tableKey: activationKeys.table.publicKey,
        sealingSecret: lock.sealingSecret,
      }),
  ),
  ...LIFE_MESSAGES,
  ...LOG_MESSAGES,
  ...CHANNEL_MESSAGES,
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
    'firmware manifest',
    aFirmwareManifest,
    (value) => signFirmware(engine, firmware, value),
    (input) => verifyFirmware(engine, parseFirmware(input), firmware.publicKey).manifest,
  ),
  messageCase('firmware image', anImageHeader, encodeImage, decodeImageHeader),
  messageCase(
    'firmware file',
    fc.constant(smallFirmware),
    encodeFirmwareFile,
    (input) => parseFirmwareFile(engine, input),
    1,
  ),
  messageCase(
    'firmware answer',
    fc.record({ running: anU32, staged: orNull(anInt(1, 0xffff_ffff)) }),
    encodeFirmwareAnswer,
    decodeFirmwareAnswer,
  ),
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
