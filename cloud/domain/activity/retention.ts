// How long activity is kept: as the property says, and then it goes, with the names of deleted people to whom nothing
// refers any more.
import type { Desk } from '../../desk.ts';
import type { Trx } from '../../db/store.ts';
import { DAY_S } from '../local-day.ts';

/** In one transaction: the others wait no longer than for any other change. */
const ROWS_A_STEP = 1_000;
const PEOPLE_A_STEP = 100;

/** Idempotent; true where more is to be done. */
export async function sweepRetention(desk: Desk): Promise<boolean> {
  const nowS = desk.nowS();
  const { store } = desk.parts;
  const properties = await store.read((trx) =>
    trx.selectFrom('properties').select(['id', 'retention_days']).orderBy('id').execute(),
  );
  let isMore = false;
  for (const { id, retention_days: days } of properties) {
    const beforeS = nowS - days * DAY_S;
    const due = await store.read((trx) => isAnythingDue(trx, id, beforeS));
    if (!due) continue;
    const count = await store.write(async (trx) => {
      await forgetGaps(trx, id, beforeS);
      return (await forgetRows(trx, id, beforeS)) + (await forgetNames(trx, id, beforeS));
    });
    isMore ||= count > 0;
  }
  return isMore;
}

async function isAnythingDue(trx: Trx, propertyId: string, beforeS: number): Promise<boolean> {
  const rows = await overRows(trx, propertyId, beforeS, 1);
  if (rows.length > 0) return true;
  return (await forgottenPeople(trx, propertyId, beforeS, 1)).length > 0;
}

async function forgetRows(trx: Trx, propertyId: string, beforeS: number): Promise<number> {
  const rows = await overRows(trx, propertyId, beforeS, ROWS_A_STEP);
  for (const { lock_id, number } of rows) {
    await trx.deleteFrom('activity').where('lock_id', '=', lock_id).where('number', '=', number).execute();
  }
  return rows.length;
}

/** The hidden ones and the others, each along its part of the index. */
async function overRows(trx: Trx, propertyId: string, beforeS: number, limit: number) {
  const rows = [];
  for (const hidden of [0, 1]) {
    const some = await trx
      .selectFrom('activity')
      .select(['lock_id', 'number'])
      .where('property_id', '=', propertyId)
      .where('hidden', '=', hidden)
      .where('at_s', '<', beforeS)
      .orderBy('at_s')
      .limit(limit)
      .execute();
    rows.push(...some);
  }
  return rows;
}

async function forgetGaps(trx: Trx, propertyId: string, beforeS: number): Promise<void> {
  await trx
    .deleteFrom('activity_gaps')
    .where('found_at_s', '<', beforeS)
    .where('door_id', 'in', (query) =>
      query.selectFrom('doors').select('doors.id').where('doors.property_id', '=', propertyId),
    )
    .execute();
}

async function forgetNames(trx: Trx, propertyId: string, beforeS: number): Promise<number> {
  const people = await forgottenPeople(trx, propertyId, beforeS, PEOPLE_A_STEP);
  for (const { id, account_id: accountId } of people) {
    const nobody = { first_name: '', last_name: '', sort_name: '', search: '', phone: null };
    await trx.updateTable('people').set(nobody).where('id', '=', id).execute();
    await forgetAddress(trx, accountId);
  }
  return people.length;
}

/** Deleted for as long as activity is kept, in none of it, and in no lock's table any more. */
const forgottenPeople = (trx: Trx, propertyId: string, beforeS: number, limit: number) =>
  trx
    .selectFrom('people')
    .select(['people.id', 'people.account_id'])
    .where('people.property_id', '=', propertyId)
    .where('people.deleted_at_s', '<=', beforeS)
    .where('people.search', '!=', '')
    .where((eb) =>
      eb.not(
        eb.or([
          eb.exists(
            eb
              .selectFrom('activity')
              .select('activity.number')
              .whereRef('activity.person_id', '=', 'people.id'),
          ),
          eb.exists(
            eb
              .selectFrom('activity')
              .select('activity.number')
              .whereRef('activity.host_id', '=', 'people.id'),
          ),
          eb.exists(
            eb
              .selectFrom('retired_credentials')
              .select('retired_credentials.number')
              .whereRef('retired_credentials.person_id', '=', 'people.id'),
          ),
        ]),
      ),
    )
    .limit(limit)
    .execute();

/** Of an account that is nobody any more, anywhere. */
async function forgetAddress(trx: Trx, accountId: string): Promise<void> {
  const named = await trx
    .selectFrom('people')
    .select('id')
    .where('account_id', '=', accountId)
    .where('search', '!=', '')
    .limit(1)
    .executeTakeFirst();
  const manager = await trx
    .selectFrom('managers')
    .select('account_id')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (named !== undefined || manager !== undefined) return;
  await trx
    .updateTable('accounts')
    .set({ email: `${accountId}@forgotten.invalid`, state: 'pending', password_hash: null })
    .where('id', '=', accountId)
    .execute();
  await trx.deleteFrom('mails').where('account_id', '=', accountId).where('state', '!=', 'waiting').execute();
}
