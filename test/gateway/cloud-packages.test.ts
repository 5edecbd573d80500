// Packages as the client gets and keeps them: once for each entity tag, checked, and no longer than their lock is there.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { aServedCloud, door, json, type Answer } from './served-cloud.ts';

const set = aSignedSet({ rows: 10 });
const { lockId } = set.lock;
const servePackage =
  (bytes: Uint8Array, entityTag = '"v1"'): Answer =>
  (request, response) => {
    if (request.headers['if-none-match'] === entityTag) response.writeHead(304, { etag: entityTag }).end();
    else response.writeHead(200, { etag: entityTag }).end(bytes);
  };

test('a package comes over the air once for each entity tag', async () => {
  const { client, requests } = await aServedCloud(servePackage(set.packageBytes));
  const first = await client.package(door.doorId, lockId);
  const second = await client.package(door.doorId, lockId);
  expect(encodeHex(second.manifestBytes)).toBe(encodeHex(set.manifestBytes));
  expect(second.chunks).toEqual(first.chunks);
  expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"v1"']);
});

test('a delta is not kept, and takes no whole set’s place', async () => {
  const scene = await aServedCloud(servePackage(set.packageBytes));
  await scene.client.package(door.doorId, lockId);
  const { packageBytes } = aDelta(set, aSignedSet({ rows: 9, tableVersion: 2 }));
  scene.answer = servePackage(packageBytes, '"delta"');
  const base = encodeHex(set.manifest.tableHash);
  expect((await scene.client.package(door.doorId, lockId, { base })).manifest.kind).toBe('delta');
  scene.answer = servePackage(set.packageBytes);
  expect((await scene.client.package(door.doorId, lockId)).chunks).toEqual(set.chunks);
  expect(scene.requests.map(({ headers }) => headers['if-none-match'])).toEqual([
    undefined,
    undefined,
    '"v1"',
  ]);
});

test('a cached package whose file was damaged is fetched again', async () => {
  const { client, requests, cacheFolder } = await aServedCloud(servePackage(set.packageBytes));
  await client.package(door.doorId, lockId);
  const file = join(cacheFolder, readdirSync(cacheFolder)[0]!);
  const bytes = readFileSync(file);
  bytes[bytes.length - 100]! ^= 1;
  writeFileSync(file, bytes);
  expect((await client.package(door.doorId, lockId)).chunks).toEqual(set.chunks);
  expect(requests[1]?.headers['if-none-match']).toBeUndefined();
});

test('a newer package takes the place of the cached one', async () => {
  const scene = await aServedCloud(servePackage(set.packageBytes));
  await scene.client.package(door.doorId, lockId);
  const newer = aSignedSet({ rows: 10, tableVersion: 2 });
  scene.answer = servePackage(newer.packageBytes, '"v2"');
  expect((await scene.client.package(door.doorId, lockId)).manifest.triple.tableVersion).toBe(2);
  expect((await scene.client.package(door.doorId, lockId)).manifest.triple.tableVersion).toBe(2);
  expect(scene.requests.at(-1)?.headers['if-none-match']).toBe('"v2"');
});

test('a cached package goes with its lock, and what a death left of one with it', async () => {
  const scene = await aServedCloud(servePackage(set.packageBytes));
  await scene.client.package(door.doorId, lockId);
  const [file = ''] = readdirSync(scene.cacheFolder);
  writeFileSync(join(scene.cacheFolder, `${file}.4711`), 'half of it');
  const lists = (...items: unknown[]): Answer => json({ items, next: null });
  scene.answer = lists({ ...door, lockId: encodeHex(lockId) });
  await scene.client.courierDoors();
  expect(readdirSync(scene.cacheFolder)).toEqual([file]);
  scene.answer = lists();
  await scene.client.courierDoors();
  expect(readdirSync(scene.cacheFolder)).toEqual([]);
});

test.each([
  ['damaged', Uint8Array.from(set.packageBytes, (byte, i) => (i === 3000 ? byte ^ 1 : byte))],
  ['cut short', set.packageBytes.slice(0, -1)],
  ['for another lock', aSignedSet({ seed: 2 }).packageBytes],
])('a package that is %s is refused and not kept', async (_, bytes) => {
  const { client, cacheFolder } = await aServedCloud(servePackage(bytes));
  await expect(client.package(door.doorId, lockId)).rejects.toMatchObject({ code: 'CLOUD_RUBBISH' });
  expect(readdirSync(cacheFolder)).toEqual([]);
});
