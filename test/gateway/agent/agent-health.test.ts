// Whether an agent that has only just begun, or that a cloud or a radio fails, is said to do its work.
import { describe, expect, test } from 'vitest';
import { newAgent } from '#gateway/agent/agent.ts';
import { healthOf } from '#gateway/agent/agent-health.ts';
import * as limits from '#gateway/agent/agent-limits.ts';
import type { AgentInput, AgentState } from '#gateway/agent/agent-state.ts';
import { AgentScript, listed } from './agent-script.ts';

const CUT: AgentInput = { type: 'channel-closed', isRefused: false, detail: 'cut' };

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

  /** The channel is cut, and no other comes up; the list is answered so. Gives the script, and how often it was asked for. */
  function withoutChannel(list: AgentInput) {
    const script = AgentScript.up(listed(1)).pass(limits.LIST_REST_MS);
    const answers: AgentInput[] = [CUT];
    let lists = 0;
    script.onEffect = ({ type }) => {
      if (type === 'open-channel') answers.push(CUT);
      if (type !== 'list') return;
      lists++;
      answers.push(list);
    };
    const pass = (ms: number): void => {
      for (let input = answers.shift(); input !== undefined; input = answers.shift()) script.feed(input);
      script.pass(ms);
    };
    return { script, pass, lists: () => lists };
  }

  test('fails within seconds where the cloud refuses connections, those of the channel and of the list', () => {
    const { script, pass } = withoutChannel({ type: 'not-listed', isRefused: false, detail: 'refused' });
    for (let i = 0; i < 40; i++) pass(100);
    const at = { startedMs: 0, nowMs: script.nowMs };
    expect(healthOf(script.state, undefined, at, 0)).toMatchObject({ status: 'failing', cloud: 'away' });
  });

  test('is well where the channel alone is gone: its list is asked for once more, not at each attempt', () => {
    const { script, pass, lists } = withoutChannel({ type: 'listed', doors: [listed(1)] });
    for (let i = 0; i < 28; i++) pass(1_000);
    expect(script.state.channel.failures).toBeGreaterThan(3);
    expect([lists(), script.state.cloud.name]).toEqual([1, 'there']);
  });

  test('fails at once where the cloud refuses the token, or a radio did not open', () => {
    const { cloud, radio } = newAgent;
    expect(health({ ...newAgent, cloud: { ...cloud, name: 'refused' } }, 0)).toBe('failing');
    expect(health({ ...newAgent, cloud: { ...cloud, name: 'away' } }, 0)).toBe('failing');
    expect(health({ ...newAgent, radio: { ...radio, failures: 1 } }, 0)).toBe('failing');
  });
});
