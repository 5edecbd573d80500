// Values of the larger messages, for properties: each is one that its encoder takes.
import fc from 'fast-check';
import { bitmapBytes } from '#protocol/bitmap.ts';
import type { FirmwareManifest, ImageHeader } from '#protocol/signed/firmware.ts';
import type { Manifest } from '#protocol/signed/manifest.ts';
import type { Receipt } from '#protocol/signed/receipt.ts';
import { aDoorId, aHash, anInt, anU32, aTriple, someBytes } from '../builders/arbitraries.ts';
import { aLock } from '../builders/lock.ts';

const { identity, lockId } = aLock();
const one = fc.constant(1 as const);
export const aTableState = fc.constantFrom('none' as const, 'active' as const, 'degraded' as const);

export const aKeySetValue = fc.record({
  number: anInt(1, 0xffff_ffff),
  issuedAtS: anU32,
  tableKey: someBytes(32),
  timeKey: someBytes(32),
  firmwareKey: someBytes(32),
  logKey: someBytes(32),
});

const aFullManifest: fc.Arbitrary<Manifest> = fc
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
        baseHash: null,
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
    manifest: aFullManifest,
    baseHash: aHash,
    lastChunkBytes: anInt(17, 4_096),
    chunkDigests: someBytes(32),
  })
  .map(({ manifest, ...delta }) => ({ ...manifest, kind: 'delta' as const, chunkCount: 1, ...delta }));

export const aManifest = fc.oneof(aFullManifest, aDeltaManifest);

export const aReceiptValue: fc.Arbitrary<Receipt> = fc.record({
  format: one,
  lockId: fc.constant(lockId),
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

export const aRequest = fc.record({
  format: one,
  nonce: someBytes(32),
  doorId: aDoorId,
  ownershipEpoch: anInt(1, 0xffff_ffff),
  keySetHash: aHash,
});

export const aStatement = aRequest.chain((request) =>
  fc.record({ sealingKey: someBytes(32), channelKey: someBytes(32), rows: anInt(1, 14_097) }).map((own) => ({
    ...request,
    lockId: lockId,
    identityKey: identity.publicKey,
    sealingKey: own.sealingKey,
    channelKey: own.channelKey,
    capacityRows: own.rows,
    firmware: 1,
  })),
);

export const someSecrets = fc.record({
  credentialKey: someBytes(32),
  dailyKey: someBytes(32),
  advertisingKey: someBytes(32),
});

export const aProgress = fc
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

export const aFirmwareManifest: fc.Arbitrary<FirmwareManifest> = anInt(1, 16 * 4_096).chain((imageBytes) => {
  const chunkCount = Math.ceil(imageBytes / 4_096);
  return fc.record({
    format: one,
    firmware: anInt(1, 0xffff_ffff),
    imageBytes: fc.constant(imageBytes),
    imageHash: aHash,
    chunkDigests: someBytes(chunkCount * 32),
    chunkCount: fc.constant(chunkCount),
    lastChunkBytes: fc.constant(imageBytes - (chunkCount - 1) * 4_096),
  });
});

export const anImageHeader: fc.Arbitrary<ImageHeader> = fc.record({
  format: one,
  firmware: anInt(1, 0xffff_ffff),
  selfTest: fc.constantFrom('pass' as const, 'fail' as const, 'hang' as const),
});
