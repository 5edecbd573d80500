// The client of DOOR OS against a real server on the loopback: every way in which an answer fails has its code.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CourierDoor } from '#protocol/api/door-sync.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import { CLOUD_CALL_DEADLINE_MS, JSON_ANSWER_MAX_BYTES, PAGES_MAX } from '#gateway/cloud-limits.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { aFolder } from './temporary-folder.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

interface Scene {
  readonly client: CloudClient;
  readonly clock: VirtualClock;
  readonly cacheFolder: string;
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  /** Settles with the next request. */
  asked(): Promise<void>;
  answer: Answer;
}

async function aScene(answer: Answer): Promise<Scene> {
  const clock = new VirtualClock();
  const cacheFolder = aFolder();
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      scene.requests.push({ method, url, headers, body });
      scene.answer(request, response, body);
      for (const wake of waiting.splice(0)) wake();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scene: Scene = {
    client: new CloudClient({
      address: { baseUrl, token: 'a-token' },
      engine: nodeEngine,
      clock,
      cache: new PackageCache(cacheFolder, nodeEngine),
    }),
    clock,
    cacheFolder,
    requests: [],
    asked: () => new Promise((resolve) => waiting.push(resolve)),
    answer,
  };
  return scene;
}

const json =
  (value: unknown, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };

const problem = (status: number, code: string, more: object = {}): Answer =>
  json({ type: 'about:blank', title: 'No', status, code, detail: 'Because.', ...more }, status);

const door: CourierDoor = {
  doorId: `door_${'a'.repeat(26)}`,
  doorName: '4B',
  propertyId: `prop_${'a'.repeat(26)}`,
  lockId: '00'.repeat(16),
  channelKey: '11'.repeat(32),
  advertisingKey: '22'.repeat(32),
  sync: { state: 'no-lock', target: null, applied: null, pendingSinceS: null, dueS: null, reasons: [] },
  leaving: null,
};

test('a list is read page by page, under the token', async () => {
  const { client, requests, ...scene } = await aScene((request, response) => {
    const isSecond = request.url?.includes('after=two') === true;
    json(isSecond ? { items: [door], next: null } : { items: [door, door], next: 'two' })(
      request,
      response,
      '',
    );
  });
  expect(await client.courierDoors()).toHaveLength(3);
  expect(requests.map(({ url }) => url)).toEqual([
    '/api/v1/courier/doors',
    '/api/v1/courier/doors?after=two',
  ]);
  expect(requests[0]?.headers.authorization).toBe('Bearer a-token');
  expect(scene.clock.nextDueMs()).toBeUndefined();
});

test('a list that never ends is left', async () => {
  const { client, requests } = await aScene(json({ items: [], next: 'more' }));
  await expect(client.courierDoors()).rejects.toMatchObject({ code: 'CLOUD_RUBBISH' });
  expect(requests).toHaveLength(PAGES_MAX);
});

test('a refusal comes under its own code, with its reason and the next step', async () => {
  const { client } = await aScene(problem(409, 'DOOR_HAS_LOCK', { next: 'Deactivate it.' }));
  await expect(client.startActivation(door.doorId)).rejects.toMatchObject({
    code: 'DOOR_HAS_LOCK',
    message: 'Because.',
    next: 'Deactivate it.',
    status: 409,
  });
});

test.each([
  ['an unknown token', problem(401, 'NOT_SIGNED_IN'), 'NOT_SIGNED_IN'],
  ['a token that may not', problem(403, 'SCOPE_MISSING'), 'SCOPE_MISSING'],
  ['a failing cloud', problem(500, 'INTERNAL'), 'INTERNAL'],
  ['a code of a later cloud', problem(409, 'MOON_IS_FULL'), 'CLOUD_REFUSED'],
  ['an error without a problem', json({ error: 'no' }, 500), 'CLOUD_RUBBISH'],
  ['a proxy with no cloud behind it', json({ error: 'no' }, 502), 'CLOUD_UNREACHABLE'],
  ['a page instead of an answer', (_, response) => response.end('<html>Welcome</html>'), 'CLOUD_RUBBISH'],
  ['an answer of another shape', json({ items: [{ doorId: 7 }], next: null }), 'CLOUD_RUBBISH'],
  ['an answer that is no UTF-8', (_, response) => response.end(Buffer.from([0xff, 0xfe])), 'CLOUD_RUBBISH'],
  ['another success than the contract’s', json({ items: [], next: null }, 206), 'CLOUD_RUBBISH'],
  ['an empty answer', (_, response) => response.end(), 'CLOUD_RUBBISH'],
  [
    'an endless answer',
    (_, response) => {
      response.on('error', () => {});
      response.write(`"${'x'.repeat(JSON_ANSWER_MAX_BYTES)}`);
      response.write('x'.repeat(1000));
    },
    'CLOUD_RUBBISH',
  ],
  ['a connection that is cut', (request) => request.socket.destroy(), 'CLOUD_UNREACHABLE'],
  [
    'an answer that is cut',
    (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"items":[', () => request.socket.destroy());
    },
    'CLOUD_UNREACHABLE',
  ],
  [
    'an answer that sends the token elsewhere',
    (request, response, body) => {
      if (request.url === '/elsewhere') json({ items: [], next: null })(request, response, body);
      else response.writeHead(302, { location: '/elsewhere' }).end();
    },
    'CLOUD_UNREACHABLE',
  ],
] as [string, Answer, string][])('%s', async (_, answer, code) => {
  const { client } = await aScene(answer);
  const error = await client.courierDoors().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code });
  expect((error as { next?: string }).next ?? 'none').not.toBe('');
});

test('a cloud that is not there', async () => {
  const { client } = await aScene(json({}));
  const gone = new CloudClient({
    address: { baseUrl: 'http://127.0.0.1:1', token: 't' },
    engine: nodeEngine,
    clock: new VirtualClock(),
    cache: new PackageCache(aFolder(), nodeEngine),
  });
  await expect(gone.courierDoors()).rejects.toMatchObject({ code: 'CLOUD_UNREACHABLE' });
  await expect(client.session()).rejects.toMatchObject({ code: 'CLOUD_RUBBISH' });
});

test.each([
  ['before it answers', () => {}],
  ['in the middle of its answer', (_, response) => response.write('{"items":[')],
] as [string, Answer][])('a cloud that falls silent %s is left at the deadline', async (_, answer) => {
  const { client, clock, asked } = await aScene(answer);
  const arrived = asked();
  const failed = expect(client.courierDoors()).rejects.toMatchObject({ code: 'CLOUD_TIMEOUT' });
  await arrived;
  clock.advance(CLOUD_CALL_DEADLINE_MS - 1);
  clock.advance(1);
  await failed;
});

test('a call that is cancelled ends at once', async () => {
  const { client, asked, clock } = await aScene(() => {});
  const abort = new AbortController();
  const arrived = asked();
  const failed = expect(client.courierDoors({ signal: abort.signal })).rejects.toMatchObject({
    code: 'CANCELLED',
  });
  await arrived;
  abort.abort();
  await failed;
  expect(clock.nextDueMs()).toBeUndefined();
  await expect(client.courierDoors({ signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
});

const set = aSignedSet({ rows: 10 });
const { lockId } = set.lock;
const servePackage =
  (bytes: Uint8Array, entityTag = '"v1"'): Answer =>
  (request, response) => {
    if (request.headers['if-none-match'] === entityTag) response.writeHead(304, { etag: entityTag }).end();
    else response.writeHead(200, { etag: entityTag }).end(bytes);
  };

test('a package comes over the air once for each entity tag', async () => {
  const { client, requests } = await aScene(servePackage(set.packageBytes));
  const first = await client.package(door.doorId, lockId);
  const second = await client.package(door.doorId, lockId);
  expect(encodeHex(second.manifestBytes)).toBe(encodeHex(set.manifestBytes));
  expect(second.chunks).toEqual(first.chunks);
  expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"v1"']);
});

test('a delta is not kept, and takes no whole set’s place', async () => {
  const scene = await aScene(servePackage(set.packageBytes));
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
  const { client, requests, cacheFolder } = await aScene(servePackage(set.packageBytes));
  await client.package(door.doorId, lockId);
  const file = join(cacheFolder, readdirSync(cacheFolder)[0]!);
  const bytes = readFileSync(file);
  bytes[bytes.length - 100]! ^= 1;
  writeFileSync(file, bytes);
  expect((await client.package(door.doorId, lockId)).chunks).toEqual(set.chunks);
  expect(requests[1]?.headers['if-none-match']).toBeUndefined();
});

test('a newer package takes the place of the cached one', async () => {
  const scene = await aScene(servePackage(set.packageBytes));
  await scene.client.package(door.doorId, lockId);
  const newer = aSignedSet({ rows: 10, tableVersion: 2 });
  scene.answer = servePackage(newer.packageBytes, '"v2"');
  expect((await scene.client.package(door.doorId, lockId)).manifest.triple.tableVersion).toBe(2);
  expect((await scene.client.package(door.doorId, lockId)).manifest.triple.tableVersion).toBe(2);
  expect(scene.requests.at(-1)?.headers['if-none-match']).toBe('"v2"');
});

test.each([
  ['damaged', Uint8Array.from(set.packageBytes, (byte, i) => (i === 3000 ? byte ^ 1 : byte))],
  ['cut short', set.packageBytes.slice(0, -1)],
  ['for another lock', aSignedSet({ seed: 2 }).packageBytes],
])('a package that is %s is refused and not kept', async (_, bytes) => {
  const { client, cacheFolder } = await aScene(servePackage(bytes));
  await expect(client.package(door.doorId, lockId)).rejects.toMatchObject({ code: 'CLOUD_RUBBISH' });
  expect(readdirSync(cacheFolder)).toEqual([]);
});

test('an answer in very many pieces is one answer', async () => {
  const { client } = await aScene((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    const text = JSON.stringify({ items: [door], next: null }).padEnd(200_000);
    // Each byte a chunk of its own, and many in a packet.
    const chunks = Array.from(text, (letter) => `1\r\n${letter}\r\n`).join('');
    response.socket?.end(`${chunks}0\r\n\r\n`);
  });
  expect(await client.courierDoors()).toEqual([door]);
});

test('calls one after the other go over one connection', async () => {
  const sockets = new Set<unknown>();
  const { client } = await aScene((request, response) => {
    sockets.add(request.socket);
    json({ items: [], next: null })(request, response, '');
  });
  for (let n = 0; n < 5; n++) await client.courierDoors();
  expect(sockets.size).toBe(1);
});

test('a receipt goes out as the contract spells it', async () => {
  const { client, requests } = await aScene(
    json({ outcome: 'applied', closedTasks: 1, sync: { ...door.sync, state: 'up-to-date' } }),
  );
  expect(await client.postReceipt(door.doorId, Uint8Array.of(1, 0xff))).toMatchObject({ closedTasks: 1 });
  expect(requests[0]).toMatchObject({ method: 'POST', url: `/api/v1/doors/${door.doorId}/receipts` });
  expect(JSON.parse(requests[0]!.body)).toEqual({ receipt: '01ff' });
});
