// An agent's figures of what was begun anew, from its start over an outage of the channel and a radio that was pulled out.
import { expect, test } from 'vitest';
import { RadioError } from '#radio/ports/errors.ts';
import { AgentMetrics } from '#gateway/agent/agent-metrics.ts';
import { anAgent } from './agent-scene.ts';

const zero = (): number => 0;
const FIGURES = {
  cloudUp: zero,
  channelUp: zero,
  radioUp: zero,
  doors: zero,
  doorsInRange: zero,
  doorsDue: zero,
  doorsWaiting: zero,
  receiptsHeld: zero,
  secondsSinceAdvert: zero,
  adverts: zero,
};

test('a first start is no restart, and what is opened after it went is one', async () => {
  const { until, ends, events, channels, radios, pass } = await anAgent(['4A']);
  await until(() => ends().length === 1);
  const restarts = async (): Promise<string[]> => {
    const metrics = new AgentMetrics(FIGURES);
    for (const event of events) metrics.on(event);
    return (await metrics.text()).split('\n').filter((line) => line.startsWith('doorlab_agent_restarts'));
  };
  expect(await restarts()).toEqual([]);
  radios.at(-1)!.lose(new RadioError('CLOSED', 'the adapter is gone'));
  channels.at(-1)!.onClosed({ isRefused: false, detail: 'cut' });
  await pass(10_000);
  expect((await restarts()).sort()).toEqual([
    'doorlab_agent_restarts_total{what="channel"} 1',
    'doorlab_agent_restarts_total{what="radio"} 1',
  ]);
});
