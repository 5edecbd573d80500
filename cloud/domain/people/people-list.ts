// The list of people: in the order of last names, filtered, and within the Keys that the caller manages.
import { sql, type SqlBool } from 'kysely';
import type { PeopleQuery } from '#protocol/api/people.ts';
import { afterCursor, decodeCursor, pageOf } from '../pages.ts';
import { searchable } from './people.ts';
import { peopleRows } from './person-change.ts';
import { EXPIRING_SOON_S, personViews } from './person-view.ts';
import { keysWithin } from '../rights/rights-check.ts';
import { keyOf, propertyOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

/** Who held Keys once and holds none now is listed with showExpired only. */
export async function listPeople(work: Work, propertyId: string, wish: PeopleQuery) {
  await propertyOf(work, propertyId);
  if (wish.keyId !== undefined) await keyOf(work, wish.keyId);
  const rows = await filtered(work, propertyId, wish)
    .where(afterCursor(decodeCursor(wish.after), 'people.sort_name', 'people.id'))
    .orderBy('people.sort_name')
    .orderBy('people.id')
    .limit(wish.limit + 1)
    .execute();
  const page = pageOf(
    rows,
    wish.limit,
    ({ sort_name: sort, id }) => ({ sort, id }),
    (row) => row,
  );
  return { items: await personViews(work, page.items), next: page.next };
}

function filtered(work: Work, propertyId: string, wish: PeopleQuery) {
  const within = keysWithin(work, propertyId);
  const grantsShown = grantsOfPerson(within);
  const live = liveAt(work.nowS);
  let query = peopleRows(work).where('people.property_id', '=', propertyId);
  if (within !== undefined) query = query.where(sql<SqlBool>`exists (${grantsShown})`);
  if (!wish.showExpired) {
    query = query.where(sql<SqlBool>`(exists (${grantsShown} and ${live}) or not exists (${grantsShown}))`);
  }
  if (wish.keyId !== undefined) {
    query = query.where(sql<SqlBool>`exists (${grantsShown} and ${live} and grants.key_id = ${wish.keyId})`);
  }
  if (wish.expiringSoon) {
    const soonS = work.nowS + EXPIRING_SOON_S;
    query = query
      .where(sql<SqlBool>`exists (${grantsShown} and ${live} and grants.starts_at_s <= ${work.nowS})`)
      .where(
        sql<SqlBool>`not exists (${grantsShown} and ${live} and (grants.expires_at_s is null or grants.expires_at_s > ${soonS}))`,
      );
  }
  if (wish.search !== undefined) query = query.where(contains(searchable(wish.search)));
  if (wish.email !== undefined) query = query.where('accounts.email', '=', wish.email);
  if (wish.credential !== undefined) query = query.where('people.credential', '=', wish.credential);
  if (wish.resident !== undefined)
    query = query.where('people.resident', '=', wish.resident === 'true' ? 1 : 0);
  if (wish.account !== undefined) query = query.where('accounts.state', '=', wish.account);
  return query;
}

/** As a subquery whose conditions go on. */
function grantsOfPerson(within: ReadonlySet<string> | undefined) {
  const own = sql`select grants.id from grants where grants.person_id = people.id`;
  if (within === undefined) return own;
  return within.size === 0
    ? sql`${own} and 1 = 0`
    : sql`${own} and grants.key_id in (${sql.join([...within])})`;
}

const liveAt = (nowS: number) =>
  sql`grants.revoked_at_s is null and (grants.expires_at_s is null or grants.expires_at_s > ${nowS})`;

/** The escape character is named, as databases differ in having one by default. */
const contains = (text: string) =>
  sql<SqlBool>`people.search like ${`%${text.replace(/[\\%_]/g, '\\$&')}%`} escape ${'\\'}`;
