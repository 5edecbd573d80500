// What an agent says of its channel: an outage is told once, however often the channel is tried again.
import { expect, test } from 'vitest';
import type { AgentEvent } from '#gateway/agent/agent-event.ts';
import { tellEvent } from '#cli/agent-run.ts';

type ChannelEvent = Extract<AgentEvent, { readonly type: 'channel' }>;

test('a live channel that is tried again in vain is told once an outage', () => {
  const said: string[] = [];
  const output = { data: (_: string, _fields: unknown, text: string) => said.push(text) } as never;
  const tell = (state: ChannelEvent['state'], failures: number): void =>
    tellEvent({ output }, { type: 'channel', state, failures });
  for (const outage of [3, 1]) {
    tell('connecting', 0);
    tell('connected', 0);
    for (let failures = 1; failures <= outage; failures++) {
      tell('closed', failures);
      tell('connecting', failures);
    }
  }
  tell('connected', 0);
  const once = ['Live channel connected', 'Live channel closed'];
  expect(said).toEqual([...once, ...once, 'Live channel connected']);
});
