// Daily codes of people whose access has ended by its date: their slots are free again on the next local day, for whoever
// had one knows no code but those of the days before.
import { liveGrantsAt } from '../access/live-access.ts';
import type { Work } from '../work.ts';

/** Nothing of a table changes: the codes go with the day. `personId` absent: everybody's. */
export async function endLapsedDailyCodes(
  work: Work,
  doorIds: readonly string[],
  personId?: string,
): Promise<void> {
  const held = await work.trx
    .selectFrom('daily_codes')
    .select(['id', 'person_id', 'door_id'])
    .where('door_id', 'in', [...doorIds])
    .where('ended_at_s', 'is', null)
    .$if(personId !== undefined, (query) => query.where('person_id', '=', personId ?? ''))
    .execute();
  if (held.length === 0) return;
  const people = [...new Set(held.map((row) => row.person_id))];
  const live = await liveGrantsAt(work.trx, doorIds, work.nowS, people);
  for (const row of held) {
    const isLive = live.some(
      (grant) => grant.personId === row.person_id && grant.doorId === row.door_id && grant.providesDoorcodes,
    );
    if (isLive) continue;
    await work.trx
      .updateTable('daily_codes')
      .set({ ended_at_s: (await lastEndS(work, row.person_id, row.door_id)) ?? work.nowS })
      .where('id', '=', row.id)
      .execute();
  }
}

/** When the last access ended by its date that the person had at the door; null where none has. */
export async function lastEndS(work: Work, personId: string, doorId: string): Promise<number | null> {
  const { last } = await work.trx
    .selectFrom('grants')
    .innerJoin('key_doors', 'key_doors.key_id', 'grants.key_id')
    .select(({ fn }) => fn.max('grants.expires_at_s').as('last'))
    .where('grants.person_id', '=', personId)
    .where('key_doors.door_id', '=', doorId)
    .where('grants.expires_at_s', '<=', work.nowS)
    .executeTakeFirstOrThrow();
  return last;
}
