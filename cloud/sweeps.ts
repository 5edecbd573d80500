// What a serving cloud does by itself from time to time: each is done by every process, and harmless when another one
// was first.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Desk } from './desk.ts';
import { sweepRetention } from './domain/activity/retention.ts';
import { sweepUnsynced } from './domain/sync/unsynced.ts';
import type { CapturedMailbox } from './mail/captured-mailbox.ts';
import { sweepMailbox } from './mail/mail-sweep.ts';
import { errorText } from './error-text.ts';

const UNSYNCED_EVERY_MS = 30_000;
const RETENTION_EVERY_MS = 10 * 60_000;
const MAILS_EVERY_MS = 10 * 60_000;
/** While more is to be done; others get their turns in between. */
const AGAIN_MS = 200;

interface Sweep {
  readonly name: string;
  readonly everyMs: number;
  /** True where more is to be done at once. */
  run(): Promise<boolean>;
}

export class Sweeps {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #sweeps: readonly Sweep[];
  readonly #timers = new Map<string, Timer>();
  #running: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(desk: Desk, mailbox: CapturedMailbox) {
    this.#clock = desk.parts.clock;
    this.#log = desk.parts.log;
    this.#sweeps = [
      { name: 'unsynced', everyMs: UNSYNCED_EVERY_MS, run: async () => (await sweepUnsynced(desk)) > 0 },
      { name: 'retention', everyMs: RETENTION_EVERY_MS, run: () => sweepRetention(desk) },
      {
        name: 'mails',
        everyMs: MAILS_EVERY_MS,
        run: () => sweepMailbox(desk.parts.store, mailbox, desk.nowS()),
      },
    ];
    for (const sweep of this.#sweeps) this.#schedule(sweep, sweep.everyMs);
  }

  /** All that is due now, to its end. */
  async runAll(): Promise<void> {
    for (const sweep of this.#sweeps) while (await sweep.run());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    await this.#running;
  }

  #schedule(sweep: Sweep, afterMs: number): void {
    if (this.#isStopped) return;
    const timer = this.#clock.after(afterMs, () => {
      this.#running = this.#running.then(() => this.#run(sweep));
    });
    this.#timers.set(sweep.name, timer);
  }

  async #run(sweep: Sweep): Promise<void> {
    if (this.#isStopped) return;
    let isMore = false;
    try {
      isMore = await sweep.run();
    } catch (error) {
      this.#log.warn('sweep.failed', { sweep: sweep.name, error: errorText(error) });
    }
    this.#schedule(sweep, isMore ? AGAIN_MS : sweep.everyMs);
  }
}
