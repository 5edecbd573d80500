// Other doorcodes for people who have one: by the resident's wish, and because a property's codes were made longer.
import { provenVersion } from '../sync/proven-table.ts';
import type { AccessChange } from '../access/access-changes.ts';
import { settleCredentials } from './credentials.ts';
import { retireEnded } from './ended-credentials.ts';
import { Refusal } from '../refusal.ts';
import { codesStillAtLock, retireCredentials, type CredentialToRetire } from './retired-credentials.ts';
import type { Work } from '../work.ts';

/**
 * Another code for a resident at a Residence door. Throws CODE_NOT_RESETTABLE elsewhere, and while the lock may still
 * hold the code before the present one, since each such code is one that nobody else can have; NOT_FOUND where the
 * person has none there. Who asks has been allowed to.
 */
export async function resetCode(work: Work, personId: string, doorId: string): Promise<void> {
  const held = await work.trx
    .selectFrom('credentials')
    .innerJoin('doors', 'doors.id', 'credentials.door_id')
    .selectAll('credentials')
    .select(['doors.name', 'doors.type'])
    .where('credentials.person_id', '=', personId)
    .where('credentials.door_id', '=', doorId)
    .where('credentials.kind', '=', 'doorcode')
    .executeTakeFirst();
  if (held === undefined) throw new Refusal('NOT_FOUND', 'There is no doorcode of yours at this door.');
  if (held.type !== 'residence') {
    throw new Refusal('CODE_NOT_RESETTABLE', `The code of ${held.name} cannot be reset.`, {
      subject: doorId,
      next: 'Ask a manager to take the Key away and give it again: that brings another code.',
    });
  }
  if (await isWaiting(work, personId, doorId)) {
    throw new Refusal('CODE_NOT_RESETTABLE', `The lock of ${held.name} has not got the last new code yet.`, {
      subject: doorId,
      next: 'Sync the door with the app, and reset the code again then.',
    });
  }
  await redraw(work, [held], [personId], [doorId], { reason: 'access-changed', dueS: work.nowS });
}

/** For the lock to prove that a code of the person is gone. */
async function isWaiting({ trx }: Work, personId: string, doorId: string): Promise<boolean> {
  const held = await codesStillAtLock(trx, doorId, await provenVersion(trx, doorId))
    .select('number')
    .where('person_id', '=', personId)
    .limit(1)
    .executeTakeFirst();
  return held !== undefined;
}

/**
 * After the property's codes were made longer: everybody with a shorter one gets another, at once and at every door.
 * Throws CODES_EXHAUSTED.
 */
export async function lengthenCodes(work: Work, propertyId: string, length: number): Promise<void> {
  const doors = await work.trx
    .selectFrom('doors')
    .select('id')
    .where('property_id', '=', propertyId)
    .orderBy('id')
    .execute();
  for (const { id: doorId } of doors) {
    await retireEnded(work, [doorId]);
    const codes = await work.trx
      .selectFrom('credentials')
      .selectAll()
      .where('door_id', '=', doorId)
      .where('kind', '=', 'doorcode')
      .execute();
    const short = codes.filter(({ value }) => value.length < length);
    if (short.length === 0) continue;
    const personIds = short.map((code) => code.person_id);
    await redraw(work, short, personIds, [doorId], { reason: 'access-changed', dueS: work.nowS });
  }
}

async function redraw(
  work: Work,
  codes: readonly CredentialToRetire[],
  personIds: readonly string[],
  doorIds: readonly string[],
  change: AccessChange,
): Promise<void> {
  await retireCredentials(work, codes);
  await settleCredentials(work, personIds, doorIds, change);
}
