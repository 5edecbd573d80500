// A watcher of an agent, over the agent's restarts.
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { WATCH_BEAT_MS, WATCH_SILENCE_MS } from '#gateway/agent/agent-limits.ts';
import type { WatchLine } from '#gateway/agent/agent-view.ts';
import { followAgent, watchAgent } from '#gateway/agent/watch-client.ts';
import { serveWatch } from '#gateway/agent/watch-server.ts';
import { aFolder } from '../temporary-folder.ts';

test('a watcher stays over a restart of the agent, and leaves when no other comes', async () => {
  const path = join(aFolder(), 's');
  const line: WatchLine = { type: 'door', doorId: 'd', door: '4A', state: 'due' };
  const serve = () => serveWatch(path, systemClock, () => [line]);
  const clock = new VirtualClock();
  const lines: WatchLine[] = [];
  let losses = 0;
  const first = await serve();
  const followed = followAgent(path, clock, new AbortController().signal, {
    onLine: (told) => lines.push(told),
    onGone: () => losses++,
  });
  await vi.waitFor(() => expect(lines.length).toBe(1));
  await first.close();
  await vi.waitFor(() => expect(losses).toBe(1));
  clock.advance(3_000);
  const second = await serve();
  await vi.waitFor(() => {
    clock.advance(1_000);
    expect(lines.length).toBe(2);
  });
  await second.close();
  await vi.waitFor(() => expect(losses).toBe(2));
  let how: string | undefined;
  void followed.then((end) => (how = end));
  await vi.waitFor(() => {
    clock.advance(10_000);
    expect(how).toBe('gone');
  });
  const silent = { onLine: () => undefined, onGone: () => undefined };
  await expect(followAgent(path, clock, new AbortController().signal, silent)).rejects.toMatchObject({
    code: 'AGENT_NOT_RUNNING',
  });
});

const LINE: WatchLine = { type: 'door', doorId: 'd', door: '4A', state: 'due' };

/** Where somebody takes connections, and does with them as the test says. */
async function aSocket(onSocket: (socket: Socket) => void): Promise<string> {
  const path = join(aFolder(), 's');
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

test('an agent that takes the connection and says nothing is an error in time, with a next step', async () => {
  const taken = vi.fn();
  const path = await aSocket(taken);
  const clock = new VirtualClock();
  const nobody = { onLine: () => undefined, onGone: () => undefined };
  let error: unknown;
  followAgent(path, clock, new AbortController().signal, nobody).catch((thrown: unknown) => (error = thrown));
  await vi.waitFor(() => expect(taken).toHaveBeenCalled());
  await vi.waitFor(() => {
    clock.advance(1_000);
    expect(error).toBeDefined();
  });
  expect(error).toMatchObject({ code: 'AGENT_SILENT', next: expect.stringContaining('process') as string });
});

test('one that falls silent in the middle is gone, and its watcher leaves no timer behind', async () => {
  const path = await aSocket((socket) => socket.write(`${JSON.stringify(LINE)}\n`));
  const clock = new VirtualClock();
  const lines: WatchLine[] = [];
  const watched = watchAgent(path, clock, new AbortController().signal, (told) => lines.push(told));
  await vi.waitFor(() => expect(lines).toEqual([LINE]));
  clock.advance(WATCH_SILENCE_MS);
  expect(await watched).toBe('gone');
  expect(clock.nextDueMs()).toBeUndefined();
});

test('one that has no news says that it is there, and is watched on', async () => {
  const path = join(aFolder(), 's');
  const clock = new VirtualClock();
  const server = await serveWatch(path, clock, () => [LINE]);
  onTestFinished(() => server.close());
  const lines: WatchLine[] = [];
  const leave = new AbortController();
  const watched = watchAgent(path, clock, leave.signal, (told) => lines.push(told));
  let raw = '';
  const other = createConnection(path).on('data', (bytes) => (raw += bytes.toString()));
  onTestFinished(() => void other.destroy());
  await vi.waitFor(() => expect([lines.length, raw.split('\n').length]).toEqual([1, 2]));
  const beats = (2 * WATCH_SILENCE_MS) / WATCH_BEAT_MS;
  for (let told = 1; told <= beats; told++) {
    clock.advance(WATCH_BEAT_MS);
    await vi.waitFor(() => expect(raw.split('{"type":"beat"}').length).toBe(told + 1), { interval: 1 });
  }
  leave.abort();
  expect([await watched, lines]).toEqual(['stopped', [LINE]]);
});
