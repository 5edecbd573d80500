// Server-sent events for pages: one stream a page, from the number that it saw last on. A page hears of what its account
// may see, and of nothing that a resident does at home; it never gets more than the news that there is news.
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { EventData, EventKind, EventQuery } from '#protocol/api/events.ts';
import type { Asking, Desk } from '../desk.ts';
import { Refusal } from '../domain/refusal.ts';
import { includes, loadRights, type Rights } from '../domain/rights/rights.ts';
import { propertyOf } from '../domain/rights/tenancy.ts';
import type { Principal } from '../accounts/tokens.ts';
import type { Audience, Listener } from './audience.ts';
import type { FeedNews } from './feed.ts';
import type { OutboxRow } from './outbox.ts';

/** Pages of one sign-in that are open at once. */
export const STREAMS_A_TOKEN_MAX = 16;
/** A page that does not read so much is cut off: it comes again, and asks for everything. */
const UNREAD_MAX_BYTES = 256 * 1024;
const RECONNECT_MS = 2_000;

/** Opens the stream; it goes on until the page leaves, the token ends, or the server stops. */
export async function streamEvents(
  desk: Desk,
  audience: Audience,
  asking: Asking,
  query: z.output<typeof EventQuery>,
  request: Request,
  response: Response,
): Promise<void> {
  const { caller } = asking;
  const { propertyId } = query;
  if (propertyId !== undefined) await desk.read(asking, (work) => propertyOf(work, propertyId));
  const rights = await desk.parts.store.read((trx) => loadRights(trx, caller));
  // Who left meanwhile has said so already: nothing would ever take the stream away.
  if (response.destroyed) return;
  // Counted where nothing is waited for any more, so that no number of pages gets by at once.
  if (audience.countOf(caller.tokenId) >= STREAMS_A_TOKEN_MAX) {
    throw new Refusal('TOO_MANY_ATTEMPTS', 'Too many streams are open with this sign-in.', {
      retryAfterS: 60,
    });
  }
  const after = numberIn(request.get('last-event-id'));
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  const stream = new EventStream(caller, rights, query, response);
  stream.write(`retry: ${RECONNECT_MS}\n\n`);
  const leave = audience.add(stream);
  const unsubscribe = desk.parts.feed.subscribe(after ?? 'now', (news) => stream.onNews(news));
  response.once('close', () => {
    leave();
    unsubscribe();
  });
}

/** Undefined for what no event of ours had as its id. */
function numberIn(text: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined;
}

export class EventStream implements Listener {
  readonly principal: Principal;
  rights: Rights;
  readonly #query: z.output<typeof EventQuery>;
  readonly #response: Pick<Response, 'write' | 'end' | 'destroy' | 'writableLength'>;

  constructor(
    principal: Principal,
    rights: Rights,
    query: z.output<typeof EventQuery>,
    response: Pick<Response, 'write' | 'end' | 'destroy' | 'writableLength'>,
  ) {
    this.principal = principal;
    this.rights = rights;
    this.#query = query;
    this.#response = response;
  }

  onNews(news: FeedNews): void {
    if (news.type === 'start-anew') {
      this.write(`id: ${news.after}\nevent: reset\ndata: {}\n\n`);
      return;
    }
    const text = news.rows.map((row) => this.#eventsOf(row)).join('');
    if (text !== '') this.write(text);
  }

  onRound(): void {
    this.write(': still here\n\n');
  }

  onEnded(): void {
    this.#response.end();
  }

  onGoingAway(): void {
    this.#response.end();
  }

  write(text: string): void {
    if (this.#response.writableLength > UNREAD_MAX_BYTES) this.#response.destroy();
    else this.#response.write(text);
  }

  /** The last event of a row alone has its number: a page that misses one of several gets all of them again. */
  #eventsOf(row: OutboxRow): string {
    const { propertyId, kinds } = this.#query;
    if (row.portfolioId === null || row.portfolioId !== this.principal.portfolioId) return '';
    if (propertyId !== undefined && row.propertyId !== propertyId) return '';
    return kindsOf(row)
      .filter((kind) => (kinds ?? [kind]).includes(kind) && maySee(this.rights, kind, row))
      .map((kind, at, all) => {
        const data: EventData = {
          propertyId: row.propertyId,
          doorId: row.doorId,
          subject: kind === 'imports' ? row.subject : null,
        };
        const id = at === all.length - 1 ? `id: ${row.number}\n` : '';
        return `${id}event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
      })
      .join('');
  }
}

function kindsOf({ kind }: OutboxRow): EventKind[] {
  switch (kind) {
    case 'door-target':
    case 'door-state':
      return ['doors', 'tasks'];
    case 'sync-request':
      return ['tasks'];
    case 'activity':
    case 'people':
    case 'imports':
      return [kind];
    case 'token-ended':
      return [];
  }
}

function maySee(rights: Rights, kind: EventKind, row: OutboxRow): boolean {
  if (rights.kind === 'portfolio') return true;
  if (rights.kind !== 'properties' || row.propertyId === null) return false;
  const at = rights.at.get(row.propertyId);
  if (at === undefined) return false;
  switch (kind) {
    case 'doors':
    case 'tasks':
      return true;
    case 'people':
    case 'imports':
      return includes(at, 'people');
    case 'activity':
      return includes(at, 'activity');
  }
}
