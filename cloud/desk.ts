// The desk at which every request is worked on: it opens the transaction, says who is asking and what time it
// is, and ends a writing one by checking capacities, raising the targets of the doors it touched, and announcing it.
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Permission } from '#protocol/api/contract.ts';
import type { Site } from './accounts/site.ts';
import type { Principal } from './accounts/tokens.ts';
import type { Store, Trx } from './db/store.ts';
import { newTrace, writeAudit, type Deed } from './domain/audit.ts';
import { requireCapacity } from './domain/access/capacity.ts';
import { raiseTargets } from './domain/sync/targets.ts';
import { Refusal } from './domain/refusal.ts';
import { loadRights, requireKindFor } from './domain/rights/rights.ts';
import { DoorChanges, type Work } from './domain/work.ts';
import type { CloudKeys } from './keys/cloud-keys.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { Announcements } from './live/announcements.ts';
import type { Feed } from './live/feed.ts';
import type { CapturedMailbox } from './mail/captured-mailbox.ts';
import { appendOutbox } from './live/outbox.ts';
import type { CloudParts } from './locks/cloud-parts.ts';
import { keyEpochOf } from './locks/key-epoch.ts';

export interface DeskParts extends CloudParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly keyRing: KeyRing;
  /** What commits announce, from every process on the database. */
  readonly feed: Feed;
  /** Where people reach this cloud. */
  readonly site: Site;
  /** Where mails stay on disk and may be shown. */
  readonly mailbox?: CapturedMailbox | undefined;
  /** Proxies whose word on who asks is taken. */
  readonly trustedProxies?: readonly string[] | undefined;
}

/** Who asks for what. */
export interface Asking {
  readonly caller: Principal;
  readonly permission: Permission;
  /** Of a change, for the audit trail. */
  readonly deed?: Deed | undefined;
}

export class Desk {
  readonly parts: DeskParts;

  constructor(parts: DeskParts) {
    this.parts = parts;
  }

  nowS(): number {
    return nowS(this.parts.clock);
  }

  read<T>(asking: Asking, run: (work: Work) => Promise<T>): Promise<T> {
    return this.parts.store.read(async (trx) => run(await this.#work(asking, trx)));
  }

  /** Acknowledged means durable: when the promise resolves, the change and its targets are on the disk. */
  write<T>(asking: Asking, run: (work: Work) => Promise<T>): Promise<T> {
    return this.#write((trx) => this.#work(asking, trx), run, asking.deed);
  }

  /** The cloud's own work for one portfolio, which nobody asks for. */
  writeOwn<T>(portfolioId: string, run: (work: Work) => Promise<T>): Promise<T> {
    const own = { caller: null, rights: { kind: 'portfolio' }, permission: 'nothing', portfolioId } as const;
    return this.#write((trx) => this.#begin(own, trx), run);
  }

  async #write<T>(
    begin: (trx: Trx) => Promise<Work>,
    run: (work: Work) => Promise<T>,
    deed?: Deed,
  ): Promise<T> {
    const { store, feed } = this.parts;
    const { outcome, isAnnounced } = await store.write(async (trx) => {
      const work = await begin(trx);
      const made = await outcomeOf(run(work));
      await requireCapacity(work);
      await raiseTargets(work);
      if ('result' in made) await auditDeed(work, deed);
      return { outcome: made, isAnnounced: await this.#announce(work) };
    });
    if (isAnnounced) feed.wake();
    if (deed !== undefined) deed.isWritten = true;
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.result;
  }

  async #announce({ trx, nowS, portfolioId, outbox }: Work): Promise<boolean> {
    const tenant = portfolioId === '' ? null : portfolioId;
    if (!(await appendOutbox(trx, nowS, tenant, outbox.entries()))) return false;
    await this.parts.store.dialect.wakeUps?.send(trx);
    return true;
  }

  async #work({ caller, permission }: Asking, trx: Trx): Promise<Work> {
    const rights = await loadRights(trx, caller);
    requireKindFor(permission, rights);
    return this.#begin({ caller, rights, permission, portfolioId: caller.portfolioId ?? '' }, trx);
  }

  async #begin(who: Pick<Work, 'caller' | 'rights' | 'permission' | 'portfolioId'>, trx: Trx): Promise<Work> {
    const keyEpoch = await keyEpochOf(trx);
    return {
      trx,
      ...who,
      nowS: this.nowS(),
      random: this.parts.random,
      engine: this.parts.engine,
      keyEpoch,
      signing: () => this.#keysOf(keyEpoch),
      changes: new DoorChanges(),
      outbox: new Announcements(),
      trace: newTrace(),
    };
  }

  /** A package signed by the keys of another set than its triple names would be refused by every lock. */
  #keysOf(keyEpoch: number): CloudKeys {
    const keys = this.parts.keyRing.at(keyEpoch);
    if (keys !== undefined) return keys;
    throw new Refusal('NOT_READY', `This server does not have key set ${keyEpoch} yet.`, {
      next: 'Try again in a few seconds.',
    });
  }
}

type Outcome<T> = { readonly result: T } | { readonly refusal: Refusal };

/** A refusal that keeps what was written is an outcome like any other, until the transaction is through. */
async function outcomeOf<T>(made: Promise<T>): Promise<Outcome<T>> {
  try {
    return { result: await made };
  } catch (error) {
    if (error instanceof Refusal && error.keepsChanges) return { refusal: error };
    throw error;
  }
}

/** In the transaction of the change: neither is there without the other. */
async function auditDeed(work: Work, deed: Deed | undefined): Promise<void> {
  const { trx, nowS, caller, portfolioId, trace } = work;
  if (deed === undefined || deed.isWritten || trace.isVoid || caller === null) return;
  const { action, fields } = deed;
  const { accountId, tokenId } = caller;
  const subject = trace.subject ?? deed.subject;
  // A property that was just made was not found by its id before.
  const propertyId = trace.propertyId ?? (subject?.startsWith('property_') === true ? subject : null);
  await writeAudit(trx, nowS, { portfolioId, propertyId, accountId, tokenId, action, subject, fields });
}
