// A watcher of an agent, over the agent's restarts.
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { WatchLine } from '#gateway/agent/agent-view.ts';
import { followAgent } from '#gateway/agent/watch-client.ts';
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
