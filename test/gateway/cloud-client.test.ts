// The client of DOOR OS against a real server on the loopback: every way in which an answer fails has its code.
import { expect, test, vi } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import { CLOUD_CALL_DEADLINE_MS, JSON_ANSWER_MAX_BYTES, PAGES_MAX } from '#gateway/cloud-limits.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import { aServedCloud, door, json, problem, type Answer } from './served-cloud.ts';
import { aFolder } from './temporary-folder.ts';

test('a list is read page by page, under the token', async () => {
  const { client, requests, ...scene } = await aServedCloud((request, response) => {
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
  const { client, requests } = await aServedCloud(json({ items: [], next: 'more' }));
  await expect(client.courierDoors()).rejects.toMatchObject({ code: 'CLOUD_RUBBISH' });
  expect(requests).toHaveLength(PAGES_MAX);
});

test('a refusal comes under its own code, with its reason and the next step', async () => {
  const { client } = await aServedCloud(problem(409, 'DOOR_HAS_LOCK', { next: 'Deactivate it.' }));
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
  const { client } = await aServedCloud(answer);
  const error = await client.courierDoors().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code });
  expect((error as { next?: string }).next).toMatch(/^[A-Z].*\.$/);
});

test('a cloud that is not there', async () => {
  const { client } = await aServedCloud(json({}));
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
  const { client, clock, asked } = await aServedCloud(answer);
  const arrived = asked();
  const failed = expect(client.courierDoors()).rejects.toMatchObject({ code: 'CLOUD_TIMEOUT' });
  await arrived;
  clock.advance(CLOUD_CALL_DEADLINE_MS - 1);
  clock.advance(1);
  await failed;
});

test('an answer that may take longer is waited for as long as it comes, and left once nothing comes', async () => {
  let answers!: Parameters<Answer>[1];
  const { client, clock, asked } = await aServedCloud((_, response) => void (answers = response));
  const arrived = asked();
  const limits = { deadlineMs: 30_000, silenceMs: 5_000 };
  const failed = expect(client.courierDoors(limits)).rejects.toMatchObject({
    code: 'CLOUD_TIMEOUT',
    message: expect.stringContaining('within 5000 ms') as string,
  });
  await arrived;
  for (let part = 0; part < 3; part++) {
    clock.advance(4_999);
    answers.write(' ');
    const dueMs = clock.nextDueMs();
    await vi.waitFor(() => expect(clock.nextDueMs()).not.toBe(dueMs));
  }
  clock.advance(5_000);
  await failed;
  expect(clock.nextDueMs()).toBeUndefined();
});

test('a call that is cancelled ends at once', async () => {
  const { client, asked, clock } = await aServedCloud(() => {});
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

test('an answer in very many pieces is one answer', async () => {
  const { client } = await aServedCloud((_, response) => {
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
  const { client } = await aServedCloud((request, response) => {
    sockets.add(request.socket);
    json({ items: [], next: null })(request, response, '');
  });
  for (let n = 0; n < 5; n++) await client.courierDoors();
  expect(sockets.size).toBe(1);
});

test('a receipt goes out as the contract spells it', async () => {
  const { client, requests } = await aServedCloud(
    json({ outcome: 'applied', closedTasks: 1, sync: { ...door.sync, state: 'up-to-date' } }),
  );
  expect(await client.postReceipt(door.doorId, Uint8Array.of(1, 0xff))).toMatchObject({ closedTasks: 1 });
  expect(requests[0]).toMatchObject({ method: 'POST', url: `/api/v1/doors/${door.doorId}/receipts` });
  expect(JSON.parse(requests[0]!.body)).toEqual({ receipt: '01ff' });
});
