// The builders stand under the tests of all floors: their defaults hold together, and one seed is one set.
import { describe, expect, it } from 'vitest';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { openGrant } from '#protocol/signed/activation.ts';
import { verifyKeySet } from '#protocol/signed/key-set.ts';
import { parseManifest, verifyManifest } from '#protocol/signed/manifest.ts';
import { verifyReceipt } from '#protocol/signed/receipt.ts';
import { parsePackage } from '#protocol/table/package.ts';
import { anActivation } from '../builders/activation.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { aReceipt } from '../builders/receipt.ts';
import { aSignedSet } from '../builders/signed-set.ts';

describe('the builders', () => {
  it('give the same bytes for the same options and other bytes for another seed', () => {
    expect(aSignedSet({ tableVersion: 7 }).packageBytes).toEqual(
      aSignedSet({ tableVersion: 7 }).packageBytes,
    );
    expect(aSignedSet({ seed: 2 }).packageBytes).not.toEqual(aSignedSet().packageBytes);
    expect(aLock({ name: 'back' }).lockId).not.toEqual(aLock().lockId);
  });

  it('make a set that the lock verifies with the key set that made it', () => {
    const set = aSignedSet({ tableVersion: 7, rows: 3 });
    const keySet = verifyKeySet(engine, set.keySet.bytes, undefined);
    const verified = verifyManifest(
      engine,
      parseManifest(set.manifestBytes, set.lock.lockId),
      keySet.tableKey,
    );
    expect(verified.hash).toEqual(set.manifestHash);
    expect(verified.manifest.triple).toEqual({ ownershipEpoch: 1, keyEpoch: 1, tableVersion: 7 });
    expect(parsePackage(engine, set.packageBytes, set.lock.lockId).chunks).toEqual(set.chunks);
    expect(set.codes).toHaveLength(3);
  });

  it('make key set 2 out of the roots of key set 1', () => {
    const first = aKeySet();
    const second = aKeySet({ number: 2 });
    expect(verifyKeySet(engine, second.bytes, first.keySet)).toEqual(second.keySet);
  });

  it('make a receipt and a grant that check out', () => {
    const { bytes, lock, receipt } = aReceipt({ batteryPercent: 12 });
    expect(verifyReceipt(engine, bytes, lock.lockId, lock.identity.publicKey)).toEqual(receipt);
    const activation = anActivation();
    const opened = openGrant(engine, activation.grantBytes, {
      lockId: activation.lock.lockId,
      statementHash: activation.verified.hash,
      tableKey: activation.keySet.keySet.tableKey,
      sealingSecret: activation.lock.sealingSecret,
    });
    expect(opened).toEqual(activation.lock.secrets);
  });
});
