// The cloud as a phone carries for it: what stands in for it where it gives no answer, and how long it is waited for.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Delivery } from '#protocol/api/door-sync.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { CallOptions } from '#gateway/cloud-call.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import { carrierOf } from '#gateway/phone/phone-carrier.ts';
import { aDelta } from '../builders/delta.ts';
import { aLock } from '../builders/lock.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import { cloudGone, FakeCloud } from './fake-cloud.ts';
import { aFolder } from './temporary-folder.ts';

/** That of the first door of a FakeCloud. */
const DOOR_ID = `door_${'a'.repeat(26)}`;
const lock = aLock();
const set = aSignedSet({ lock, tableVersion: 7, rows: 3 });
const nonce = '11'.repeat(16);

function aScene(over: Partial<Delivery> = {}) {
  const cloud = new FakeCloud();
  const clock = new VirtualClock();
  const cache = new PackageCache(join(aFolder(), 'packages'), nodeEngine);
  cache.put(lock.lockId, '"tag"', set.packageBytes);
  const delivery: Delivery = {
    doorId: DOOR_ID,
    lockId: encodeHex(lock.lockId),
    cloudNonce: nonce,
    target: set.triple,
    tableHash: encodeHex(set.manifest.tableHash),
    packageBytes: set.packageBytes.length,
    packageTag: '"tag"',
    delta: null,
    leaving: null,
    expiresAtS: Math.floor(clock.nowMs() / 1_000) + 60,
    ...over,
  };
  const deliveries = { [DOOR_ID]: delivery };
  const carrier = carrierOf({ cloud, cache, clock, deliveries });
  return { cloud, clock, cache, carrier, deliveries };
}

const refusedWith = (code: 'NOT_FOUND' | 'NOT_SIGNED_IN'): CloudError => new CloudError(code, 'no');

it('a set that was fetched beforehand is carried under the nonce that came with it, as long as that holds', async () => {
  const { cloud, clock, carrier } = aScene({ delta: { base: 'aa', packageBytes: 1, packageTag: 'x' } });
  cloud.before = () => {
    throw cloudGone();
  };
  const started = await carrier.startDelivery(DOOR_ID);
  // A delta leads from a table that only the cloud knows the lock to have.
  expect([started.cloudNonce, started.delta]).toEqual([nonce, null]);
  expect((await carrier.package(DOOR_ID, lock.lockId)).manifestBytes).toEqual(set.manifestBytes);
  clock.advance(61_000);
  await expect(carrier.startDelivery(DOOR_ID)).rejects.toMatchObject({ code: 'CLOUD_UNREACHABLE' });
});

it('a set that was fetched beforehand is not carried where the cloud answers no, nor where it is another than the one that is wanted', async () => {
  const refusing = aScene();
  refusing.cloud.before = () => {
    throw refusedWith('NOT_FOUND');
  };
  await expect(refusing.carrier.startDelivery(DOOR_ID)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const other = aScene({ target: { ...set.triple, tableVersion: 8 } });
  other.cloud.before = () => {
    throw cloudGone();
  };
  await other.carrier.startDelivery(DOOR_ID);
  await expect(other.carrier.package(DOOR_ID, lock.lockId)).rejects.toMatchObject({
    code: 'CLOUD_UNREACHABLE',
  });
  const delta = aDelta(set, aSignedSet({ lock, tableVersion: 8, rows: 4 }));
  other.cache.put(lock.lockId, '"delta"', delta.packageBytes);
  await expect(other.carrier.package(DOOR_ID, lock.lockId)).rejects.toMatchObject({
    code: 'CLOUD_UNREACHABLE',
  });
});

/** The cloud gives no answer, from `method` on. */
const silentFrom = (scene: ReturnType<typeof aScene>, method: string): void => {
  let isSilent = false;
  scene.cloud.before = (called) => {
    isSilent ||= called === method;
    if (isSilent) throw new CloudError('CLOUD_TIMEOUT', 'no answer');
  };
};

it('a set that was fetched beforehand stands in for one that a cloud has begun and does not give, under the nonce of that cloud', async () => {
  const scene = aScene({ cloudNonce: '22'.repeat(16) });
  const { doorId } = scene.cloud.add('4B', lock, set);
  silentFrom(scene, 'package');
  expect((await scene.carrier.startDelivery(doorId)).cloudNonce).toBe('1'.padStart(32, '0'));
  expect(await scene.carrier.package(doorId, lock.lockId)).toMatchObject({ manifest: { kind: 'full' } });
  const newer = aScene();
  newer.cloud.add('4B', lock, aSignedSet({ lock, tableVersion: 8, rows: 4 }));
  silentFrom(newer, 'package');
  await newer.carrier.startDelivery(doorId);
  await expect(newer.carrier.package(doorId, lock.lockId)).rejects.toMatchObject({ code: 'CLOUD_TIMEOUT' });
  const refusing = aScene();
  refusing.cloud.add('4B', lock, set);
  await refusing.carrier.startDelivery(doorId);
  refusing.cloud.before = () => {
    throw refusedWith('NOT_FOUND');
  };
  await expect(refusing.carrier.package(doorId, lock.lockId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it.each(['startDelivery', 'package', 'keySetsAfter', 'signTime'])(
  'a cloud that is silent at %s is waited for once, with a lock at the other end',
  async (method) => {
    const scene = aScene();
    const { cloud, carrier } = scene;
    const doorId = DOOR_ID;
    expect(cloud.add('4B', lock, set).doorId).toBe(doorId);
    silentFrom(scene, method);
    const [nothing, id] = [new Uint8Array(), lock.lockId];
    await carrier.startDelivery(doorId);
    await carrier.package(doorId, id);
    const silence = { code: 'CLOUD_TIMEOUT' };
    if (method === 'keySetsAfter') await expect(carrier.keySetsAfter(0)).rejects.toMatchObject(silence);
    await expect(carrier.signTime(doorId, nothing)).rejects.toMatchObject(silence);
    await expect(carrier.postLogBatch(doorId, nothing)).rejects.toMatchObject(silence);
    await expect(carrier.postReceipt(doorId, nothing)).rejects.toMatchObject(silence);
    await expect(carrier.keySetsAfter(0)).rejects.toMatchObject(silence);
    expect(cloud.calls.at(-1)).toBe(method);
    expect(cloud.calls.filter((called) => called === method)).toHaveLength(1);
  },
);

it('each call is waited for as long as somebody at a door waits, a set as long as it comes', async () => {
  const limits: (CallOptions | undefined)[] = [];
  const take = (options?: CallOptions): Promise<never> => {
    limits.push(options);
    return Promise.reject(refusedWith('NOT_FOUND'));
  };
  const cloud = Object.assign(new FakeCloud(), {
    startDelivery: (_: string, options?: CallOptions) => take(options),
    package: (_: string, __: unknown, options?: CallOptions) => take(options),
    keySetsAfter: (_: number, options?: CallOptions) => take(options),
    postReceipt: (_: string, __: unknown, options?: CallOptions) => take(options),
    signTime: (_: string, __: unknown, options?: CallOptions) => take(options),
    postLogBatch: (_: string, __: unknown, options?: CallOptions) => take(options),
  });
  const { clock, cache } = aScene();
  const carrier = carrierOf({ cloud, cache, clock, deliveries: {} });
  const [nothing, at] = [new Uint8Array(), { deadlineMs: 7_000 }];
  await Promise.allSettled([
    carrier.startDelivery('a'),
    carrier.keySetsAfter(0, at),
    carrier.postReceipt('a', nothing),
    carrier.signTime('a', nothing, at),
    carrier.postLogBatch('a', nothing, { deadlineMs: 3_000 }),
    carrier.package('a', lock.lockId),
  ]);
  expect(limits.map((one) => one?.deadlineMs)).toEqual([5_000, 5_000, 5_000, 5_000, 3_000, undefined]);
  expect(limits.at(-1)).toEqual({ silenceMs: 5_000 });
});
