// The lines of doors that wait, as watchers and figures see them.
import { expect, test } from 'vitest';
import { doorLines, isDue } from '#gateway/agent/agent-view.ts';
import { anAgent } from './agent-scene.ts';
import { AgentScript, failed, listed } from './agent-script.ts';

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
