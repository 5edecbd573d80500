// Access that ended by its date, without anybody doing anything: its credentials are taken away where it matters next.
import { noteAccessChanges } from '../access/access-changes.ts';
import { batchesOf } from '../batches.ts';
import { endLapsedDailyCodes } from './daily-lapses.ts';
import { liveGrantsAt } from '../access/live-access.ts';
import { retireCredentials, type CredentialToRetire } from './retired-credentials.ts';
import type { Work } from '../work.ts';

const DOORS_AT_ONCE = 200;

/**
 * Takes the credentials of those away whose last Key at these doors has ended by its date. Call it before new access is
 * written: who lost the last Key gets a new code with the next. `personId` absent: everybody's.
 */
export async function retireEnded(work: Work, doorIds: readonly string[], personId?: string): Promise<void> {
  const personIds = personId === undefined ? undefined : [personId];
  for (const doors of batchesOf(doorIds, DOORS_AT_ONCE)) {
    await endLapsedDailyCodes(work, doors, personId);
    const held = await credentialsAt(work, doors, personIds);
    if (held.length === 0) continue;
    const live = await liveGrantsAt(work.trx, doors, work.nowS, personIds);
    const open = new Set(live.map((grant) => pairOf(grant.personId, grant.doorId)));
    const coded = new Set(
      live.flatMap((grant) => (grant.providesDoorcodes ? [pairOf(grant.personId, grant.doorId)] : [])),
    );
    const ended = held.filter(
      ({ kind, person_id, door_id }) => !(kind === 'doorcode' ? coded : open).has(pairOf(person_id, door_id)),
    );
    await retireCredentials(work, ended);
    await noteAccessChanges(
      work,
      ended.map((row) => ({ personId: row.person_id, doorId: row.door_id })),
    );
  }
}

export const credentialsAt = (
  work: Work,
  doorIds: readonly string[],
  personIds: readonly string[] | undefined,
): Promise<CredentialToRetire[]> =>
  work.trx
    .selectFrom('credentials')
    .select(['number', 'kind', 'person_id', 'door_id', 'value'])
    .where('door_id', 'in', [...doorIds])
    .$if(personIds !== undefined, (query) => query.where('person_id', 'in', [...(personIds ?? [])]))
    .execute();

/** Neither id holds a space. */
export const pairOf = (personId: string, doorId: string): string => `${personId} ${doorId}`;
