// The live channel: who listens for which door, and what each is told when the outbox says that something changed. One
// reading of the feed and one query for all doors of a change, however many listen.
import { encodeLiveMessage, LIVE_HELLO_DOORS_MAX } from '#protocol/api/live.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Store } from '../db/store.ts';
import { openSyncRequests } from '../locks/sync-requests.ts';
import type { Audience } from './audience.ts';
import type { Feed, FeedNews } from './feed.ts';
import type { LiveClient } from './live-client.ts';
import { ownDoorIds, placedDoors, reaches, type PlacedDoor } from './live-doors.ts';
import { errorText } from '../error-text.ts';

const RETRY_MS = 1_000;
/** Connections of one token: a lock that lost its network may not know yet that its former one is dead. */
export const CONNECTIONS_A_TOKEN_MAX = 8;

export interface LiveParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly feed: Feed;
  readonly audience: Audience;
}

interface Waiting {
  /** Each door with the number of the last row about it. */
  readonly targets: Map<string, number>;
  readonly requests: { readonly doorId: string; readonly requestId: string }[];
  readonly endedTokens: Set<string>;
}

const nothing = (): Waiting => ({ targets: new Map(), requests: [], endedTokens: new Set() });

export class LiveChannel {
  readonly #parts: LiveParts;
  readonly #locks = new Map<string, Set<LiveClient>>();
  readonly #couriers = new Map<string, Set<LiveClient>>();
  readonly #clients = new Set<LiveClient>();
  readonly #unsubscribe: () => void;
  #waiting = nothing();
  #isTelling = false;
  #isStopped = false;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.feed.subscribe('now', (news) => this.#onNews(news));
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Greets it, and tells it all that comes until the returned function is called. */
  join(client: LiveClient): () => void {
    const { doorId, portfolioId } = client.principal;
    const leave = this.#parts.audience.add(client);
    const [group, key] = doorId === null ? [this.#couriers, portfolioId ?? ''] : [this.#locks, doorId];
    const same = group.get(key) ?? new Set();
    group.set(key, same.add(client));
    this.#clients.add(client);
    void this.#greet(client);
    return () => {
      leave();
      this.#clients.delete(client);
      same.delete(client);
      if (same.size === 0) group.delete(key);
    };
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
  }

  /** Whoever did not go by itself. */
  cutOff(): void {
    for (const client of this.#clients) client.terminate();
  }

  /** All doors with their present targets, page by page, as fast as the client reads. */
  async #greet(client: LiveClient): Promise<void> {
    const { feed, log } = this.#parts;
    try {
      const number = feed.head;
      client.beginGreeting();
      for (let after: string | undefined = ''; after !== undefined && this.#clients.has(client);) {
        const page = await this.#helloPage(client, after);
        await client.sendWhole({ type: 'hello', number, doors: page.doors, more: page.after !== undefined });
        for (const request of page.requests) client.send({ type: 'sync-request', ...request });
        after = page.after;
      }
      for (const doorId of client.endGreeting()) this.#waiting.targets.set(doorId, feed.head);
      void this.#tell();
    } catch (error) {
      log.warn('live.greeting-failed', { error: errorText(error) });
      client.terminate();
    }
  }

  #helloPage({ rights, principal }: LiveClient, after: string) {
    const { store, clock } = this.#parts;
    return store.read(async (trx) => {
      const tenant = principal.portfolioId ?? '';
      const ids = await ownDoorIds(trx, rights, tenant, after, LIVE_HELLO_DOORS_MAX + 1);
      const shown = ids.slice(0, LIVE_HELLO_DOORS_MAX);
      const doors = await placedDoors(trx, shown);
      return {
        doors: doors.map(({ live }) => live),
        requests: await openSyncRequests(trx, nowS(clock), shown),
        after: ids.length > shown.length ? shown.at(-1) : undefined,
      };
    });
  }

  #onNews(news: FeedNews): void {
    if (news.type === 'start-anew') {
      for (const client of this.#clients) void this.#greet(client);
      return;
    }
    for (const { kind, doorId, subject, number } of news.rows) {
      const isHeard = doorId !== null && (this.#couriers.size > 0 || this.#locks.has(doorId));
      if (kind === 'door-target' && isHeard) this.#waiting.targets.set(doorId, number);
      if (kind === 'sync-request' && isHeard && subject !== null)
        this.#waiting.requests.push({ doorId, requestId: subject });
      if (kind === 'token-ended' && subject !== null) this.#waiting.endedTokens.add(subject);
    }
    void this.#tell();
  }

  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    let told = nothing();
    try {
      while (!this.#isStopped && isSomething(this.#waiting)) {
        told = this.#waiting;
        this.#waiting = nothing();
        await this.#parts.audience.recheck(told.endedTokens);
        const doorIds = new Set([...told.targets.keys(), ...told.requests.map(({ doorId }) => doorId)]);
        if (doorIds.size > 0) {
          const doors = await this.#parts.store.read((trx) => placedDoors(trx, [...doorIds]));
          for (const door of doors) this.#tellOf(door, told);
        }
      }
    } catch (error) {
      if (!this.#isStopped) this.#again(told, error);
    } finally {
      this.#isTelling = false;
    }
  }

  #again(told: Waiting, error: unknown): void {
    this.#parts.log.warn('live.telling-failed', { error: errorText(error) });
    for (const [doorId, number] of told.targets)
      if (!this.#waiting.targets.has(doorId)) this.#waiting.targets.set(doorId, number);
    this.#waiting.requests.unshift(...told.requests);
    for (const tokenId of told.endedTokens) this.#waiting.endedTokens.add(tokenId);
    this.#parts.clock.after(RETRY_MS, () => void this.#tell());
  }

  #tellOf(door: PlacedDoor, told: Waiting): void {
    const { doorId, live } = door;
    const number = told.targets.get(doorId);
    const texts: string[] = [];
    if (number !== undefined && live.target !== null)
      texts.push(encodeLiveMessage({ type: 'target', number, doorId, target: live.target }));
    for (const request of told.requests)
      if (request.doorId === doorId) texts.push(encodeLiveMessage({ type: 'sync-request', ...request }));
    if (texts.length === 0) return;
    for (const client of this.#locks.get(doorId) ?? []) client.tellOf(doorId, texts);
    for (const client of this.#couriers.get(door.portfolioId) ?? [])
      if (reaches(client.rights, door)) client.tellOf(doorId, texts);
  }
}

const isSomething = ({ targets, requests, endedTokens }: Waiting): boolean =>
  targets.size + requests.length + endedTokens.size > 0;
