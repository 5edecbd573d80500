// A delta where one leads from what the lock has proven, and the full set where the lock does not take it.
import { expect, test } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { syncDoors } from '#gateway/sync-doors.ts';
import { aDelta } from '../builders/delta.ts';
import { aGateway } from './gateway-scene.ts';

/** A lock with version 1, a cloud that wants version 2 and has a delta to it. */
async function aScene() {
  const scene = await aGateway();
  const { addDoor, cloud, parts, settle } = scene;
  const door = await addDoor('4A', { rows: 1_000 });
  await settle(syncDoors(parts, ['4A']));
  const base = cloud.doorList[0]!.set!;
  door.wants(2);
  const atCloud = cloud.doorList[0]!;
  const target = atCloud.set!;
  atCloud.delta = { base: encodeHex(base.manifest.tableHash), set: aDelta(base, target) };
  cloud.calls.length = 0;
  const sync = async () => (await settle(syncDoors(parts, ['4A']))).doors[0]!;
  return { ...scene, door, target, sync };
}

test('a delta goes out in the place of the whole table, in its few frames', async () => {
  const { sync, door, target, cloud } = await aScene();
  const outcome = await sync();
  expect(outcome).toMatchObject({ result: 'applied', delivery: { connections: 1 } });
  expect('delivery' in outcome ? outcome.delivery.framesSent : 0).toBeLessThan(18);
  expect(door.lock.active?.tableHash).toEqual(target.manifest.tableHash);
  expect(cloud.calls).not.toContain('package');
});

test('a lock that has another table than the delta leads from gets the full set at once', async () => {
  const { sync, door, target, cloud } = await aScene();
  door.lock.active = { ...door.lock.active!, tableHash: new Uint8Array(32) as never };
  const outcome = await sync();
  expect(outcome).toMatchObject({ result: 'applied', delivery: { connections: 2 } });
  expect(door.lock.active.tableHash).toEqual(target.manifest.tableHash);
  expect(cloud.calls.filter((call) => call === 'delta' || call === 'package')).toEqual(['delta', 'package']);
});

test.each<RefusalCode>(['WRONG_BASE', 'DELTA_UNSUPPORTED', 'TABLE_MISMATCH'])(
  'a delta that is refused with %s is followed by the full set',
  async (code) => {
    const { sync, door, target } = await aScene();
    Object.assign(door.lock.faults, { refuseDeltas: code });
    expect((await sync()).result).toBe('applied');
    expect(door.lock.active?.tableHash).toEqual(target.manifest.tableHash);
  },
);

test.each<RefusalCode>(['STALE', 'CAPACITY', 'BAD_SIGNATURE'])(
  'a delta that is refused with %s is refused: the full set would be as well',
  async (code) => {
    const { sync, door, cloud } = await aScene();
    Object.assign(door.lock.faults, { refuseDeltas: code });
    expect(await sync()).toMatchObject({ result: 'failed', error: { code: 'LOCK_REFUSED', refusal: code } });
    expect(cloud.calls).not.toContain('package');
  },
);

test('a full set that is refused is not asked for again', async () => {
  const { sync, door, cloud } = await aScene();
  Object.assign(door.lock.faults, { refuseOffers: 'WRONG_BASE' });
  expect(await sync()).toMatchObject({ result: 'failed', error: { refusal: 'WRONG_BASE' } });
  expect(cloud.calls.filter((call) => call === 'package')).toHaveLength(1);
});

test('who asks for whole sets gets no delta', async () => {
  const { parts, settle, cloud, door, target } = await aScene();
  const { doors } = await settle(syncDoors(parts, ['4A'], { wholeSets: true }));
  expect(doors).toMatchObject([{ result: 'applied', delivery: { connections: 1 } }]);
  expect(cloud.calls).not.toContain('delta');
  expect(door.lock.active?.tableHash).toEqual(target.manifest.tableHash);
});
