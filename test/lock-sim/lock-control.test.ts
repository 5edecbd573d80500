// The bench socket: hands on a lock in another process. What is no request is answered in words, and a dark lock
// says that it is dark.
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { askLock } from '#lock-sim/control/client.ts';
import { controlPath, serveControl, type ControlServer } from '#lock-sim/control/server.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';

const one = aSignedSet({ tableVersion: 1, rows: 3 });
let folder: string;
let bench: Bench;
let server: ControlServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-bench-'));
  bench = await aBench();
  HandCourier.greeted(bench).deliver(one);
  server = await serveControl({ ...bench, folder });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = <R extends Parameters<typeof askLock>[1]>(request: R) => askLock(folder, request, systemClock);

/** Replies to the lines, as they come; ends with the socket or with as many replies as lines. */
function raw(text: string, replies: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(controlPath(folder));
    const heard: string[] = [];
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      heard.push(line);
      if (heard.length === replies) socket.end();
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    socket.write(text);
  });
}

describe('the bench socket', () => {
  it('presses keys, reads the battery, reports and dumps', async () => {
    await expect(ask({ do: 'press', digits: one.codes[0]! })).resolves.toMatchObject({
      pressed: { outcome: 'open', tableVersion: 1 },
    });
    await ask({ do: 'battery', percent: 7 });
    await ask({ do: 'button' });
    await expect(ask({ do: 'report' })).resolves.toMatchObject({
      report: { powered: true, version: '1.1.1', batteryPercent: 7, activationWindowOpen: true },
    });
    const { dump } = await ask({ do: 'dump' });
    expect(dump.regions.map(({ name }) => name)).toContain('slot B commit');
    expect(Buffer.from(dump.image, 'base64')).toHaveLength(bench.layout.sectors * 4096);
  });

  it('answers each line that is no request, and goes on', async () => {
    const lines = [
      '{',
      '[]',
      '{"do":"fly"}',
      '{"do":"press","digits":"12a"}',
      '{"do":"report","x":1}',
      '{"do":"button"}',
    ];
    const replies = await raw(`${lines.join('\n')}\n`, lines.length);
    expect(replies.map((reply) => Object.keys(JSON.parse(reply) as object)[0])).toEqual([
      ...Array.from({ length: 5 }, () => 'failed'),
      'done',
    ]);
    expect(replies[0]).toContain('CONTROL_REFUSED');
  });

  it('ends a line that never ends, and serves the next hand', async () => {
    expect(await raw('x'.repeat(100_000), 1)).toEqual([]);
    await expect(ask({ do: 'button' })).resolves.toEqual({ done: true });
  });

  it('says of a lock without power that it has none, until the power is back', async () => {
    await ask({ do: 'cut-power' });
    await expect(ask({ do: 'press', digits: '1' })).rejects.toMatchObject({
      code: 'LOCK_DARK',
      message: 'The lock has no power.',
    });
    await expect(ask({ do: 'cut-power' })).rejects.toMatchObject({ code: 'LOCK_DARK' });
    await expect(ask({ do: 'report' })).resolves.toMatchObject({ report: { powered: false } });
    await ask({ do: 'restore-power' });
    await expect(ask({ do: 'press', digits: one.codes[0]! })).resolves.toMatchObject({
      pressed: { outcome: 'open' },
    });
  });

  it('cuts at an operation to come, torn, and brings the power back by itself once', async () => {
    await ask({ do: 'cut-power', atOperation: 0, tornAfterBytes: 5, restoreAfterMs: 1_000 });
    expect(bench.lock.isPowered).toBe(true);
    await expect(ask({ do: 'press', digits: one.codes[0]! })).rejects.toMatchObject({
      code: 'LOCK_DARK',
    });
    bench.clock.advance(999);
    expect(bench.lock.isPowered).toBe(false);
    bench.clock.advance(1);
    expect(bench.lock.report()).toMatchObject({ powered: true, boots: 2, version: '1.1.1' });
    bench.lock.cutPower();
    bench.clock.advance(10_000);
    expect(bench.lock.isPowered).toBe(false);
  });

  it('brings back no power once it is closed', async () => {
    await ask({ do: 'cut-power', restoreAfterMs: 1_000 });
    await server.close();
    bench.clock.advance(2_000);
    expect(bench.lock.isPowered).toBe(false);
    await expect(ask({ do: 'report' })).rejects.toMatchObject({ code: 'LOCK_NOT_RUNNING' });
  });
});
