// Everybody who holds a connection on which the cloud speaks by itself. Each may go on only as long as the token is in
// force and the account may still see anything: asked for all together every few seconds, and at once for a token that is
// said to have ended.
import { nowS, type Clock, type Timer } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Principal } from '../accounts/tokens.ts';
import type { Store, Trx } from '../db/store.ts';
import { batchesOf } from '../domain/batches.ts';
import { loadRights, type Rights } from '../domain/rights/rights.ts';
import { errorText } from '../error-text.ts';

/** Turns of one second: everybody is looked after once in a round, and the tokens of all four times as often. */
export const ROUND_TURNS = 20;
const CHECK_TURNS = 5;
const TURN_MS = 1_000;

export interface Listener {
  readonly principal: Principal;
  rights: Rights;
  /** Once a round, for heartbeats. */
  onRound(nowMs: number): void;
  /** The token is in force no more. */
  onEnded(): void;
  /** The server stops. */
  onGoingAway(): void;
}

export interface AudienceParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

export class Audience {
  readonly #parts: AudienceParts;
  readonly #turns: readonly Set<Listener>[] = Array.from({ length: ROUND_TURNS }, () => new Set<Listener>());
  readonly #byToken = new Map<string, Set<Listener>>();
  #added = 0;
  #turn = 0;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(parts: AudienceParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#schedule();
  }

  get size(): number {
    return this.#turns.reduce((sum, { size }) => sum + size, 0);
  }

  *#all(): Generator<Listener> {
    for (const turn of this.#turns) yield* turn;
  }

  /** How many hold one with this token already. */
  countOf(tokenId: string): number {
    return this.#byToken.get(tokenId)?.size ?? 0;
  }

  /** Until the returned function is called. */
  add(listener: Listener): () => void {
    const turn = this.#turns[this.#added++ % ROUND_TURNS];
    const { tokenId } = listener.principal;
    const same = this.#byToken.get(tokenId) ?? new Set();
    this.#byToken.set(tokenId, same.add(listener));
    turn?.add(listener);
    return () => {
      turn?.delete(listener);
      same.delete(listener);
      if (same.size === 0) this.#byToken.delete(tokenId);
    };
  }

  /** Said to have ended: looked at now. */
  async recheck(tokenIds: Iterable<string>): Promise<void> {
    const listeners = [...tokenIds].flatMap((tokenId) => [...(this.#byToken.get(tokenId) ?? [])]);
    if (listeners.length > 0) await this.#check(listeners);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const listener of this.#all()) listener.onGoingAway();
  }

  #schedule(): void {
    this.#timer = this.#parts.clock.after(TURN_MS, () => {
      void this.#takeTurn().finally(() => {
        if (!this.#isStopped) this.#schedule();
      });
    });
  }

  async #takeTurn(): Promise<void> {
    const turn = this.#turn++;
    const nowMs = this.#parts.clock.monotonicMs();
    for (const listener of this.#turns[turn % ROUND_TURNS] ?? []) listener.onRound(nowMs);
    const due = this.#turns
      .filter((_, at) => at % CHECK_TURNS === turn % CHECK_TURNS)
      .flatMap((set) => [...set]);
    if (due.length === 0) return;
    try {
      await this.#check(due);
    } catch (error) {
      // The next turns ask again; a database that is away lets nobody do anything either.
      this.#parts.log.warn('live.check-failed', { error: errorText(error) });
    }
  }

  async #check(listeners: readonly Listener[]): Promise<void> {
    const atS = nowS(this.#parts.clock);
    const found = await this.#parts.store.read(async (trx) => {
      const inForce = await tokensInForce(trx, atS, listeners);
      return { inForce, rights: await rightsOf(trx, listeners) };
    });
    for (const listener of listeners) {
      const rights = found.rights.get(accountOf(listener.principal)) ?? listener.rights;
      if (!found.inForce.has(listener.principal.tokenId) || rights.kind === 'none') listener.onEnded();
      else listener.rights = rights;
    }
  }
}

async function tokensInForce(trx: Trx, atS: number, listeners: readonly Listener[]): Promise<Set<string>> {
  const inForce = new Set<string>();
  const ids = [...new Set(listeners.map(({ principal }) => principal.tokenId))];
  for (const batch of batchesOf(ids)) {
    const rows = await trx
      .selectFrom('tokens')
      .select('id')
      .where('id', 'in', [...batch])
      .where('revoked_at_s', 'is', null)
      .where('expires_at_s', '>', atS)
      .execute();
    for (const { id } of rows) inForce.add(id);
  }
  return inForce;
}

/** Those of accounts may change; a lock has its door as long as it has its token. */
async function rightsOf(trx: Trx, listeners: readonly Listener[]): Promise<Map<string, Rights>> {
  const found = new Map<string, Rights>();
  for (const { principal } of listeners) {
    const account = accountOf(principal);
    if (principal.accountId === null || found.has(account)) continue;
    found.set(account, await loadRights(trx, principal));
  }
  return found;
}

const accountOf = ({ accountId, portfolioId }: Principal): string =>
  `${accountId ?? ''} ${portfolioId ?? ''}`;
