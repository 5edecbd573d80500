// H4 over byte streams: our hosts on a controller elsewhere, our controllers for hosts elsewhere, and what either does when
// the stream is cut, silent or garbled.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { Air } from '#radio/air/air.ts';
import { endpointText, type H4Endpoint } from '#radio/h4/endpoint.ts';
import { openH4Radio, type H4Radio } from '#radio/h4/h4-radio.ts';
import { serveH4, type H4Server, type ListeningEndpoint } from '#radio/h4/h4-server.ts';
import { connectH4, RESET_DEADLINE_MS } from '#radio/h4/h4-transport.ts';
import { met, STATUS } from './radio-rig.ts';

const RESET = '01030c00';
const RESET_DONE = Buffer.from('040e0401030c00', 'hex');

let folder: string;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'doorlab-h4-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

const unix = (name = 'hci'): ListeningEndpoint => ({ kind: 'unix', path: path.join(folder, name) });
const TCP: ListeningEndpoint = { kind: 'tcp', host: '127.0.0.1', port: 0 };

async function anAirAt(endpoint: ListeningEndpoint): Promise<H4Server & { air: Air }> {
  const air = new Air({ clock: systemClock, link: 'unpaced' });
  const server = await serveH4(air, endpoint);
  closing.push(() => server.close());
  return Object.assign(server, { air });
}

function hostsOn(endpoint: H4Endpoint): H4Radio {
  const radio = openH4Radio(endpoint, { clock: systemClock });
  closing.push(() => radio.close());
  return radio;
}

/** A controller that a test plays by hand. */
async function aStrangerAt(play: (socket: Socket) => void): Promise<H4Endpoint> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    closing.push(async () => socket.destroy());
    play(socket);
  });
  server.listen(path.join(folder, 'stranger'));
  await once(server, 'listening');
  closing.push(async () => server.close());
  return unix('stranger');
}

describe.each([
  ['TCP', () => TCP],
  ['a Unix socket', () => unix()],
])('our hosts on our controllers over %s', (_, endpoint) => {
  it('meet, read and part, courier and lock on a controller each', async () => {
    const server = await anAirAt(endpoint());
    const radio = hostsOn(server.endpoint);
    const { link, handler, central } = await met(radio);
    expect(server.controllers).toBe(2);
    expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
    await link.disconnect();
    await handler.called('disconnect 1');
    await central.close();
    await radio.close();
    await expect.poll(() => server.controllers).toBe(0);
  });

  it('lose a controller in the middle: links end, each call says that it is gone, and another is had', async () => {
    const server = await anAirAt(endpoint());
    const locks = hostsOn(server.endpoint);
    const couriers = hostsOn(server.endpoint);
    const { link, handler, central } = await met({
      central: () => couriers.central(),
      peripheral: () => locks.peripheral(),
    });
    await server.close();
    await expect(link.read(STATUS)).rejects.toMatchObject({ code: 'LINK_LOST' });
    await handler.called('disconnect 1');
    expect(await couriers.lost).toMatchObject({ code: 'ADAPTER_GONE', next: expect.any(String) as string });
    expect(await locks.lost).toMatchObject({ code: 'ADAPTER_GONE' });
    await expect(central.connect(link.peripheralId)).rejects.toMatchObject({ code: 'ADAPTER_GONE' });
    await expect(couriers.central()).rejects.toMatchObject({ code: 'ADAPTER_MISSING' });
    const again = await serveH4(server.air, server.endpoint);
    closing.push(() => again.close());
    await (await couriers.central()).close();
  });
});

describe('a controller that was in use', () => {
  it('is reset first, and what it still had to say is passed over', async () => {
    let heard = '';
    const endpoint = await aStrangerAt((socket) => {
      // Half an event, noise of a boot loader, and packets of an earlier life.
      socket.write(Buffer.from('0e0401030c' + '626f6f740a' + '040e0401090c00', 'hex'));
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.toString('hex');
        if (heard === RESET) socket.write(Buffer.concat([RESET_DONE, Buffer.from('04ff0199', 'hex')]));
      });
    });
    const transport = await connectH4(endpoint, { clock: systemClock });
    const packet = new Promise<string>((resolve) => {
      transport.open({ packet: (bytes) => resolve(bytes.toString('hex')), error: () => {}, lost: () => {} });
    });
    expect(await packet).toBe('04ff0199');
    transport.close();
    await expect.poll(() => heard).toBe(RESET + RESET);
  });

  it('is reset once more where the first one was swallowed', async () => {
    const clock = new VirtualClock();
    let resets = 0;
    const endpoint = await aStrangerAt((socket) =>
      socket.on('data', () => {
        if (++resets === 2) socket.write(RESET_DONE);
        else clock.advance(1_000);
      }),
    );
    (await connectH4(endpoint, { clock })).close();
    expect(resets).toBe(2);
  });

  it('that never answers, or answers with an error, is off; that hangs up is gone', async () => {
    const clock = new VirtualClock();
    const silent = await aStrangerAt((socket) => socket.once('data', () => clock.advance(RESET_DEADLINE_MS)));
    await expect(connectH4(silent, { clock })).rejects.toMatchObject({ code: 'ADAPTER_OFF' });
    rmSync((silent as { path: string }).path);
    const failing = await aStrangerAt((socket) => socket.write(Buffer.from('040e0401030c1f', 'hex')));
    await expect(connectH4(failing, { clock: systemClock })).rejects.toMatchObject({ code: 'ADAPTER_OFF' });
    rmSync((failing as { path: string }).path);
    const leaving = await aStrangerAt((socket) => socket.once('data', () => socket.destroy()));
    await expect(connectH4(leaving, { clock: systemClock })).rejects.toMatchObject({ code: 'ADAPTER_GONE' });
  });
});

it('nothing listening is a missing adapter, with what to do', async () => {
  for (const endpoint of [unix('nobody'), { ...TCP, port: 1 }]) {
    await expect(hostsOn(endpoint).central()).rejects.toMatchObject({
      code: 'ADAPTER_MISSING',
      message: expect.stringContaining(endpointText(endpoint)) as string,
      next: expect.any(String) as string,
    });
  }
});

it('garbage from a controller ends its links with a typed error', async () => {
  const endpoint = await aStrangerAt((socket) =>
    socket.once('data', () => {
      socket.write(RESET_DONE);
      setImmediate(() => socket.write(Buffer.from('deadbeef', 'hex')));
    }),
  );
  const lost = new Promise<Error>((resolve) => {
    void connectH4(endpoint, { clock: systemClock, onLost: resolve }).then((transport) =>
      transport.open({ packet: () => {}, error: () => {}, lost: () => {} }),
    );
  });
  expect(await lost).toMatchObject({ code: 'ADAPTER_GARBLED' });
});

it('a path longer than a socket has is refused by both sides, where the system would take another', async () => {
  const long = unix('x'.repeat(120));
  const said = expect.stringContaining('at most 107') as string;
  await expect(hostsOn(long).central()).rejects.toMatchObject({ code: 'ADAPTER_MISSING', message: said });
  await expect(anAirAt(long)).rejects.toMatchObject({ code: 'AIR_UNREACHABLE', message: said });
  expect(readdirSync(folder)).toEqual([]);
});

it('a folder that is not there, or is a file, is named as what is missing', async () => {
  writeFileSync(path.join(folder, 'file'), '');
  for (const name of ['no', 'file']) {
    await expect(anAirAt(unix(`${name}/hci`))).rejects.toMatchObject({
      code: 'AIR_UNREACHABLE',
      message: expect.stringContaining(`there is no folder ${path.join(folder, name)}`) as string,
      next: expect.stringMatching(/^Make it, or choose/) as string,
    });
  }
});

it('a lock that was never opened leaves no controller behind', async () => {
  const server = await anAirAt(unix());
  const radio = hostsOn(server.endpoint);
  await radio.peripheral();
  expect(server.controllers).toBe(1);
  await radio.close();
  await expect.poll(() => server.controllers).toBe(0);
});

it('a controller that says more than a host can hear is held, and nothing is lost', async () => {
  const EVENTS = 300_000;
  const event = Buffer.from('04ff0199', 'hex');
  let sent!: Socket;
  const endpoint = await aStrangerAt((socket) => {
    sent = socket;
    socket.once('data', () => {
      socket.write(RESET_DONE);
      socket.write(Buffer.alloc(EVENTS * event.length, event));
    });
  });
  const transport = await connectH4(endpoint, { clock: systemClock });
  let heard = 0;
  let waitedBytes = 0;
  await new Promise<void>((resolve) => {
    transport.open({
      packet: () => {
        // What the stranger has sent and nobody has heard lies in the system, not here.
        if (++heard === EVENTS / 10) waitedBytes = sent.writableLength;
        if (heard === EVENTS) resolve();
      },
      error: () => {},
      lost: () => {},
    });
  });
  expect(waitedBytes).toBeGreaterThan(0);
  transport.close();
});

describe('a served controller', () => {
  it('of a host that sends garbage is pulled out, and the others stay', async () => {
    const server = await anAirAt(unix());
    const good = hostsOn(server.endpoint);
    const { link } = await met(good);
    const bad = connect(unix() as { path: string });
    bad.write(Buffer.from('00', 'hex'));
    await once(bad, 'close');
    expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('of a host that asks without end and reads nothing is pulled out, and the others stay', async () => {
    const server = await anAirAt(unix());
    const good = hostsOn(server.endpoint);
    const { link } = await met(good);
    const deaf = connect(unix() as { path: string }).pause();
    deaf.on('error', () => {});
    const isPulledOut = new Promise<void>((resolve) => deaf.once('close', () => resolve()));
    // Read BD_ADDR (7.4.6): 13 bytes for 4.
    deaf.write(Buffer.alloc(4 * 500_000, Buffer.from('01091000', 'hex')));
    await isPulledOut;
    await expect.poll(() => server.controllers).toBe(2);
    expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('stands on a socket of its owner alone, takes over a stale one and no other file', async () => {
    const stale = createServer();
    const endpoint = unix() as ListeningEndpoint & { path: string };
    stale.listen(endpoint.path);
    await once(stale, 'listening');
    await expect(serveH4(new Air({ clock: systemClock, link: 'unpaced' }), endpoint)).rejects.toMatchObject({
      code: 'AIR_UNREACHABLE',
      message: expect.stringContaining('another process') as string,
    });
    stale.close();
    await once(stale, 'close');
    await anAirAt(endpoint);
    expect(statSync(endpoint.path).mode & 0o777).toBe(0o600);
    writeFileSync(path.join(folder, 'mine'), 'mine');
    await expect(anAirAt(unix('mine'))).rejects.toMatchObject({ code: 'AIR_UNREACHABLE' });
  });
});
