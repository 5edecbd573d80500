// An unmodified noble program drives our lock through the WebSocket bindings that noble brings itself; and what the adapter
// behind them refuses.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { DOOR_SYNC_SERVICE, LOCK_STATUS, SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import { FragmentReader, FragmentWriter } from '#protocol/sync/fragments.ts';
import { decodeLockStatus } from '#protocol/sync/lock-status.ts';
import {
  decodeHelloAnswer,
  encodeHello,
  helloMac,
  MESSAGE,
  PROTOCOL_VERSION,
} from '#protocol/sync/messages.ts';
import { Air } from '#radio/air/air.ts';
import { openBlenoPeripheral } from '#radio/bleno/open-peripheral.ts';
import { serveNobleWs, type NobleWsServer } from '#radio/noble-ws/noble-ws-server.ts';
import { TraceFile } from '#radio/trace/trace-file.ts';
import { localTransport } from '#radio/virtual/local-transport.ts';
import { aRunningLock, type RunningLock } from '#test/builders/running-lock.ts';

const PROGRAM = fileURLToPath(new URL('noble-program.mjs', import.meta.url));
const VALUE_BYTES = 244;
const random = seededRandom('noble-ws');

let air: Air;
let running: RunningLock;
let server: NobleWsServer | undefined;
beforeEach(async () => {
  air = new Air({ clock: systemClock, link: 'unpaced' });
  const peripheral = openBlenoPeripheral({ clock: systemClock, transport: localTransport(air) });
  running = await aRunningLock({ peripheral, clock: systemClock });
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await running.lock.close();
  air.close();
});

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

it('a program on plain noble discovers, connects, reads, subscribes, and says hello to our lock', async () => {
  // The port is noble's own, and fixed.
  server = await serveNobleWs(air, { clock: systemClock });
  const { advertisingKey } = running.built.secrets;
  const child = spawn(process.execPath, [PROGRAM, DOOR_SYNC_SERVICE, LOCK_STATUS, SYNC_CONTROL], {
    env: { ...process.env, NOBLE_WEBSOCKET: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const told: Line[] = [];
  const exited = once(child, 'exit');
  const reader = new FragmentReader();
  const courierNonce = random.bytes(16);
  let answered: unknown;
  for await (const text of createInterface({ input: child.stdout })) {
    // noble's bindings say a word of their own on stdout.
    if (!text.startsWith('{')) continue;
    const line = JSON.parse(text) as Line;
    told.push(line);
    if (line.event === 'read' && line['uuid'] === LOCK_STATUS) {
      const { connectionNonce } = decodeLockStatus(Buffer.from(String(line['value']), 'hex'));
      const nonces = { courierNonce, cloudNonce: random.bytes(16) };
      const mac = helloMac(nodeEngine, advertisingKey, 'connection', connectionNonce, nonces);
      const body = encodeHello({
        version: PROTOCOL_VERSION,
        ...nonces,
        boundTo: 'connection',
        mac,
      });
      for (const fragment of new FragmentWriter().write({ type: MESSAGE.hello, body }, VALUE_BYTES)) {
        child.stdin.write(`${Buffer.from(fragment).toString('hex')}\n`);
      }
    }
    if (line.event === 'notified') {
      const message = reader.read(Buffer.from(String(line['value']), 'hex'));
      if (message?.type !== MESSAGE.helloAnswer) continue;
      answered = decodeHelloAnswer(message.body);
      child.stdin.write('bye\n');
    }
  }
  expect((await exited)[0]).toBe(0);
  const values = new Map(
    told.filter(({ event }) => event === 'read').map((line) => [line['uuid'], line['value']]),
  );
  expect(Buffer.from(String(values.get('2a29')), 'hex').toString('utf8')).not.toBe('');
  expect([...values.keys()]).toEqual(['2a29', '2a24', '2a26', '2a19', LOCK_STATUS]);
  expect(told.find(({ event }) => event === 'characteristics')?.['uuids']).toContain(
    `${SYNC_CONTROL} read+writeWithoutResponse+write+notify`,
  );
  expect(told.map(({ event }) => event)).toContain('written');
  expect(told.at(-1)).toEqual({ event: 'disconnected' });
  expect(answered).toMatchObject({ firmware: running.built.firmware });
}, 60_000);

describe('the adapter for noble programs', () => {
  async function aProgram(): Promise<{ socket: WebSocket; next: (type: string) => Promise<Line> }> {
    server ??= await serveNobleWs(air, { clock: systemClock, port: 0 });
    const socket = new WebSocket(server.url);
    const heard: Line[] = [];
    const waiting: (() => void)[] = [];
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      heard.push(JSON.parse(data.toString('utf8')) as Line);
      for (const wake of waiting.splice(0)) wake();
    });
    const next = async (type: string): Promise<Line> => {
      for (;;) {
        const at = heard.findIndex((line) => line['type'] === type);
        const [found] = at < 0 ? [] : heard.splice(at, 1);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    };
    await next('stateChange');
    return { socket, next };
  }

  it('refuses a page of a browser', async () => {
    server = await serveNobleWs(air, { clock: systemClock, port: 0 });
    const socket = new WebSocket(server.url, { headers: { origin: 'https://example.com' } });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('401');
    expect(server.clients).toBe(0);
  });

  it('is one a machine: a second one says so', async () => {
    server = await serveNobleWs(air, { clock: systemClock, port: 0 });
    const port = Number(new URL(server.url).port);
    await expect(serveNobleWs(air, { clock: systemClock, port })).rejects.toMatchObject({
      code: 'AIR_UNREACHABLE',
    });
  });

  it.each([
    'no json',
    '{}',
    '[]',
    '{"action":"connect"}',
    '{"action":"connect","peripheralUuid":"../x"}',
    '{"action":"write","peripheralUuid":"02d000000001","serviceUuid":"180a","characteristicUuid":"2a29","data":"abc"}',
    '{"action":"readHandle","peripheralUuid":"02d000000001","handle":70000}',
    `{"action":"${'x'.repeat(20_000)}"}`,
  ])('hangs up on what noble never says: %.40s', async (text) => {
    const { socket } = await aProgram();
    socket.send(text);
    await once(socket, 'close');
    await expect.poll(() => server?.clients).toBe(0);
  });

  it('tells an advert once, and each time where the program wants duplicates', async () => {
    const [one, all] = [await aProgram(), await aProgram()];
    let told = 0;
    one.socket.on('message', () => told++);
    one.socket.send(JSON.stringify({ action: 'startScanning' }));
    await one.next('discover');
    all.socket.send(JSON.stringify({ action: 'startScanning', allowDuplicates: true }));
    for (let advert = 0; advert < 4; advert++) await all.next('discover');
    expect(told).toBe(1);
  });

  it('is not ended by a program that it sends away and that goes on talking', async () => {
    server = await serveNobleWs(air, { clock: systemClock, port: 0 });
    const port = Number(new URL(server.url).port);
    const others = await Promise.all(Array.from({ length: 64 }, () => aProgram()));
    const late = connect(port, '127.0.0.1');
    late.on('error', () => {});
    late.write(
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    );
    await once(late, 'data');
    // A frame of a kind that there is not.
    late.write(Buffer.from('8f00', 'hex'));
    await once(late, 'close');
    others[0]!.socket.send(JSON.stringify({ action: 'startScanning' }));
    await others[0]!.next('discover');
  });

  it('traces the controller of each program', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'doorlab-noble-ws-'));
    const file = path.join(folder, 'air.btsnoop');
    const onTrouble = (message: string): void => expect.fail(message);
    const trace = new TraceFile(file, { clock: systemClock, format: 'monitor', onTrouble });
    server = await serveNobleWs(air, { clock: systemClock, port: 0, trace });
    await aProgram();
    await aProgram();
    trace.close();
    const bytes = readFileSync(file);
    rmSync(folder, { recursive: true });
    // Each set its event mask, by a command (2) of its own index.
    for (const index of ['0000', '0001'])
      expect(bytes.toString('hex')).toMatch(new RegExp(`${index}0002.{24}010c08`));
  });

  it('serves each program alone: what one hears, connects to or asks for, no other is told', async () => {
    const [one, other] = [await aProgram(), await aProgram()];
    one.socket.send(JSON.stringify({ action: 'startScanning', serviceUuids: [DOOR_SYNC_SERVICE] }));
    const peripheralUuid = (await one.next('discover'))['peripheralUuid'];
    one.socket.send(JSON.stringify({ action: 'stopScanning' }));
    one.socket.send(JSON.stringify({ action: 'connect', peripheralUuid }));
    await one.next('connect');
    let leaked = 0;
    other.socket.on('message', () => leaked++);
    // It never heard of that peripheral, and has no link to it.
    other.socket.send(JSON.stringify({ action: 'connect', peripheralUuid }));
    expect(await other.next('disconnect')).toEqual({ type: 'disconnect', peripheralUuid });
    other.socket.send(JSON.stringify({ action: 'disconnect', peripheralUuid }));
    const about = { peripheralUuid, serviceUuid: DOOR_SYNC_SERVICE, characteristicUuid: LOCK_STATUS };
    one.socket.send(JSON.stringify({ action: 'read', ...about }));
    expect(await one.next('read')).toMatchObject({ characteristicUuid: LOCK_STATUS, isNotification: false });
    expect(leaked).toBe(1);
  });

  it('ends the link of an operation that fails, and the program lives on', async () => {
    const { socket, next } = await aProgram();
    socket.send(JSON.stringify({ action: 'startScanning' }));
    const peripheralUuid = (await next('discover'))['peripheralUuid'];
    socket.send(JSON.stringify({ action: 'stopScanning' }));
    for (const failing of [
      { action: 'read', serviceUuid: DOOR_SYNC_SERVICE, characteristicUuid: 'ffff' },
      { action: 'readHandle', handle: 999 },
    ]) {
      socket.send(JSON.stringify({ action: 'connect', peripheralUuid }));
      await next('connect');
      socket.send(JSON.stringify({ ...failing, peripheralUuid }));
      await next('disconnect');
    }
  });

  it('reads and subscribes by handle too', async () => {
    const { socket, next } = await aProgram();
    socket.send(JSON.stringify({ action: 'startScanning' }));
    const peripheralUuid = (await next('discover'))['peripheralUuid'];
    socket.send(JSON.stringify({ action: 'stopScanning' }));
    socket.send(JSON.stringify({ action: 'connect', peripheralUuid }));
    await next('connect');
    // The first value of bleno's table is the device name, at handle 3.
    socket.send(JSON.stringify({ action: 'readHandle', peripheralUuid, handle: 3 }));
    expect(await next('handleRead')).toMatchObject({
      handle: 3,
      data: Buffer.from('doorlab').toString('hex'),
    });
    socket.send(JSON.stringify({ action: 'updateRssi', peripheralUuid }));
    expect(await next('rssiUpdate')).toMatchObject({ rssi: -52 });
    socket.close();
    await once(socket, 'close');
    await expect.poll(() => air.links().length).toBe(0);
  });
});
