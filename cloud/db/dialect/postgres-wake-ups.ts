// LISTEN on a connection of its own: it wakes whoever reads the outbox, and is allowed to fail. While it is deaf
// it connects again, later and later; after that it wakes once, for what it may have missed.
import { Client } from 'pg';
import { sql } from 'kysely';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { WakeUps } from './dialect.ts';
import { connectionOptions } from './postgres-driver.ts';

const CHANNEL = 'doorlab_outbox';
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 15_000;
const LISTEN_DEADLINE_MS = 5_000;
const END_DEADLINE_MS = 2_000;

export const postgresWakeUps = (url: string, clock: Clock): WakeUps => ({
  async send(trx) {
    await sql`select pg_notify(${CHANNEL}, '')`.execute(trx);
  },
  listen(onWake) {
    const ear = new Ear(url, clock, onWake);
    ear.connect();
    return ear;
  },
});

class Ear {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #onWake: () => void;
  #client: Client | undefined;
  #retry: Timer | undefined;
  #retryMs = RETRY_FIRST_MS;
  #isStopped = false;

  constructor(url: string, clock: Clock, onWake: () => void) {
    this.#url = url;
    this.#clock = clock;
    this.#onWake = onWake;
  }

  connect(): void {
    const client = new Client(connectionOptions(this.#url));
    this.#client = client;
    client.on('notification', () => this.#onWake());
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    const listening = client.connect().then(() => client.query(`listen ${CHANNEL}`));
    withDeadline(this.#clock, LISTEN_DEADLINE_MS, listening, () => new Error('late')).then(
      () => {
        if (this.#client !== client) return;
        this.#retryMs = RETRY_FIRST_MS;
        this.#onWake();
      },
      () => this.#lost(client),
    );
  }

  #lost(client: Client): void {
    if (this.#client !== client || this.#isStopped) return;
    this.#client = undefined;
    client.end().catch(() => {});
    this.#retry = this.#clock.after(this.#retryMs, () => this.connect());
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MAX_MS);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retry?.cancel();
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    await withDeadline(this.#clock, END_DEADLINE_MS, client.end(), () => new Error('late')).catch(() => {});
  }
}
