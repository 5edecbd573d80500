// Downloads of sets: what is answered again from memory is never what somebody may not have any more, and a reader that
// hardly reads is cut off.
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { boundDownloads, DOWNLOAD_DEADLINE_MS } from '#cloud/http/download-limit.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { withStore } from './callers.ts';
import { aCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate } from './paper-lock.ts';

async function aDoor() {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const doorId = house.door('4B');
  await activate(cloud.manager, doorId);
  const courier = await cloud.clientOf(['courier']);
  const fetchSet = (client = courier): Promise<Response> => client.fetch('package', { params: { doorId } });
  return { cloud, house, doorId, courier, fetchSet };
}

test('a token that another process revokes is refused with the very next download', async () => {
  const { cloud, fetchSet } = await aDoor();
  for (let i = 0; i < 5; i++) expect((await fetchSet()).status).toBe(200);
  await withStore(cloud, (store) =>
    store.write((trx) =>
      trx.updateTable('tokens').set({ revoked_at_s: 1 }).where('scopes', '=', 'courier').execute(),
    ),
  );
  expect((await fetchSet()).status).toBe(401);
  expect((await fetchSet(cloud.manager)).status).toBe(200);
});

test('a change is served with the very next download, to everybody the same', async () => {
  const { cloud, house, fetchSet } = await aDoor();
  const tags = new Set<string | null>();
  for (let i = 0; i < 4; i++) {
    await invite(cloud.manager, house, { email: `p${i}@example.com` });
    const [first, again, other] = [await fetchSet(), await fetchSet(), await fetchSet(cloud.manager)];
    const [a, b, c] = [first, again, other].map((response) => response.headers.get('etag'));
    expect([b, c]).toEqual([a, a]);
    expect(Buffer.from(await first.arrayBuffer()).equals(Buffer.from(await again.arrayBuffer()))).toBe(true);
    tags.add(a ?? null);
  }
  expect(tags.size).toBe(4);
});

test('a set answered again has the headers of the first answer, and an id of its own', async () => {
  const { fetchSet } = await aDoor();
  const [first, again] = [await fetchSet(), await fetchSet()];
  const own = new Set(['date', 'x-request-id']);
  const headersOf = ({ headers }: Response) => [...headers].filter(([name]) => !own.has(name));
  expect(headersOf(again)).toEqual(headersOf(first));
  expect(headersOf(first).map(([name]) => name)).toEqual(
    expect.arrayContaining(['etag', 'content-security-policy', 'cache-control', 'content-type']),
  );
  expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
});

test('a token that has expired by the clock is refused, whatever was answered to it before', async () => {
  const { cloud, fetchSet } = await aDoor();
  expect((await fetchSet()).status).toBe(200);
  expect((await fetchSet()).status).toBe(200);
  cloud.clock.advanceS(400 * 86_400);
  expect((await fetchSet()).status).toBe(401);
});

/** Far more than a socket takes at once. */
const REPLY_BYTES = 64 * 1_048_576;

/** A server of one large reply, whose time only the test moves. */
async function aSlowDownload() {
  const clock = new VirtualClock();
  const app = express();
  app.use(boundDownloads(clock));
  let noteSent: () => void = () => undefined;
  const sent = new Promise<void>((resolve) => {
    noteSent = resolve;
  });
  app.get('/', (_request, response) => {
    response.once('close', noteSent);
    response.send(Buffer.alloc(REPLY_BYTES));
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const closed = new Promise<void>((resolve) => {
    server.once('connection', (socket: Socket) => socket.once('close', () => resolve()));
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  onTestFinished(() => {
    client.destroy();
  });
  return { clock, client, closed, sent };
}

const answered = (client: Socket): Promise<void> =>
  new Promise((resolve) => {
    client.once('data', () => resolve());
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  });

test('slowloris: a reader that has stopped reading is cut off at the next look', async () => {
  const { clock, client, closed } = await aSlowDownload();
  await answered(client);
  client.pause();
  clock.advance(20_000);
  await closed;
});

test('a reader that has it all keeps its connection', async () => {
  const { clock, client, sent } = await aSlowDownload();
  let read = 0;
  const whole = new Promise<void>((resolve) => {
    client.on('data', (data) => {
      read += data.length;
      if (read > REPLY_BYTES) resolve();
    });
  });
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await Promise.all([whole, sent]);
  clock.advance(DOWNLOAD_DEADLINE_MS * 2);
  await answered(client);
});
