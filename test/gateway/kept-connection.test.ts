// A kept connection that the cloud closes as the next call is written on it: a GET comes once more, on a connection of its own
// and within the same deadline; nothing else is sent twice.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { routes } from '#protocol/api/routes.ts';
import { deferred } from '#protocol/ports/deferred.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { callCloud, type CallOptions } from '#gateway/cloud-call.ts';

type Act = (request: IncomingMessage, response: ServerResponse) => void;

const page = JSON.stringify({ items: [], next: null });
const answer: Act = (_, response) => void response.end(page);
const close: Act = ({ socket }) => void socket.destroy();
const reset: Act = ({ socket }) => void socket.resetAndDestroy();
const wait: Act = () => undefined;
/** Closes once that much of an answer is out. */
const closeBehind =
  (part: string): Act =>
  ({ socket }) =>
    void socket.write(part, () => socket.destroy());

const GET = 'GET /api/v1/courier/doors';

/** What the server does with each request in turn; it answers those behind. */
async function aScene(...acts: readonly Act[]) {
  const clock = new VirtualClock();
  const arrivals: string[] = [];
  const sockets: Socket[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const act = acts[arrivals.length] ?? answer;
    arrivals.push(`${request.method} ${request.url} on ${sockets.indexOf(request.socket)}`);
    act(request, response);
    for (const wake of waiting.splice(0)) wake();
  });
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'a-token',
  };
  return {
    clock,
    arrivals,
    sockets,
    get: (options?: CallOptions) => callCloud(address, clock, routes.courierDoors, {}, options),
    /** The same path under another method. */
    call: (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE') =>
      callCloud(address, clock, { ...routes.courierDoors, method }),
    /** Settles once so many have arrived. */
    async arrived(count: number): Promise<void> {
      while (arrivals.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

const unreachable = { code: 'CLOUD_UNREACHABLE' };

test.each([
  ['closed', close],
  ['reset', reset],
])('a GET whose kept connection is %s as it comes is sent once more', async (_, end) => {
  const { get, arrivals, clock } = await aScene(answer, end);
  await get();
  expect(await get()).toEqual({ items: [], next: null });
  expect(arrivals).toEqual([`${GET} on 0`, `${GET} on 0`, `${GET} on 1`]);
  expect(clock.nextDueMs()).toBeUndefined();
});

test.each(['ended and reset', 'reset'])(
  'a GET that is written on a kept connection which was %s unseen is sent once more',
  async (how) => {
    const { get, arrivals, sockets } = await aScene();
    await get();
    const [kept] = sockets;
    const second = deferred<unknown>();
    // Within one turn of the event loop: the client can't have seen it. Writing fails with EPIPE, or with ECONNRESET.
    const resetAndGet = (): void => {
      kept?.resetAndDestroy();
      get().then(second.resolve, second.reject);
    };
    if (how === 'reset') resetAndGet();
    else kept?.end(resetAndGet);
    expect(await second.promise).toEqual({ items: [], next: null });
    expect(arrivals).toEqual([`${GET} on 0`, `${GET} on 1`]);
  },
);

test('the second try goes over a fresh connection, where another kept one is idle, too', async () => {
  const { get, arrivals, sockets } = await aScene(answer, answer, close);
  await Promise.all([get(), get()]);
  expect(sockets).toHaveLength(2);
  await get();
  expect(sockets).toHaveLength(3);
  expect(arrivals.at(-1)).toBe(`${GET} on 2`);
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
  'a %s is sent once, whatever becomes of it',
  async (method) => {
    const { get, call, arrivals } = await aScene(answer, reset);
    await get();
    await expect(call(method)).rejects.toMatchObject(unreachable);
    await get();
    expect(arrivals).toEqual([`${GET} on 0`, `${method} /api/v1/courier/doors on 0`, `${GET} on 1`]);
  },
);

test.each([
  ['closed', close],
  ['reset', reset],
])('a GET on a fresh connection that is %s is not sent again', async (_, end) => {
  const { get, arrivals } = await aScene(end);
  await expect(get()).rejects.toMatchObject(unreachable);
  await get();
  expect(arrivals).toEqual([`${GET} on 0`, `${GET} on 1`]);
});

test('a second try that is reset, too, is the last', async () => {
  const { get, arrivals } = await aScene(answer, reset, reset);
  await get();
  await expect(get()).rejects.toMatchObject(unreachable);
  await get();
  expect(arrivals).toEqual([`${GET} on 0`, `${GET} on 0`, `${GET} on 1`, `${GET} on 2`]);
});

test.each([
  ['in its first line', 'HTTP/1.1 2'],
  ['in its headers', 'HTTP/1.1 200 OK\r\ncontent-length: 9'],
  ['in its body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'],
  ['behind a word that it goes on', 'HTTP/1.1 102 Processing\r\n\r\n'],
])('an answer on a kept connection that is cut off %s is not asked for again', async (_, part) => {
  const { get, arrivals } = await aScene(answer, closeBehind(part));
  await get();
  await expect(get()).rejects.toMatchObject(unreachable);
  await get();
  expect(arrivals).toEqual([`${GET} on 0`, `${GET} on 0`, `${GET} on 1`]);
});

test('one deadline is over both tries', async () => {
  let first: IncomingMessage | undefined;
  const { get, arrivals, arrived, clock } = await aScene(answer, (request) => (first = request), wait);
  await get();
  const failed = expect(get({ deadlineMs: 1_000 })).rejects.toMatchObject({ code: 'CLOUD_TIMEOUT' });
  await arrived(2);
  clock.advance(600);
  first?.socket.destroy();
  await arrived(3);
  expect(clock.nextDueMs()).toBe(1_000);
  clock.advance(400);
  await failed;
  expect(arrivals).toHaveLength(3);
});

test('a cancel in the second try ends it, and its connection', async () => {
  const { get, sockets, arrived, clock } = await aScene(answer, close, wait);
  await get();
  const abort = new AbortController();
  const failed = expect(get({ signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  await arrived(3);
  const closed = once(sockets[1]!, 'close');
  abort.abort();
  await failed;
  await closed;
  expect(clock.nextDueMs()).toBeUndefined();
});

test.each(['cancelled', 'late'])('a GET on a kept connection that is %s is not sent again', async (why) => {
  const { get, arrivals, sockets, arrived, clock } = await aScene(answer, wait);
  await get();
  const abort = new AbortController();
  const failed = expect(get({ deadlineMs: 1_000, signal: abort.signal })).rejects.toMatchObject({
    code: why === 'late' ? 'CLOUD_TIMEOUT' : 'CANCELLED',
  });
  await arrived(2);
  const closed = once(sockets[0]!, 'close');
  if (why === 'late') clock.advance(1_000);
  else abort.abort();
  await failed;
  await closed;
  // A second try would be there before it.
  await get();
  expect(arrivals).toEqual([`${GET} on 0`, `${GET} on 0`, `${GET} on 1`]);
});
