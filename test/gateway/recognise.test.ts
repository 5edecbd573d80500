// Telling doors by their adverts, and what that spares: keys tried twice, and connections with nothing to do.
import { expect, test } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { advertManufacturerData, makeAdvert } from '#protocol/sync/advert.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { isUpToDate, Recogniser } from '#gateway/courier/recognise.ts';
import { doorStatuses, lookAround } from '#gateway/status.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { aGateway } from './gateway-scene.ts';

const doors = Array.from({ length: 50 }, (_, i) => ({
  doorId: `d${i}`,
  advertisingKey: new Uint8Array(32).fill(i),
}));
const shown = { tableVersion: 0x1_0007, logPending: false, batteryLow: true, notActivated: false };

function report(key: Uint8Array, nonce: number, peripheralId = 'p1'): AdvertReport {
  const advert = makeAdvert(nodeEngine, key, new Uint8Array(4).fill(nonce), shown);
  return {
    peripheralId,
    rssi: -40,
    connectable: true,
    serviceUuids: [],
    manufacturerData: advertManufacturerData(advert),
  };
}

function counting(): { engine: CryptoEngine; macs: () => number } {
  let macs = 0;
  const hmacSha256: CryptoEngine['hmacSha256'] = (key, data) => {
    macs++;
    return nodeEngine.hmacSha256(key, data);
  };
  return { engine: { ...nodeEngine, hmacSha256 }, macs: () => macs };
}

test('an advert is of the door whose key it was made with', () => {
  const recogniser = new Recogniser(nodeEngine, doors);
  expect(recogniser.ofReport(report(doors[30]!.advertisingKey, 1))).toMatchObject({
    door: { doorId: 'd30' },
    advert: { versionBits: 7, batteryLow: true },
  });
  expect(recogniser.ofReport(report(new Uint8Array(32).fill(200), 1, 'p2'))).toBeUndefined();
});

test('what shows no manufacturer data is hidden, what shows somebody else’s is not ours', () => {
  const recogniser = new Recogniser(nodeEngine, doors);
  const { manufacturerData: _, ...bare } = report(doors[0]!.advertisingKey, 1);
  expect(recogniser.ofReport(bare)).toBe('hidden');
  expect(recogniser.ofReport({ ...bare, manufacturerData: Uint8Array.of(0x4c, 0, 1) })).toBeUndefined();
});

test('the same advert again costs no key, and a rotated one the likely key first', () => {
  const { engine, macs } = counting();
  const recogniser = new Recogniser(engine, doors);
  recogniser.ofReport(report(doors[49]!.advertisingKey, 1));
  const first = macs();
  expect(first).toBeGreaterThanOrEqual(50);
  recogniser.ofReport(report(doors[49]!.advertisingKey, 1));
  expect(macs()).toBe(first);
  recogniser.ofReport(report(doors[49]!.advertisingKey, 2));
  expect(macs() - first).toBeLessThanOrEqual(3);
});

test('nothing is to be done only where the lock shows the target and the cloud has its receipt', () => {
  const target = { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 0x2_0007 };
  const advert = {
    versionBits: 7,
    logPending: true,
    batteryLow: false,
    notActivated: false,
    nonce: new Uint8Array(4),
  };
  expect(isUpToDate(advert, { target, isProven: true })).toBe(true);
  expect(isUpToDate(advert, { target, isProven: false })).toBe(false);
  expect(isUpToDate({ ...advert, versionBits: 6 }, { target, isProven: true })).toBe(false);
  expect(isUpToDate({ ...advert, notActivated: true }, { target, isProven: true })).toBe(false);
});

test('looking around tells our doors from unknown and hidden locks, and how far each is', async () => {
  const { parts, addDoor, addUnowned, cloud, settle } = await aGateway();
  const door = await addDoor('4A');
  await addDoor('4B', { isHidden: true });
  await addUnowned((await import('#test/builders/lock.ts')).aLock({ name: 'new' }));
  const known = await cloud.courierDoors();
  const { advertisedDoors } = await import('#gateway/status.ts');
  const seen = await settle(lookAround(parts, advertisedDoors(known), 3_000));
  expect(seen.map(({ is }) => (typeof is === 'string' ? is : is.door.doorId)).sort()).toEqual(
    [door.doorId, 'hidden', 'unknown'].sort(),
  );
  const [first, second] = doorStatuses(known, seen);
  expect(first?.seen).toMatchObject({ versionBits: 0, isUpToDate: false });
  expect(second?.seen).toBeUndefined();
});
