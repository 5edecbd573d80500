// Whose rows of a door's table change with the version that this transaction makes: the next table is then made of the
// one before and of these people alone.
import type { TaskReason } from '#protocol/api/door-sync.ts';
import { prepared } from '../../db/prepared.ts';
import { batchesOf } from '../batches.ts';
import { comingVersions } from '../codes/retired-credentials.ts';
import type { Work } from '../work.ts';

/** Why access changed, and when locks should know: what their sync tasks say. */
export interface AccessChange {
  readonly reason: TaskReason;
  readonly dueS: number;
  /** Grants and Keys are as they were: a door whose credentials stay needs no Door Sync. */
  readonly isSameAccess?: boolean;
}

export interface PersonAtDoor {
  readonly personId: string;
  readonly doorId: string;
}

/** Doors without a lock have no table that a later one could be made of. */
export async function noteAccessChanges(work: Work, changed: readonly PersonAtDoor[]): Promise<void> {
  for (const batch of batchesOf(changed)) {
    const comingOf = await comingVersions(
      work.trx,
      batch.map(({ doorId }) => doorId),
    );
    const byPair = new Map(batch.map((pair) => [`${pair.personId} ${pair.doorId}`, pair]));
    const rows = [...byPair.values()].flatMap(({ personId, doorId }) => {
      const version = comingOf.get(doorId);
      return version === undefined ? [] : [{ door_id: doorId, person_id: personId, table_version: version }];
    });
    if (rows.length === 0) continue;
    await work.trx
      .insertInto('access_changes')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['door_id', 'person_id'])
          .doUpdateSet((eb) => ({ table_version: eb.ref('excluded.table_version') })),
      )
      .execute();
  }
}

/** Of everybody whose rows may differ from those of that version's table, at most `limit` of them. */
export async function changedSince(
  work: Pick<Work, 'trx'>,
  doorId: string,
  version: number,
  limit: number,
): Promise<string[]> {
  const rows = await changes(work.trx, doorId, version, limit);
  return rows.map((row) => row.person_id);
}

const changes = prepared((db, doorId: string, version: number, limit: number) =>
  db
    .selectFrom('access_changes')
    .select('person_id')
    .where('door_id', '=', doorId)
    .where('table_version', '>', version)
    .limit(limit),
);
