// The desk at which every request is worked on: it opens the transaction, says who is asking and what time it
// is, and ends a writing one by checking capacities and raising the targets of the doors it touched.
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Permission } from '#protocol/api/contract.ts';
import type { Principal } from './accounts/tokens.ts';
import type { Store, Trx } from './db/store.ts';
import { requireCapacity } from './domain/capacity.ts';
import { raiseTargets } from './domain/targets.ts';
import { loadRights, requireKindFor } from './domain/rights.ts';
import { DoorChanges, type Work } from './domain/work.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { CloudParts } from './locks/cloud-parts.ts';

export interface DeskParts extends CloudParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly keyRing: KeyRing;
}

/** Who asks for what. */
export interface Asking {
  readonly caller: Principal;
  readonly permission: Permission;
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
    return this.parts.store.write(async (trx) => {
      const work = await this.#work(asking, trx);
      const result = await run(work);
      await requireCapacity(work, growing(work.changes));
      await raiseTargets(work);
      return result;
    });
  }

  async #work({ caller, permission }: Asking, trx: Trx): Promise<Work> {
    const rights = await loadRights(trx, caller);
    requireKindFor(permission, rights);
    const { newest } = this.parts.keyRing;
    return {
      trx,
      caller,
      rights,
      permission,
      nowS: this.nowS(),
      random: this.parts.random,
      portfolioId: caller.portfolioId ?? '',
      keyEpoch: newest.keySet.number,
      signing: () => newest,
      changes: new DoorChanges(),
    };
  }
}

/** Taking access away is never refused, however full a lock is. */
const growing = (changes: DoorChanges): string[] =>
  changes.entries().flatMap(([doorId, { reason }]) => (reason === 'access-revoked' ? [] : [doorId]));
