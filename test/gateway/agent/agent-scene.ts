// An agent that runs: model locks in range, a fake cloud, channels that the test speaks on, in virtual time.
import { onTestFinished } from 'vitest';
import { LIVE_PING_MS, type LiveServerMessage } from '#protocol/api/live.ts';
import { deferred } from '#protocol/ports/deferred.ts';
import type { LogFields } from '#protocol/ports/log.ts';
import type { RadioError } from '#radio/ports/errors.ts';
import type { AgentEvent } from '#gateway/agent/agent-event.ts';
import { RunningAgent, type AgentParts } from '#gateway/agent/running-agent.ts';
import { JournalError } from '#gateway/journal.ts';
import type { LiveListener } from '#gateway/live-channel.ts';
import { aGateway, type SceneDoor } from '../gateway-scene.ts';
import { besideJournal } from '../settle.ts';

export async function anAgent(names: readonly string[] = ['4A', '4B'], over: Partial<AgentParts> = {}) {
  const scene = await aGateway();
  const { clock, parts, cloud, radio } = scene;
  const { journal } = parts;
  const { until, settle } = besideJournal(clock, journal);
  const append = journal.append.bind(journal);
  const disk = { isFull: false };
  journal.append = (entry) => {
    if (disk.isFull) return Promise.reject(new JournalError('JOURNAL_NOT_WRITTEN', 'The disk is full.'));
    return append(entry);
  };
  const doors = new Map<string, SceneDoor>();
  for (const name of names) doors.set(name, await scene.addDoor(name, { rows: 60 }));
  cloud.keepsUp = true;
  const channels: LiveListener[] = [];
  const events: AgentEvent[] = [];
  const logged: { readonly event: string; readonly fields: LogFields | undefined }[] = [];
  const put = (event: string, fields?: LogFields): void => void logged.push({ event, fields });
  const radios: { lose: (error: RadioError) => void }[] = [];
  let refusals = 0;
  const agent = new RunningAgent({
    ...parts,
    log: { debug: put, info: put, warn: put, error: put },
    openRadio: async () => {
      const central = await radio.central();
      const lost = deferred<RadioError>();
      radios.push({ lose: (error) => lost.resolve(error) });
      return { central, lost: lost.promise, close: () => central.close() };
    },
    openChannel: (listener) => {
      channels.push(listener);
      let isOpen = true;
      // The cloud is there, greets, and pings; what it has to say comes from the test.
      const ping = (): void => {
        if (!isOpen) return;
        listener.onMessage({ type: 'ping' });
        clock.after(LIVE_PING_MS, ping);
      };
      clock.after(10, () => {
        if (isOpen) listener.onMessage({ type: 'hello', number: 1, doors: [], more: false });
        ping();
      });
      return {
        send: () => undefined,
        close: () => {
          isOpen = false;
        },
      };
    },
    cloudTimeMs: async () => undefined,
    onRefused: () => refusals++,
    onEvent: (event) => events.push(event),
    ...over,
  });
  agent.failed.catch((error: unknown) => {
    throw error;
  });
  onTestFinished(() => settle(agent.close()));
  agent.start();
  const say = (message: LiveServerMessage): void => channels.at(-1)!.onMessage(message);
  return {
    ...scene,
    agent,
    door: (name: string) => doors.get(name)!,
    channels,
    events,
    logged,
    radios,
    disk,
    until,
    settle,
    say,
    refusals: () => refusals,
    hello: () => say({ type: 'hello', number: 1, doors: [], more: false }),
    ends: () => events.filter((event) => event.type === 'visited'),
    pass: (ms: number) => {
      const untilMs = clock.monotonicMs() + ms;
      return until(() => clock.monotonicMs() >= untilMs, ms + 60_000);
    },
  };
}
