// Doors as the live channel tells of them, for any number at once.
import type { LiveDoor } from '#protocol/api/live.ts';
import type { Trx } from '../db/store.ts';
import { batchesOf } from '../domain/batches.ts';
import { includes, type Rights } from '../domain/rights/rights.ts';
import { doorSyncs } from '../domain/sync/sync-view.ts';
import { keyEpochOf } from '../locks/key-epoch.ts';

export interface PlacedDoor {
  readonly doorId: string;
  readonly propertyId: string;
  readonly portfolioId: string;
  readonly live: LiveDoor;
}

/** Of those who listen none is an app. */
const LISTENERS = { kind: 'portfolio' } as const;

export async function placedDoors(trx: Trx, doorIds: readonly string[]): Promise<PlacedDoor[]> {
  const keyEpoch = await keyEpochOf(trx);
  const placed: PlacedDoor[] = [];
  for (const batch of batchesOf(doorIds)) {
    const syncs = await doorSyncs({ trx, keyEpoch, rights: LISTENERS }, batch);
    const rows = await trx
      .selectFrom('doors')
      .innerJoin('properties', 'properties.id', 'doors.property_id')
      .select(['doors.id', 'doors.property_id', 'properties.portfolio_id'])
      .where('doors.id', 'in', [...batch])
      .execute();
    for (const { id: doorId, property_id: propertyId, portfolio_id: portfolioId } of rows) {
      const sync = syncs.get(doorId);
      if (sync === undefined) continue;
      const live = { doorId, target: sync.target, applied: sync.applied?.triple ?? null, state: sync.state };
      placed.push({ doorId, propertyId, portfolioId, live });
    }
  }
  return placed;
}

/** Ids of doors with locks that are the listener's, after an id, in order. */
export async function ownDoorIds(
  trx: Trx,
  rights: Rights,
  portfolioId: string,
  after: string,
  limit: number,
): Promise<string[]> {
  if (rights.kind === 'door') return after === '' ? [rights.doorId] : [];
  if (rights.kind === 'app' || rights.kind === 'none') return [];
  const within = rights.kind === 'portfolio' ? undefined : carriedAt(rights);
  if (within?.length === 0) return [];
  const rows = await trx
    .selectFrom('locks')
    .innerJoin('doors', 'doors.id', 'locks.door_id')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .select('locks.door_id')
    .where('properties.portfolio_id', '=', portfolioId)
    .$if(within !== undefined, (query) => query.where('doors.property_id', 'in', within ?? []))
    .where('locks.door_id', '>', after)
    .orderBy('locks.door_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.door_id);
}

/** Properties whose doors the account may carry to. */
const carriedAt = (rights: Extract<Rights, { kind: 'properties' }>): string[] =>
  [...rights.at].flatMap(([id, at]) => (includes(at, 'carry') ? [id] : []));

/** Of somebody who is not a lock. */
export const reaches = (rights: Rights, { propertyId }: Pick<PlacedDoor, 'propertyId'>): boolean => {
  if (rights.kind === 'portfolio') return true;
  const at = rights.kind === 'properties' ? rights.at.get(propertyId) : undefined;
  return at !== undefined && includes(at, 'carry');
};
