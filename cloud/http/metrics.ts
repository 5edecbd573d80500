// Figures of this process for Prometheus, in a registry of their own. Labels are names of routes and statuses, never
// anything of a tenant.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { Trx } from '../db/store.ts';
import type { DeskParts } from '../desk.ts';
import { outboxHead } from '../live/outbox.ts';

const PREFIX = 'doorlab_';
/** From a read off memory to an import of ten thousand rows. */
const BUCKETS_S = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120];
/** Whoever asks more often gets the counts of before: each costs the database. */
const COUNTS_KEPT_MS = 5_000;
const COUNT_DEADLINE_MS = 2_000;

/** Gauges that are counted in the database when somebody asks. */
const COUNTS: Readonly<
  Record<string, { readonly help: string; count(trx: Trx, parts: DeskParts): Promise<number> }>
> = {
  sync_tasks_open: {
    help: 'Doors and versions that wait for a Door Sync',
    count: async (trx) =>
      rowsOf(
        await trx
          .selectFrom('sync_tasks')
          .select(({ fn }) => fn.countAll<number>().as('rows'))
          .where('closed_at_s', 'is', null)
          .executeTakeFirst(),
      ),
  },
  packages: {
    help: 'Signed and sealed packages that are kept',
    count: async (trx) =>
      rowsOf(
        await trx
          .selectFrom('packages')
          .select(({ fn }) => fn.countAll<number>().as('rows'))
          .executeTakeFirst(),
      ),
  },
  mails_waiting: {
    help: 'Mails that are yet to be sent',
    count: async (trx) =>
      rowsOf(
        await trx
          .selectFrom('mails')
          .select(({ fn }) => fn.countAll<number>().as('rows'))
          .where('state', '=', 'waiting')
          .executeTakeFirst(),
      ),
  },
  outbox_lag: {
    help: 'Announcements that this process has yet to pass on',
    count: async (trx, { feed }) => Math.max(0, (await outboxHead(trx)) - feed.head),
  },
};

const rowsOf = (row: { readonly rows: number | string | null } | undefined): number => Number(row?.rows ?? 0);

/** What other parts know, asked when somebody looks. */
export interface LiveFigures {
  /** WebSockets that are open. */
  readonly connections?: () => number;
}

export class Metrics {
  readonly #parts: DeskParts;
  readonly #registry = new Registry();
  readonly #requests: Counter<'route' | 'status'>;
  readonly #durations: Histogram<'route'>;
  readonly #counts = new Map<string, Gauge>();
  readonly #unread: Counter;
  #countedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: DeskParts, live: LiveFigures = {}) {
    this.#parts = parts;
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: `${PREFIX}http_requests_total`,
      help: 'Requests that are over',
      labelNames: ['route', 'status'],
      registers,
    });
    this.#durations = new Histogram({
      name: `${PREFIX}http_request_duration_seconds`,
      help: 'From the headers to the end of the reply',
      labelNames: ['route'],
      buckets: BUCKETS_S,
      registers,
    });
    this.#unread = new Counter({
      name: `${PREFIX}metrics_unread_total`,
      help: 'Times that the database gave no counts',
      registers,
    });
    for (const [name, { help }] of Object.entries(COUNTS)) {
      this.#counts.set(name, new Gauge({ name: PREFIX + name, help, registers }));
    }
    this.#read('live_connections', 'WebSockets that are open', live.connections);
    for (const [name, help, value] of PROCESS) this.#read(name, help, value, '');
  }

  observe(route: string, status: number, ms: number): void {
    this.#requests.inc({ route, status: String(status) });
    this.#durations.observe({ route }, ms / 1_000);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus's text format. Where the database does not answer, its counts are those of before. */
  async text(): Promise<string> {
    const { clock } = this.#parts;
    if (clock.monotonicMs() - this.#countedAtMs >= COUNTS_KEPT_MS) {
      this.#countedAtMs = clock.monotonicMs();
      await this.#count();
    }
    return await this.#registry.metrics();
  }

  async #count(): Promise<void> {
    const { clock, log, store } = this.#parts;
    const counting = store.read(async (trx) => {
      for (const [name, { count }] of Object.entries(COUNTS))
        this.#counts.get(name)?.set(await count(trx, this.#parts));
    });
    try {
      await withDeadline(clock, COUNT_DEADLINE_MS, counting, () => new Error('late'));
    } catch (error) {
      this.#unread.inc();
      log.warn('metrics.unread', { error: error instanceof Error ? error.name : 'unknown' });
    }
  }

  /** A figure that a call gives; without the call there is no such figure. */
  #read(name: string, help: string, value: (() => number) | undefined, prefix = PREFIX): void {
    if (value === undefined) return;
    new Gauge({
      name: prefix + name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(value());
      },
    });
  }
}

/** Under the names that Prometheus's own clients use. */
const PROCESS: readonly (readonly [string, string, () => number])[] = [
  ['process_resident_memory_bytes', 'Memory of the process', () => process.memoryUsage.rss()],
  ['nodejs_heap_size_used_bytes', 'Heap in use', () => process.memoryUsage().heapUsed],
  ['nodejs_external_memory_bytes', 'Memory outside the heap', () => process.memoryUsage().external],
  [
    'process_cpu_seconds',
    'Processor time',
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000_000;
    },
  ],
];
