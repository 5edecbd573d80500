// The machine's adapter: this code over a native socket that we make, the lock between processes, and what a
// machine without Bluetooth says.
import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { lockAdapter } from '#radio/adapter/adapter-lock.ts';
import { openAdapterRadio, type AdapterRadio } from '#radio/adapter/adapter-radio.ts';
import type { NativeSocket } from '#radio/adapter/adapter-transport.ts';
import { Air } from '#radio/air/air.ts';
import type { VirtualController } from '#radio/hci/virtual-controller.ts';
import { aLock, CONTROL, RecordingHandler, SERVICES, sight, STATUS, stepped } from './radio-rig.ts';

let lockFolder: string;
beforeEach(() => {
  lockFolder = mkdtempSync(path.join(tmpdir(), 'doorlab-adapter-test-'));
});
afterEach(() => rmSync(lockFolder, { recursive: true }));

/** As the native class behaves: silent until its filter is set, and with an adapter that may be down. */
class FakeNativeSocket extends EventEmitter implements NativeSocket {
  readonly #controller: VirtualController;
  readonly #air: Air;
  bound: number | undefined;
  up = true;
  stopped = false;
  #filtered = false;

  constructor(air: Air) {
    super();
    this.#air = air;
    this.#controller = air.attach({
      pacing: 'macrotask',
      toHost: (packet) => {
        if (this.#filtered) this.emit('data', packet);
      },
    });
  }
  bindRaw(deviceId: number): number {
    return (this.bound = deviceId);
  }
  start(): void {}
  stop(): void {
    this.stopped = true;
    this.#air.detach(this.#controller);
  }
  isDevUp(): boolean {
    return this.up;
  }
  setFilter(): void {
    this.#filtered = true;
  }
  write(packet: Buffer): void {
    this.#controller.fromHost(packet);
  }
}

/** hci0 and hci1, with their sockets in the order of their opening. */
function twoAdapters(air: Air): { radios: [AdapterRadio, AdapterRadio]; sockets: FakeNativeSocket[] } {
  const sockets: FakeNativeSocket[] = [];
  const onAdapter = (adapterIndex: number): AdapterRadio =>
    openAdapterRadio({
      clock: systemClock,
      adapterIndex,
      lockFolder,
      socket: () => {
        const socket = new FakeNativeSocket(air);
        sockets.push(socket);
        return socket;
      },
    });
  return { radios: [onAdapter(0), onAdapter(1)], sockets };
}

describe('over a native socket', () => {
  it('noble on one adapter meets bleno on another', async () => {
    const air = new Air({ clock: systemClock, link: 'unpaced' });
    const before = process.listenerCount('exit');
    const { radios, sockets } = twoAdapters(air);
    const [courier, lock] = radios;
    const { handler } = await aLock(lock);
    const central = await courier.central();
    const link = await central.connect((await sight(central)).peripheralId);
    await link.write(CONTROL, Uint8Array.of(1));
    expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
    expect(handler.calls).toContain('request control 01');
    expect(sockets.map(({ bound }) => bound)).toEqual([1, 0]);
    expect(process.listenerCount('exit')).toBe(before + 2);
    await Promise.all([courier.close(), lock.close()]);
    expect(sockets.every(({ stopped }) => stopped)).toBe(true);
    expect(process.listenerCount('exit')).toBe(before);
    air.close();
  });

  it('an adapter that is pulled out ends its links, each call says so, and it is free for the next', async () => {
    const air = new Air({ clock: systemClock, link: 'unpaced' });
    const { radios, sockets } = twoAdapters(air);
    const [courier, lock] = radios;
    await aLock(lock);
    const central = await courier.central();
    const link = await central.connect((await sight(central)).peripheralId);
    // As the kernel does: no word of it, but writing fails.
    sockets[1]!.up = false;
    sockets[1]!.emit('error', new Error('Network is down'));
    const gone = { code: 'ADAPTER_GONE', message: expect.stringContaining('hci0') as string };
    expect(await courier.lost).toMatchObject({ ...gone, next: expect.any(String) as string });
    await link.closed;
    await expect(link.read(STATUS)).rejects.toMatchObject({ code: 'LINK_LOST' });
    await expect(central.connect(link.peripheralId)).rejects.toMatchObject(gone);
    await expect(central.scan({ serviceUuids: [], onReport: () => {} })).rejects.toMatchObject(gone);
    await courier.close();
    lockAdapter(0, lockFolder).release();
    await lock.close();
    air.close();
  });

  it('an adapter that is down is waited for, and said to be off at the deadline', async () => {
    const clock = new VirtualClock();
    const air = new Air({ clock, link: 'unpaced' });
    let socket!: FakeNativeSocket;
    const radio = openAdapterRadio({
      clock,
      lockFolder,
      socket: () => {
        socket = new FakeNativeSocket(air);
        socket.up = false;
        return socket;
      },
    });
    await stepped(
      clock,
      () => air.settle(),
      async () => {
        await expect(radio.central()).rejects.toMatchObject({ code: 'ADAPTER_OFF' });
        expect(socket.stopped).toBe(true);
        const second = radio.central();
        clock.after(2_500, () => {
          socket.up = true;
        });
        await (await second).close();
      },
    );
    expect(clock.nextDueMs()).toBeUndefined();
  });
});

describe('on a machine without Bluetooth', () => {
  it('the reason and the remedy are told, and the lock is given back', async () => {
    const radio = openAdapterRadio({ clock: systemClock, lockFolder });
    const missing = {
      code: 'ADAPTER_MISSING',
      next: expect.stringMatching(/build:native|Plug an adapter in/) as string,
    };
    await expect(radio.central()).rejects.toMatchObject(missing);
    await expect(radio.peripheral()).rejects.toMatchObject(missing);
    lockAdapter(0, lockFolder).release();
  });

  it('an index without an adapter is missing too, and leaves neither lock nor listener', async () => {
    const clock = new VirtualClock();
    const before = process.listenerCount('exit');
    const radio = openAdapterRadio({
      clock,
      lockFolder,
      socket: () => {
        const socket = new FakeNativeSocket(new Air({ clock, link: 'unpaced' }));
        socket.bindRaw = () => {
          throw new Error('ENODEV, No such device');
        };
        return socket;
      },
    });
    const missing = { code: 'ADAPTER_MISSING', message: expect.stringContaining('No such device') as string };
    await expect(radio.central()).rejects.toMatchObject(missing);
    const peripheral = await radio.peripheral();
    await expect(peripheral.open(SERVICES, new RecordingHandler())).rejects.toMatchObject(missing);
    await radio.close();
    lockAdapter(0, lockFolder).release();
    expect(process.listenerCount('exit')).toBe(before);
    expect(clock.nextDueMs()).toBeUndefined();
  });
});

describe('the lock of an adapter', () => {
  const file = (): string => path.join(lockFolder, 'hci0.lock');

  it('keeps a second user out until it is released', () => {
    const lock = lockAdapter(0, lockFolder);
    expect(() => lockAdapter(0, lockFolder)).toThrow(
      expect.objectContaining({
        code: 'ADAPTER_BUSY',
        message: expect.stringContaining(`${process.pid}`) as string,
      }) as Error,
    );
    lockAdapter(1, lockFolder).release();
    lock.release();
    lock.release();
    lockAdapter(0, lockFolder).release();
  });

  it('is taken over from a process that is gone', () => {
    writeFileSync(file(), JSON.stringify({ pid: 4_194_304, began: '' }));
    const lock = lockAdapter(0, lockFolder);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
  });

  it('lies where every user of the machine can put theirs, and nobody removes another', () => {
    const shared = path.join(lockFolder, 'adapters');
    lockAdapter(0, shared).release();
    expect(statSync(shared).mode & 0o7777).toBe(0o1777);
  });

  it('that can be neither read nor taken is called busy, with the way out', () => {
    mkdirSync(file());
    expect(() => lockAdapter(0, lockFolder)).toThrow(
      expect.objectContaining({
        code: 'ADAPTER_BUSY',
        next: expect.stringContaining(file()) as string,
      }) as Error,
    );
  });
});
