// The air that other processes reach: who may come in, and what happens as a socket is lost.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '#protocol/node/system-clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { AirServer } from '#radio/virtual/air-server.ts';
import { serveAir } from '#radio/virtual/air-server.ts';
import { SILENT_SERVER_MS } from '#radio/virtual/air-heartbeat.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';
import { connectAir } from '#radio/virtual/ws-transport.ts';
import { aLock, met, sight, STATUS, stepped } from './radio-rig.ts';

let server: AirServer;
beforeEach(async () => {
  server = await serveAir({ clock: systemClock, port: 0, link: 'unpaced' });
});
afterEach(() => server.close());

const ended = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    socket.on('error', () => {});
    socket.once('close', resolve);
  });

it('it listens on loopback and does not compress', async () => {
  expect(server.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  const socket = new WebSocket(server.url, { perMessageDeflate: true });
  await new Promise((resolve) => socket.once('open', resolve));
  expect(socket.extensions).toBe('');
  socket.terminate();
});

it('a page of any origin is refused, its own included', async () => {
  for (const origin of ['http://evil.example', 'null', server.url.replace('ws', 'http')]) {
    const socket = new WebSocket(server.url, { origin });
    socket.on('error', () => {});
    const status = new Promise((resolve) =>
      socket.once('unexpected-response', (_req, res) => resolve(res.statusCode)),
    );
    expect(await status).toBe(401);
    socket.terminate();
  }
  expect(server.controllers).toBe(0);
});

it('text and messages that are too long end the socket', async () => {
  for (const [message, code] of [
    ['hello', 1003],
    [Buffer.alloc(2_000), 1009],
  ] as const) {
    const socket = new WebSocket(server.url);
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(message);
    expect(await ended(socket)).toBe(code);
  }
});

it('the peers of a lost socket hear that their links are gone', async () => {
  const [lockRadio, courierRadio] = [
    openWsRadio(server.url, { clock: systemClock }),
    openWsRadio(server.url, { clock: systemClock }),
  ];
  const { handler } = await aLock(lockRadio);
  const central = await courierRadio.central();
  const link = await central.connect((await sight(central)).peripheralId);
  expect(server.controllers).toBe(2);
  await lockRadio.close();
  await link.closed;
  await expect(link.read(STATUS)).rejects.toMatchObject({ code: 'LINK_LOST' });
  expect(handler.calls.at(-1)).toBe('disconnect 1');
  await courierRadio.close();
});

it('as the air goes, links end and every call says that it is unreachable', async () => {
  const radio = openWsRadio(server.url, { clock: systemClock });
  const { central, link, handler, peripheral } = await met(radio);
  const asked = link.read(STATUS).catch((error: unknown) => error);
  handler.read = () => {
    void server.close();
    return 0x0e;
  };
  expect(await asked).toMatchObject({ code: expect.stringMatching(/LINK_LOST|ATT_ERROR/) as string });
  await link.closed;
  await handler.called('disconnect 1');
  const calls = [
    () => central.connect(link.peripheralId),
    () => central.scan({ serviceUuids: [], onReport: () => {} }),
    () => peripheral.advertise({ serviceUuids: [] }),
    () => radio.central(),
  ];
  expect(await radio.lost).toMatchObject({ code: 'AIR_UNREACHABLE' });
  for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'AIR_UNREACHABLE' });
  await radio.close();
});

it('where no air is, that is said; where one does not answer, by a deadline', async () => {
  await expect(openWsRadio('ws://127.0.0.1:1', { clock: systemClock }).central()).rejects.toMatchObject({
    code: 'AIR_UNREACHABLE',
    next: expect.stringContaining('radio serve') as string,
  });
  await expect(openWsRadio('no address', { clock: systemClock }).central()).rejects.toMatchObject({
    code: 'AIR_UNREACHABLE',
  });
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const clock = new VirtualClock();
  const { port } = silent.address() as AddressInfo;
  const call = openWsRadio(`ws://127.0.0.1:${port}`, { clock }).central();
  await stepped(
    clock,
    async () => {},
    async () => {
      await expect(call).rejects.toMatchObject({ code: 'AIR_UNREACHABLE' });
    },
  );
  await new Promise((resolve) => silent.close(resolve));
});

it('a port that is taken is refused', async () => {
  const port = Number(new URL(server.url).port);
  await expect(serveAir({ clock: systemClock, port, link: 'unpaced' })).rejects.toMatchObject({
    code: 'AIR_UNREACHABLE',
  });
});

it('a host that no longer answers pings is given up', async () => {
  const clock = new VirtualClock();
  const pinging = await serveAir({ clock, port: 0, link: 'unpaced' });
  const socket = new WebSocket(pinging.url, { autoPong: false });
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = ended(socket);
  clock.advance(10_000);
  await new Promise((resolve) => socket.once('ping', resolve));
  clock.advance(10_000);
  await closed;
  expect(pinging.controllers).toBe(0);
  await pinging.close();
});

it('a server whose machine vanished is given up once three of its pings have stayed away', async () => {
  const mute = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => mute.once('listening', resolve));
  const clock = new VirtualClock();
  const lost: string[] = [];
  const url = `ws://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const transport = await connectAir(url, clock, (error) => lost.push(error.code));
  transport.open({ packet: () => {}, lost: () => {}, error: () => {} });
  clock.advance(SILENT_SERVER_MS - 1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(lost).toEqual([]);
  const gone = new Promise((resolve) => [...mute.clients][0]?.once('close', resolve));
  clock.advance(1);
  await gone;
  await stepped(
    clock,
    () => new Promise((resolve) => setImmediate(resolve)),
    async () => {
      while (lost.length === 0) await new Promise((resolve) => clock.after(1, () => resolve(undefined)));
    },
  );
  expect(lost).toEqual(['AIR_UNREACHABLE']);
  await new Promise((resolve) => mute.close(resolve));
});
