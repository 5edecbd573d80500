// What stands around an agent: its ears as it goes down, its health as it starts, its sockets, who watches over its restarts.
import { lstatSync, mkdirSync, symlinkSync, writeFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { deferred } from '#protocol/ports/deferred.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { clearStaleSocket, listenForOwner } from '#protocol/node/owner-socket.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { Central } from '#radio/ports/central.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { newAgent } from '#gateway/agent/agent.ts';
import { healthOf } from '#gateway/agent/agent-health.ts';
import * as limits from '#gateway/agent/agent-limits.ts';
import type { AgentState } from '#gateway/agent/agent-state.ts';
import { doorLines, isDue, type WatchLine } from '#gateway/agent/agent-view.ts';
import { DoorRecognition } from '#gateway/agent/door-recognition.ts';
import { Listening, type AgentRadio } from '#gateway/agent/listening.ts';
import { Presence } from '#gateway/agent/presence.ts';
import { followAgent } from '#gateway/agent/watch-client.ts';
import { serveWatch } from '#gateway/agent/watch-server.ts';
import { aFolder } from '../temporary-folder.ts';
import { anAgent } from './agent-scene.ts';
import { AgentScript, failed, listed } from './agent-script.ts';

const report: AdvertReport = { peripheralId: 'p', rssi: -50, connectable: true, serviceUuids: [] };

function someEars() {
  const clock = new VirtualClock();
  const presence = new Presence(clock, new DoorRecognition({ engine: nodeEngine, clock }));
  const scans: ((report: AdvertReport) => void)[] = [];
  const told: string[] = [];
  const central: Central = {
    scan: ({ onReport }) => {
      scans.push(onReport);
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
    connect: () => Promise.reject(new Error('nobody')),
    close: () => Promise.resolve(),
  };
  const listening = new Listening({ central, close: () => central.close() }, clock, presence, {
    onNews: () => told.push('news'),
    onGone: () => told.push('gone'),
    onSilence: () => told.push('silence'),
    onHeard: () => told.push('heard'),
  });
  return { clock, presence, scans, told, listening };
}

describe('ears', () => {
  test('that are closed hear nothing, begin no scan, and leave no timer', async () => {
    const { clock, scans, told, listening } = someEars();
    await listening.listen();
    const begins = listening.listen();
    await listening.close();
    await expect(begins).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(listening.listen()).rejects.toMatchObject({ code: 'CLOSED' });
    scans[0]!(report);
    expect([told, clock.nextDueMs()]).toEqual([[], undefined]);
  });

  test('that look for a door give up at once when they are closed', async () => {
    const { clock, listening, scans } = someEars();
    const met = listening.connect('4A', true, { deadlineMs: 60_000 });
    await vi.waitFor(() => expect(scans.length).toBe(1));
    await new Promise((resolve) => setImmediate(resolve));
    await listening.close();
    await expect(met).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('in a scan that is silent from the first moment have heard nobody', async () => {
    const { clock, listening, presence, told } = someEars();
    await listening.listen();
    clock.advance(limits.SCAN_SILENCE_MS + limits.SWEEP_MS);
    expect([presence.heardAtMs, told]).toEqual([undefined, ['silence']]);
  });
});

test('a radio that comes up as the agent goes down is closed', async () => {
  const opening = deferred<AgentRadio>();
  let isClosed = false;
  const { agent, settle, until, events } = await anAgent(['4A'], { openRadio: () => opening.promise });
  await until(() => events.some((event) => event.type === 'radio' && event.state === 'opening'));
  const closing = agent.close();
  opening.resolve({
    central: {} as Central,
    close: () => {
      isClosed = true;
      return Promise.resolve();
    },
  });
  await settle(closing);
  expect(isClosed).toBe(true);
});

describe('health', () => {
  const at = (ranMs: number) => ({ startedMs: 1_000, nowMs: 1_000 + ranMs });
  const health = (state: AgentState, ranMs: number) => healthOf(state, undefined, at(ranMs), 0).status;

  test('is none that fails before cloud and radio had their chance, and not for ever', () => {
    expect(health(newAgent, 0)).toBe('starting');
    expect(health(newAgent, limits.START_GRACE_MS)).toBe('failing');
  });

  test('fails at once where the cloud refuses the token, or a radio did not open', () => {
    const { cloud, radio } = newAgent;
    expect(health({ ...newAgent, cloud: { ...cloud, name: 'refused' } }, 0)).toBe('failing');
    expect(health({ ...newAgent, cloud: { ...cloud, name: 'away' } }, 0)).toBe('failing');
    expect(health({ ...newAgent, radio: { ...radio, failures: 1 } }, 0)).toBe('failing');
  });
});

test('a door that waits, after a failure or for its time, is not counted as due', () => {
  const script = AgentScript.up(listed(1), listed(2), listed(3, { dueS: 4_000_000_000 })).sight(1);
  const states = () => {
    const now = { monoMs: script.nowMs, wallS: 1_800_000_000, chance: 0 };
    const none = { progress: undefined, last: new Map<string, never>() };
    const lines = doorLines(script.state, new Map(), { of: () => undefined }, none, now);
    return [lines.map(({ state }) => state), lines.filter(isDue).length];
  };
  expect(states()).toEqual([['syncing', 'far', 'waits'], 2]);
  script.end(1, failed()).sight(1);
  expect(states()).toEqual([['waits', 'far', 'waits'], 1]);
});

test('a door that waits says the same moment whenever it is looked at', async () => {
  const script = AgentScript.up(listed(1)).sight(1).end(1, failed()).sight(1);
  const { agent, clock } = await anAgent([]);
  const none = { progress: undefined, last: new Map<string, never>() };
  const said = new Set<number | undefined>();
  for (let i = 0; i < 8; i++) {
    const now = agent.now();
    const at = { ...now, monoMs: script.nowMs + i * 250 };
    said.add(doorLines(script.state, new Map(), { of: () => undefined }, none, at)[0]?.nextAtS);
    clock.advance(250);
  }
  expect([...said]).toEqual([expect.any(Number)]);
});

describe('a socket for its owner', () => {
  test('is nobody else’s at any moment, and the umask is as before', async () => {
    const path = join(aFolder(), 's');
    const server = createServer();
    onTestFinished(() => void server.close());
    const before = process.umask(0o027);
    onTestFinished(() => void process.umask(before));
    const listening = listenForOwner(server, path);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(process.umask(0o027)).toBe(0o027);
    await listening;
  });

  test('takes no file’s, link’s or folder’s place, nor that of one who listens', async () => {
    const folder = aFolder();
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('file'), 'kept');
    mkdirSync(at('folder'));
    const server = createServer();
    onTestFinished(() => void server.close());
    await listenForOwner(server, at('alive'));
    symlinkSync(at('alive'), at('link'));
    const all = ['file', 'folder', 'link', 'alive', 'none'];
    expect(await Promise.all(all.map((name) => clearStaleSocket(at(name))))).toEqual([
      'not-a-socket',
      'not-a-socket',
      'not-a-socket',
      'taken',
      'free',
    ]);
    expect(readFileSync(at('file'), 'utf8')).toBe('kept');
    await expect(serveWatch(at('file'), new VirtualClock(), () => [])).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

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
