// The outbox as this process follows it: each subscriber gets every row once and in order, whichever process wrote
// it. Commits of this process and NOTIFY wake it; polling finds what they missed.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { WakeUps } from '../db/dialect/dialect.ts';
import type { Store } from '../db/store.ts';
import { outboxAfter, outboxHead, type OutboxRow } from './outbox.ts';
import { errorText } from '../error-text.ts';

const POLL_MS = 1_000;
const ROWS_A_READ = 500;

export type FeedNews =
  | { readonly type: 'rows'; readonly rows: readonly OutboxRow[] }
  /** What came in between is gone: read the present state, then go on after this number. */
  | { readonly type: 'start-anew'; readonly after: number };

type OnNews = (news: FeedNews) => void;

interface Subscriber {
  readonly onNews: OnNews;
  /** The number of the last row that it got. */
  at: number;
}

export interface FeedParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the database has any; a test's may be deaf. */
  readonly wakeUps: WakeUps | undefined;
}

export class Feed {
  readonly #parts: FeedParts;
  /** At the head, in step with this feed. */
  readonly #live = new Set<Subscriber>();
  readonly #behind = new Set<Subscriber>();
  #head: number;
  #listener: { stop(): Promise<void> } | undefined;
  #poll: Timer | undefined;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #isFailing = false;
  #isStopped = false;

  private constructor(parts: FeedParts, head: number) {
    this.#parts = parts;
    this.#head = head;
  }

  /** Throws DatabaseUnavailableError. */
  static async start(parts: FeedParts): Promise<Feed> {
    const feed = new Feed(parts, await parts.store.read((trx) => outboxHead(trx)));
    feed.#listener = parts.wakeUps?.listen(() => feed.wake());
    feed.#schedulePoll();
    return feed;
  }

  /** The number of the last row that this process has seen. */
  get head(): number {
    return this.#head;
  }

  /**
   * Rows after the number `after`; with 'now' those of every transaction that commits from now on, and maybe a few
   * from just before. Never calls `onNews` before it returns, nor after the returned function was called.
   */
  subscribe(after: number | 'now', onNews: OnNews): () => void {
    const subscriber = { onNews, at: after === 'now' ? this.#head : after };
    if (subscriber.at === this.#head) this.#live.add(subscriber);
    else this.#behind.add(subscriber);
    this.wake();
    return () => {
      this.#live.delete(subscriber);
      this.#behind.delete(subscriber);
    };
  }

  /** There may be new rows. Cheap, and harmless where there are none. */
  wake(): void {
    if (this.#isStopped) return;
    this.#isWanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#poll?.cancel();
    this.#live.clear();
    this.#behind.clear();
    await Promise.all([this.#listener?.stop(), this.#running]);
  }

  #schedulePoll(): void {
    this.#poll = this.#parts.clock.after(POLL_MS, () => {
      this.wake();
      if (!this.#isStopped) this.#schedulePoll();
    });
  }

  async #run(): Promise<void> {
    const { log } = this.#parts;
    try {
      // Nobody is called within subscribe or wake.
      await Promise.resolve();
      while (this.#isWanted && !this.#isStopped) {
        this.#isWanted = false;
        const hasMore = await this.#round();
        if (hasMore) this.#isWanted = true;
      }
      if (this.#isFailing) log.info('feed.again');
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log.warn('feed.failed', { error: errorText(error) });
      this.#isFailing = true;
      // The next poll tries again.
    }
  }

  async #round(): Promise<boolean> {
    const isHeadBehind = await this.#pullHead();
    for (const subscriber of [...this.#behind]) await this.#pullFor(subscriber);
    return isHeadBehind || this.#behind.size > 0;
  }

  /** True where more rows wait. */
  async #pullHead(): Promise<boolean> {
    const before = this.#head;
    const { head, rows } = await this.#read(before);
    const news = newsOf(before, head, rows);
    if (news === undefined) return false;
    this.#head = endOf(news);
    for (const subscriber of [...this.#live]) this.#tell(subscriber, news);
    return this.#head < head;
  }

  async #pullFor(subscriber: Subscriber): Promise<void> {
    const { head, rows } = await this.#read(subscriber.at);
    if (!this.#behind.has(subscriber)) return;
    const news = newsOf(subscriber.at, head, rows);
    if (news !== undefined) this.#tell(subscriber, news);
    // It may have seen more than the head by now: what comes twice is left out.
    if (subscriber.at < this.#head || !this.#behind.delete(subscriber)) return;
    this.#live.add(subscriber);
  }

  #read(after: number): Promise<{ head: number; rows: OutboxRow[] }> {
    return this.#parts.store.read(async (trx) => {
      const head = await outboxHead(trx);
      return { head, rows: head > after ? await outboxAfter(trx, after, ROWS_A_READ) : [] };
    });
  }

  #tell(subscriber: Subscriber, news: FeedNews): void {
    const told =
      news.type === 'rows'
        ? { ...news, rows: news.rows.filter(({ number }) => number > subscriber.at) }
        : news;
    if (told.type === 'rows' && told.rows.length === 0) return;
    subscriber.at = endOf(told);
    try {
      subscriber.onNews(told);
    } catch (error) {
      this.#parts.log.error('feed.subscriber-failed', { error: errorText(error) });
    }
  }
}

/** What a reader at `after` has to be told; undefined where nothing is new. */
function newsOf(after: number, head: number, rows: readonly OutboxRow[]): FeedNews | undefined {
  if (after === head) return undefined;
  // Swept before it was read, or the number of another database's life.
  if (after > head || rows[0]?.number !== after + 1) return { type: 'start-anew', after: head };
  return { type: 'rows', rows };
}

const endOf = (news: FeedNews): number =>
  news.type === 'rows' ? (news.rows.at(-1)?.number ?? 0) : news.after;
