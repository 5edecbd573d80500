// The client that is generated from the document, on the real cloud: typed from path to reply, with every way in which
// a call can fail as an error with a code.
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { apiClient, dataOf, type ApiClient, type Credentials } from '#protocol/api/client.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { aCloud, MANAGER } from './cloud-fixture.ts';

const clientAt = (
  baseUrl: string,
  credentials: Credentials,
  more: { fetch?: (request: Request) => Promise<Response>; clock?: VirtualClock } = {},
): ApiClient => apiClient({ baseUrl, fetch, clock: systemClock, random: systemRandom, credentials, ...more });

const bearer = (token: string | undefined): Credentials => ({ kind: 'bearer', token: () => token });

test('a property is made, listed and changed through the typed client', async () => {
  const { url, manager } = await aCloud();
  const api = clientAt(url, bearer(manager.token));
  const property = await dataOf(
    api.POST('/api/v1/properties', {
      body: { name: 'House', zone: 'UTC', doors: [{ name: 'Entrance', type: 'building-entrance' }] },
    }),
  );
  const params = { path: { propertyId: property.id }, query: { limit: 1 } };
  const { items, next } = await dataOf(api.GET('/api/v1/properties/{propertyId}/doors', { params }));
  expect(items).toMatchObject([{ name: 'Entrance', sync: { state: 'no-lock' } }]);
  expect(next).toBeNull();
});

test('a refusal is an error with the code of the problem, its fields and the id of the request', async () => {
  const { url, manager } = await aCloud();
  const api = clientAt(url, bearer(manager.token));
  const refused = dataOf(api.POST('/api/v1/properties', { body: { name: '', zone: 'UTC' } }));
  await expect(refused).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    problem: { errors: [{ path: 'name' }] },
    requestId: expect.stringMatching(/^[a-z2-7]{16}$/) as string,
  });
  const stranger = clientAt(url, bearer(undefined));
  await expect(dataOf(stranger.GET('/api/v1/session'))).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
});

test('a page signs in by cookie, and what it changes carries the token against forgery', async () => {
  const { url } = await aCloud();
  const jar = { cookie: '' };
  const browser = async (request: Request): Promise<Response> => {
    const headers = new Headers(request.headers);
    if (jar.cookie !== '') headers.set('cookie', jar.cookie);
    const response = await fetch(new Request(request, { headers }));
    const [set = ''] = response.headers.getSetCookie();
    if (set !== '') jar.cookie = set.split(';')[0] ?? '';
    return response;
  };
  const page = { csrfToken: undefined as string | undefined };
  const api = clientAt(url, { kind: 'session', csrfToken: () => page.csrfToken }, { fetch: browser });
  const signedIn = await dataOf(api.POST('/api/v1/sign-in', { body: { ...MANAGER, session: 'cookie' } }));
  const body = { name: 'House', zone: 'UTC' };
  await expect(dataOf(api.POST('/api/v1/properties', { body }))).rejects.toMatchObject({
    code: 'CSRF_REFUSED',
  });
  page.csrfToken = signedIn.csrfToken;
  expect(await dataOf(api.POST('/api/v1/properties', { body }))).toMatchObject(body);
  expect(await dataOf(api.GET('/api/v1/session'))).toMatchObject({ email: MANAGER.email });
});

test('a request that is sent again with the key of the first is done once', async () => {
  const { url, manager } = await aCloud();
  const keys: (string | null)[] = [];
  const api = clientAt(url, bearer(manager.token), {
    fetch: (request) => {
      keys.push(request.headers.get('idempotency-key'));
      return fetch(request);
    },
  });
  const body = { name: 'House', zone: 'UTC' };
  const again = { headers: { 'idempotency-key': 'mine' }, body };
  const first = await dataOf(api.POST('/api/v1/properties', again));
  expect(await dataOf(api.POST('/api/v1/properties', again))).toEqual(first);
  await expect(dataOf(api.POST('/api/v1/properties', { body }))).rejects.toMatchObject({
    code: 'NAME_TAKEN',
  });
  await expect(dataOf(api.POST('/api/v1/properties', { body }))).rejects.toMatchObject({
    code: 'NAME_TAKEN',
  });
  expect(keys.slice(0, 2)).toEqual(['mine', 'mine']);
  expect(new Set(keys).size).toBe(3);
});

async function aServer(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer ?? (() => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

test('an answer that stops in its middle is late after the deadline, and a call can be cancelled', async () => {
  const begun: (() => void)[] = [];
  const url = await aServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"items":');
    begun.shift()?.();
  });
  const clock = new VirtualClock();
  const api = clientAt(url, bearer('t'), { clock });
  const isBegun = (): Promise<void> => new Promise((resolve) => begun.push(() => resolve()));
  const begins = isBegun();
  const late = dataOf(api.GET('/api/v1/session'));
  await begins;
  clock.advance(30_000);
  await expect(late).rejects.toMatchObject({ code: 'API_TIMEOUT' });
  const abort = new AbortController();
  const beginsAgain = isBegun();
  const cancelled = dataOf(api.GET('/api/v1/session', { signal: abort.signal }));
  await beginsAgain;
  abort.abort();
  await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(clock.nextDueMs()).toBeUndefined();
});

test('a server that is none of ours, sends elsewhere or is not there is told apart', async () => {
  const other = await aServer((_request, response) => response.writeHead(500).end('<html>'));
  await expect(dataOf(clientAt(other, bearer('t')).GET('/api/v1/session'))).rejects.toMatchObject({
    code: 'API_RUBBISH',
  });
  const elsewhere = await aServer((_request, response) =>
    response.writeHead(307, { location: `${other}/x` }).end(),
  );
  const gone = clientAt('http://127.0.0.1:1', bearer('t'));
  for (const api of [clientAt(elsewhere, bearer('t')), gone]) {
    await expect(dataOf(api.GET('/api/v1/session'))).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  }
});
