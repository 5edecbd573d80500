// The lines of doors that wait, or whose lock is to leave, as watchers and figures see them.
import { expect, test } from 'vitest';
import { doorLines, isDue, type DoorLine } from '#gateway/agent/agent-view.ts';
import { anAgent } from './agent-scene.ts';
import { AgentScript, failed, listed } from './agent-script.ts';

const NONE = { progress: undefined, last: new Map<string, never>() };

function linesOf({ state, nowMs: monoMs }: AgentScript): DoorLine[] {
  const now = { monoMs, wallS: 1_800_000_000, chance: 0 };
  return doorLines(state, new Map(), { of: () => undefined }, NONE, now);
}

test('a door that waits, after a failure or for its time, is not counted as due', () => {
  const script = AgentScript.up(listed(1), listed(2), listed(3, { dueS: 4_000_000_000 })).sight(1);
  const states = () => {
    const lines = linesOf(script);
    return [lines.map(({ state }) => state), lines.filter(isDue).length];
  };
  expect(states()).toEqual([['syncing', 'far', 'waits'], 2]);
  script.end(1, failed()).sight(1);
  expect(states()).toEqual([['waits', 'far', 'waits'], 1]);
});

test('a lock that is to leave is due wherever it is, and one that was lost only where it turns up', () => {
  const script = AgentScript.up(
    listed(1, { leaving: 'asked' }),
    listed(2, { wish: undefined, leaving: 'lost' }),
  );
  expect(linesOf(script).map(({ state }) => state)).toEqual(['far', 'up-to-date']);
  script.sight(2, { notActivated: true });
  expect(linesOf(script)[1]).toMatchObject({ state: 'syncing', why: 'leaving' });
});

test('a door that waits says the same moment whenever it is looked at', async () => {
  const script = AgentScript.up(listed(1)).sight(1).end(1, failed()).sight(1);
  const { agent, clock } = await anAgent([]);
  const said = new Set<number | undefined>();
  for (let i = 0; i < 8; i++) {
    const now = agent.now();
    const at = { ...now, monoMs: script.nowMs + i * 250 };
    said.add(doorLines(script.state, new Map(), { of: () => undefined }, NONE, at)[0]?.nextAtS);
    clock.advance(250);
  }
  expect([...said]).toEqual([expect.any(Number)]);
});
