// The live channel over a real WebSocket: what goes out, what comes in, and each way in which it can end.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { expect, onTestFinished, test } from 'vitest';
import { LIVE_CLOSE, LIVE_FRAME_MAX_BYTES, type LiveServerMessage } from '#protocol/api/live.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { CHANNEL_DEADLINE_MS, openLiveChannel, type ChannelFailure } from '#gateway/live-channel.ts';

interface Seen {
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly extensions: string | undefined;
}

/** `answer` undefined: upgrades and hands over the socket. */
async function aServer(answer?: (server: Server) => void) {
  const server = createServer();
  const seen: Seen[] = [];
  let take!: (socket: WebSocket) => void;
  const socket = new Promise<WebSocket>((resolve) => (take = resolve));
  if (answer === undefined) {
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (one, { url, headers }) => {
      const extensions = headers['sec-websocket-extensions'];
      seen.push({ url, authorization: headers.authorization, extensions });
      take(one);
    });
  } else answer(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, socket };
}

function open(url: string, clock: Clock = systemClock) {
  const messages: LiveServerMessage[] = [];
  let wake = (): void => undefined;
  let end!: (why: ChannelFailure) => void;
  const closed = new Promise<ChannelFailure>((resolve) => (end = resolve));
  const channel = openLiveChannel(url, 'dlt_secret', clock, {
    onMessage: (message) => {
      messages.push(message);
      wake();
    },
    onClosed: end,
  });
  onTestFinished(() => channel.close());
  const heard = (count: number): Promise<void> =>
    new Promise((resolve) => {
      wake = () => {
        if (messages.length >= count) resolve();
      };
      wake();
    });
  return { channel, closed, messages, heard };
}

const upgraded = (reply: string) => (server: Server) =>
  void server.on('upgrade', (_request, socket) => socket.end(reply));

test('it goes to the one path with the token in a header, uncompressed, and speaks both ways', async () => {
  const { url, seen, socket } = await aServer();
  const { channel, heard, messages } = open(url);
  const peer = await socket;
  const said = new Promise<string>((resolve) =>
    peer.once('message', (data: Buffer) => resolve(data.toString())),
  );
  peer.send(JSON.stringify({ type: 'ping' }));
  await heard(1);
  channel.send({ type: 'pong' });
  expect(await said).toBe('{"type":"pong"}');
  expect(messages).toEqual([{ type: 'ping' }]);
  expect(seen).toEqual([{ url: '/api/v1/live', authorization: 'Bearer dlt_secret', extensions: undefined }]);
});

test('frames that mean nothing here are passed over, and what follows them is heard', async () => {
  const { url, socket } = await aServer();
  const { heard, messages } = open(url);
  const peer = await socket;
  for (const frame of ['', 'null', '{', '{"type":"later"}', '{"type":"target","number":-1}', '[1]'])
    peer.send(frame);
  peer.send(Buffer.from('{"type":"ping"}'), { binary: true });
  peer.send('{"type":"ping"}');
  await heard(1);
  expect(messages).toEqual([{ type: 'ping' }]);
});

test.each([
  [LIVE_CLOSE.tokenEnded, true, 'the token is over'],
  [1_001, false, 'the cloud stops'],
  [LIVE_CLOSE.tooSlow, false, 'the channel was closed (4408)'],
])('a close with %i is told', async (code, isRefused, detail) => {
  const { url, socket } = await aServer();
  const { closed } = open(url);
  (await socket).close(code);
  expect(await closed).toEqual({ isRefused, detail });
});

test('a frame beyond its limit ends it', async () => {
  const { url, socket } = await aServer();
  const { closed, messages } = open(url);
  (await socket).send(`"${'x'.repeat(LIVE_FRAME_MAX_BYTES)}"`);
  expect(await closed).toMatchObject({ isRefused: false });
  expect(messages).toEqual([]);
});

test.each([
  ['HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n', true],
  ['HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n', true],
  ['HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n', false],
  ['HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n', false],
  ['nonsense\r\n\r\n', false],
])('an upgrade answered by %j is told', async (reply, isRefused) => {
  const { url } = await aServer(upgraded(reply));
  expect(await open(url).closed).toMatchObject({ isRefused });
});

test('a redirect is not followed: the token goes to one place alone', async () => {
  const elsewhere = await aServer();
  const { url } = await aServer(
    upgraded(`HTTP/1.1 302 Found\r\nlocation: ${elsewhere.url}/api/v1/live\r\ncontent-length: 0\r\n\r\n`),
  );
  expect(await open(url).closed).toMatchObject({ isRefused: false });
  expect(elsewhere.seen).toEqual([]);
});

test('where nobody listens it says so', async () => {
  expect(await open('http://127.0.0.1:9').closed).toEqual({
    isRefused: false,
    detail: 'the cloud cannot be reached',
  });
});

test('a server that takes the connection and says nothing is given up', async () => {
  const clock = new VirtualClock();
  const asked = new Promise<string>((resolve) => {
    void aServer((server) => server.on('upgrade', () => tell())).then(({ url }) => resolve(url));
  });
  let tell!: () => void;
  const upgrade = new Promise<void>((resolve) => (tell = resolve));
  const { closed } = open(await asked, clock);
  await upgrade;
  clock.advance(CHANNEL_DEADLINE_MS);
  expect(await closed).toEqual({ isRefused: false, detail: 'the cloud gave no answer in time' });
});

test('after close nothing is heard any more', async () => {
  const { url, socket } = await aServer();
  const { channel, messages } = open(url);
  const peer = await socket;
  const gone = new Promise<void>((resolve) => peer.once('close', () => resolve()));
  peer.send('{"type":"ping"}');
  channel.close();
  channel.send({ type: 'pong' });
  await gone;
  expect(messages).toEqual([]);
});
