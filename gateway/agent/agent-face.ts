// What an agent shows of itself to the outside: health, figures, and lines for watchers, all made when somebody looks.
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Journal } from '../journal.ts';
import type { AgentEvent } from './agent-event.ts';
import { healthOf, type AgentHealth } from './agent-health.ts';
import { AgentMetrics } from './agent-metrics.ts';
import { agentLine, doorLines, isDue, type DoorLine, type WatchLine } from './agent-view.ts';
import type { RunningAgent } from './running-agent.ts';

export class AgentFace {
  readonly metrics: AgentMetrics;
  readonly #agent: RunningAgent;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #last = new Map<string, NonNullable<DoorLine['last']>>();
  #progress: { readonly bytes: number; readonly totalBytes: number } | undefined;

  constructor(agent: RunningAgent, journal: Journal, clock: Clock) {
    this.#agent = agent;
    this.#journal = journal;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
    const is = (holds: boolean): number => (holds ? 1 : 0);
    this.metrics = new AgentMetrics({
      cloudUp: () => is(agent.state.cloud.name === 'there'),
      channelUp: () => is(agent.state.channel.name === 'connected'),
      radioUp: () => is(agent.state.radio.name === 'open'),
      doors: () => agent.state.doors.size,
      doorsInRange: () => agent.presence.size,
      doorsDue: () => this.#doorLines().filter(isDue).length,
      doorsWaiting: () => this.#doorLines().filter(({ state }) => state === 'waits').length,
      receiptsHeld: () => journal.state.held.size,
      secondsSinceAdvert: () => (clock.monotonicMs() - (agent.heardAtMs ?? Number.NaN)) / 1_000,
      adverts: () => agent.presence.reports,
    });
  }

  on(event: AgentEvent): void {
    this.metrics.on(event);
    switch (event.type) {
      case 'visiting':
        this.#progress = undefined;
        return;
      case 'progress':
        this.#progress = { bytes: event.bytes, totalBytes: event.totalBytes };
        return;
      case 'visited': {
        const { result } = event.end;
        const code = 'error' in event.end ? event.end.error.code : undefined;
        const atS = nowS(this.#clock);
        // Only of doors that the cloud has: the list bounds it.
        for (const doorId of this.#last.keys()) if (!this.#agent.doors.has(doorId)) this.#last.delete(doorId);
        this.#last.set(event.door.doorId, { result, atS, ...(code === undefined ? {} : { code }) });
        return;
      }
      case 'cloud':
      case 'radio':
      case 'channel':
      case 'silent':
        return;
    }
  }

  health(): AgentHealth {
    const { state, heardAtMs } = this.#agent;
    const at = { nowMs: this.#clock.monotonicMs(), startedMs: this.#startedMs };
    return healthOf(state, heardAtMs, at, this.#journal.state.held.size);
  }

  lines(): WatchLine[] {
    const doors = this.#doorLines();
    const { state, presence } = this.#agent;
    return [agentLine(state, doors, presence.size, this.#journal.state.held.size), ...doors];
  }

  #doorLines(): DoorLine[] {
    const { state, doors, presence } = this.#agent;
    const remembered = { progress: this.#progress, last: this.#last };
    return doorLines(state, doors, presence, remembered, this.#agent.now());
  }
}
