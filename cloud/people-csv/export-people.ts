// People as a file that an upload takes: uploaded again where it came from it changes nothing. Guests are left out, as
// their Keys are their hosts'; and no cell is a formula.
import { stringify } from 'csv-stringify/sync';
import { csvColumns } from '#protocol/api/imports.ts';
import { GRANTS_PER_INVITE_MAX, PeopleQuery, type Grant, type Person } from '#protocol/api/people.ts';
import { PAGE_MAX_ITEMS } from '#protocol/api/values.ts';
import { utf8 } from '#protocol/bytes.ts';
import { listPeople } from '../domain/people/people-list.ts';
import { propertyOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import { keysCell, neutralised } from './cells.ts';
import { dateCell } from './date-cells.ts';

/** So that spreadsheets take it for UTF-8. */
const BOM = '\ufeff';

/** Page by page, each in a transaction of its own: nobody waits for a large property. */
export async function exportPeople(
  read: <T>(run: (work: Work) => Promise<T>) => Promise<T>,
  propertyId: string,
  { showExpired }: { readonly showExpired: boolean },
): Promise<Uint8Array> {
  const { zone } = await read((work) => propertyOf(work, propertyId));
  const lines: string[][] = [[...csvColumns]];
  for (let after: string | null | undefined; after !== null;) {
    const query = PeopleQuery.parse({ limit: PAGE_MAX_ITEMS, after, showExpired: String(showExpired) });
    const page = await read((work) => listPeople(work, propertyId, query));
    for (const person of page.items) lines.push(...rowsOf(person, zone));
    after = page.next;
  }
  return utf8(BOM + stringify(lines, { record_delimiter: '\r\n' }));
}

/** One for each pair of dates; one without Keys for who holds none. */
function rowsOf(person: Person, zone: string): string[][] {
  const given = person.grants.filter(({ host }) => host === null);
  if (given.length === 0 && person.grants.length > 0) return [];
  const held = given.filter(({ state }) => state === 'current' || state === 'future');
  const groups = byDates(held);
  if (groups.length === 0) return [rowOf(person, [], '', '')];
  return groups.map((grants) => {
    const { startsAtS, expiresAtS } = grants[0] as Grant;
    return rowOf(
      person,
      grants.map(({ keyName }) => keyName),
      dateCell(startsAtS, zone, 'from'),
      expiresAtS === null ? '' : dateCell(expiresAtS, zone, 'through'),
    );
  });
}

/** No more in one than a row may name. */
function byDates(grants: readonly Grant[]): Grant[][] {
  const groups: Grant[][] = [];
  for (const grant of grants) {
    const group = groups.find(
      (some) =>
        some.length < GRANTS_PER_INVITE_MAX &&
        some[0]?.startsAtS === grant.startsAtS &&
        some[0].expiresAtS === grant.expiresAtS,
    );
    if (group === undefined) groups.push([grant]);
    else group.push(grant);
  }
  return groups;
}

const rowOf = (person: Person, keyNames: readonly string[], start: string, expiration: string): string[] =>
  [
    person.firstName,
    person.lastName,
    person.email,
    person.phone ?? '',
    person.credential === 'app' ? 'app' : 'daily doorcode',
    person.resident ? 'yes' : 'no',
    person.mayShare ? 'yes' : 'no',
    keysCell(keyNames),
    start,
    expiration,
  ].map(neutralised);
