// Whether an agent that has only just begun, or that a cloud or a radio fails, is said to do its work.
import { describe, expect, test } from 'vitest';
import { newAgent } from '#gateway/agent/agent.ts';
import { healthOf } from '#gateway/agent/agent-health.ts';
import * as limits from '#gateway/agent/agent-limits.ts';
import type { AgentState } from '#gateway/agent/agent-state.ts';

describe('health', () => {
  const at = (ranMs: number) => ({ startedMs: 1_000, nowMs: 1_000 + ranMs });
  const health = (state: AgentState, ranMs: number) => healthOf(state, undefined, at(ranMs), 0).status;

  test('is none that fails before cloud and radio had their chance, and not for ever', () => {
    expect(health(newAgent, 0)).toBe('starting');
    expect(health(newAgent, limits.START_GRACE_MS)).toBe('failing');
  });

  test('is not there yet while its first radio opens, and one that is opened anew later is no failure', () => {
    const { cloud, radio } = newAgent;
    const opening: AgentState = {
      ...newAgent,
      cloud: { ...cloud, name: 'there' },
      radio: { ...radio, name: 'opening' },
    };
    expect(health(opening, 0)).toBe('starting');
    expect(health({ ...opening, radio: { ...radio, name: 'open' } }, 0)).toBe('ok');
    expect(health(opening, limits.START_GRACE_MS)).toBe('ok');
  });

  test('fails at once where the cloud refuses the token, or a radio did not open', () => {
    const { cloud, radio } = newAgent;
    expect(health({ ...newAgent, cloud: { ...cloud, name: 'refused' } }, 0)).toBe('failing');
    expect(health({ ...newAgent, cloud: { ...cloud, name: 'away' } }, 0)).toBe('failing');
    expect(health({ ...newAgent, radio: { ...radio, failures: 1 } }, 0)).toBe('failing');
  });
});
