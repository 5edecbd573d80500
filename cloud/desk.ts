// The desk at which every request is worked on: it opens the transaction, says who is asking and what time it
// is, and ends a writing one by checking capacities and raising the targets of the doors it touched.
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Store, Trx } from './db/store.ts';
import { requireCapacity } from './domain/capacity.ts';
import { raiseTargets } from './domain/targets.ts';
import { DoorChanges, type Work } from './domain/work.ts';
import type { CloudParts } from './locks/cloud-parts.ts';

export interface DeskParts extends CloudParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Tenant {
  readonly portfolioId: string;
}

export class Desk {
  readonly parts: DeskParts;

  constructor(parts: DeskParts) {
    this.parts = parts;
  }

  nowS(): number {
    return nowS(this.parts.clock);
  }

  read<T>(tenant: Tenant, run: (work: Work) => Promise<T>): Promise<T> {
    return this.parts.store.read((trx) => run(this.#work(tenant, trx)));
  }

  /** Acknowledged means durable: when the promise resolves, the change and its targets are on the disk. */
  write<T>(tenant: Tenant, run: (work: Work) => Promise<T>): Promise<T> {
    return this.parts.store.write(async (trx) => {
      const work = this.#work(tenant, trx);
      const result = await run(work);
      await requireCapacity(work, growing(work.changes));
      await raiseTargets(work);
      return result;
    });
  }

  #work(tenant: Tenant, trx: Trx): Work {
    return {
      trx,
      nowS: this.nowS(),
      random: this.parts.random,
      portfolioId: tenant.portfolioId,
      keyEpoch: this.parts.keys.keySet.number,
      changes: new DoorChanges(),
    };
  }
}

/** Taking access away is never refused, however full a lock is. */
const growing = (changes: DoorChanges): string[] =>
  changes.entries().flatMap(([doorId, { reason }]) => (reason === 'access-revoked' ? [] : [doorId]));
