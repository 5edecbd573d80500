// An agent's figures for Prometheus, in a registry of their own. Labels are outcomes and reasons, never a door.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AgentEvent } from './agent-event.ts';

const PREFIX = 'doorlab_agent_';
/** From a receipt at once to a full table over a poor link. */
const BUCKETS_S = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 600];

/** Read when somebody looks. */
export interface AgentFigures {
  readonly cloudUp: () => number;
  readonly channelUp: () => number;
  readonly radioUp: () => number;
  readonly doors: () => number;
  readonly doorsInRange: () => number;
  readonly doorsDue: () => number;
  readonly doorsWaiting: () => number;
  readonly receiptsHeld: () => number;
  readonly secondsSinceAdvert: () => number;
  readonly adverts: () => number;
}

const GAUGES: readonly (readonly [name: string, help: string, figure: keyof AgentFigures])[] = [
  ['cloud_up', '1 while the cloud answers this token', 'cloudUp'],
  ['channel_up', '1 while the live channel is open', 'channelUp'],
  ['radio_up', '1 while the radio scans or serves a visit', 'radioUp'],
  ['doors', 'Doors of the cloud with a lock', 'doors'],
  ['doors_in_range', 'Doors whose lock shows itself', 'doorsInRange'],
  ['doors_due', 'Doors at which something is to be done now, in range or not', 'doorsDue'],
  ['doors_waiting', 'Doors that wait: after a failure, or for the time of a change', 'doorsWaiting'],
  ['receipts_held', 'Receipts that the cloud has not taken yet', 'receiptsHeld'],
  ['seconds_since_advert', 'Since the last advert of anybody', 'secondsSinceAdvert'],
  ['adverts', 'Adverts heard since the start', 'adverts'],
];

export class AgentMetrics {
  readonly #registry = new Registry();
  readonly #visits: Counter<'result' | 'why'>;
  readonly #seconds: Histogram;
  readonly #bytes: Counter;
  readonly #restarts: Counter<'what'>;
  #bytesNow = 0;

  constructor(figures: AgentFigures) {
    const registers = [this.#registry];
    this.#visits = new Counter({
      name: `${PREFIX}visits_total`,
      help: 'Visits that ended',
      labelNames: ['result', 'why'],
      registers,
    });
    this.#seconds = new Histogram({
      name: `${PREFIX}visit_seconds`,
      help: 'From the choice of a door to the end of its visit',
      buckets: BUCKETS_S,
      registers,
    });
    this.#bytes = new Counter({
      name: `${PREFIX}bytes_total`,
      help: 'Bytes of tables that locks took',
      registers,
    });
    this.#restarts = new Counter({
      name: `${PREFIX}restarts_total`,
      help: 'Scans, radios and channels that were begun anew',
      labelNames: ['what'],
      registers,
    });
    for (const [name, help, figure] of GAUGES)
      readGauge(this.#registry, PREFIX + name, help, figures[figure]);
    readGauge(this.#registry, 'process_resident_memory_bytes', 'Memory of the process', () =>
      process.memoryUsage.rss(),
    );
    readGauge(this.#registry, 'process_cpu_seconds', 'Processor time', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000_000;
    });
  }

  on(event: AgentEvent): void {
    switch (event.type) {
      case 'visiting':
        this.#bytesNow = 0;
        return;
      case 'progress':
        if (event.bytes > this.#bytesNow) this.#bytes.inc(event.bytes - this.#bytesNow);
        this.#bytesNow = Math.max(this.#bytesNow, event.bytes);
        return;
      case 'visited':
        this.#visits.inc({ result: event.end.result, why: event.why });
        this.#seconds.observe(event.tookMs / 1_000);
        return;
      case 'silent':
        this.#restarts.inc({ what: 'scan' });
        return;
      case 'radio':
        // A first one has nothing that it would be opened anew for.
        if (event.state === 'opening' && event.detail !== undefined) this.#restarts.inc({ what: 'radio' });
        return;
      case 'channel':
        if (event.state === 'connecting' && event.failures > 0) this.#restarts.inc({ what: 'channel' });
        return;
      case 'cloud':
        return;
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

function readGauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}
