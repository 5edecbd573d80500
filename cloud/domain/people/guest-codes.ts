// The daily doorcodes of a guest, who has no app to see them: the host passes them on. What others gave the same guest is
// not the host's to see.
import type { DailyCode } from '#protocol/api/people.ts';
import { personDailyCodes } from '../codes/daily-view.ts';
import { givenGrant } from './guests.ts';
import { grantState } from './person-view.ts';
import type { Work } from '../work.ts';

/** Of the doors of the Key that was given, while it is in force or to come. Throws NOT_FOUND. */
export async function guestCodes(work: Work, grantId: string): Promise<DailyCode[]> {
  const grant = await givenGrant(work, grantId);
  const state = grantState(grant, work.nowS);
  if (state !== 'current' && state !== 'future') return [];
  const doors = await work.trx
    .selectFrom('key_doors')
    .select('door_id')
    .where('key_id', '=', grant.key_id)
    .where('provide_doorcodes', '=', 1)
    .execute();
  const doorIds = new Set(doors.map(({ door_id }) => door_id));
  return personDailyCodes(work, grant.person_id, { doorIds, startsAtS: grant.starts_at_s });
}
