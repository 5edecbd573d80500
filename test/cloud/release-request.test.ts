// Giving a lock away: a request to the root keys for a lock that no door counts on, and nothing short of their threshold.
import { expect, test } from 'vitest';
import { askRelease, finishRelease, type ReleaseWish } from '#cloud/release-request.ts';
import { decodeRelease, verifyRelease } from '#protocol/signed/release.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { formatRequest, parseRequest } from '#cloud/keys/sign-request.ts';
import { aRootHolder, handOver, rootsIn, signedBy } from './ceremony.ts';
import { aCloud, type TestCloud } from './cloud-fixture.ts';
import { aHouse } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const refused = (code: string): unknown => expect.objectContaining({ code });

const asking = (
  { dataFolder, keysFolder, clock }: TestCloud,
  lock: string,
  more: Partial<ReleaseWish> = {},
) =>
  askRelease({ dataFolder, clock, random: systemRandom, engine: nodeEngine }, { keysFolder, lock, ...more });

/** A lock that was at a door and is there no more. */
async function aLockThatLeft(cloud: TestCloud, door = '4B') {
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door(door);
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  const params = { doorId };
  await manager.call('askDeactivation', { params, body: { isLost: true } });
  return { lock, doorId, lockId: encodeHex(lock.lockId) };
}

test('a lock that has left its door is released by the root keys, to an epoch that it takes', async () => {
  const cloud = await aCloud();
  const { lock, lockId, doorId } = await aLockThatLeft(cloud);
  for (const name of [lockId, doorId, '4B']) {
    const request = parseRequest(nodeEngine, formatRequest(await asking(cloud, name), ['words']));
    const release = decodeRelease(request.payload);
    expect(encodeHex(release.lockId)).toBe(lockId);
    expect(release.ownershipEpoch).toBeGreaterThan(lock.ownershipEpoch + 1);
    const signed = finishRelease(nodeEngine, request, [signedBy(request, ...rootsIn(cloud.keysFolder))]);
    expect(verifyRelease(nodeEngine, signed, lock.lockId, lock.keySet!)).toEqual(release);
  }
});

test('a release that a courier kept finds no lock that was bound below it: an activation from before is over', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const { lock, lockId, doorId } = await aLockThatLeft(cloud);
  const start = await manager.call('startActivation', { params: { doorId } });
  const { ownershipEpoch } = decodeRelease((await asking(cloud, lockId)).payload);
  expect(start.ownershipEpoch).toBeLessThan(ownershipEpoch);
  const body = { statement: lock.state(start), label: lock.label };
  const { code } = await manager.refused('finishActivation', { params: { activationId: start.id }, body });
  expect(code).toBe('ACTIVATION_ENDED');
  await activate(manager, doorId, lock);
  expect(lock.ownershipEpoch).toBeGreaterThan(ownershipEpoch);
});

test('a lock that a door counts on is not given away, and one that nobody knows neither', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const lock = await activate(cloud.manager, house.door('4B'));
  await expect(asking(cloud, encodeHex(lock.lockId))).rejects.toThrow(refused('DOOR_HAS_LOCK'));
  await expect(asking(cloud, '4B')).rejects.toThrow(refused('DOOR_HAS_LOCK'));
  for (const name of ['Pool', 'Nowhere', '', '%', 'ff'.repeat(16)]) {
    await expect(asking(cloud, name), name).rejects.toThrow(refused('NOT_FOUND'));
  }
});

test('fewer roots than the threshold, others, and a signature on another release make none', async () => {
  const cloud = await aCloud();
  const { lockId } = await aLockThatLeft(cloud);
  const holders = [aRootHolder(), aRootHolder(), aRootHolder()];
  const [first] = rootsIn(cloud.keysFolder);
  handOver(cloud.keysFolder, holders, 2);
  const [request, other] = [await asking(cloud, lockId), await asking(cloud, lockId)];
  const [ann, bob] = holders.map(({ key }) => key);
  const sheet = signedBy(request, ann!);
  const finish = (...sheets: Parameters<typeof finishRelease>[2]) =>
    finishRelease(nodeEngine, request, sheets);
  expect(() => finish(sheet)).toThrow(refused('RELEASE_REFUSED'));
  expect(() => finish(sheet, sheet)).toThrow(refused('RELEASE_REFUSED'));
  expect(() => finish(sheet, signedBy(other, bob!))).toThrow(refused('RELEASE_REFUSED'));
  expect(() => signedBy(request, first!)).toThrow(refused('ROOT_UNKNOWN'));
  expect(finish(sheet, signedBy(request, bob!)).length).toBeGreaterThan(0);
  // A lock that never got key set 2 believes the root of its own.
  const older = await asking(cloud, lockId, { keySet: 1 });
  expect(finishRelease(nodeEngine, older, [signedBy(older, first!)]).length).toBeGreaterThan(0);
  await expect(asking(cloud, lockId, { keySet: 3 })).rejects.toThrow(refused('KEY_MISSING'));
});
