// A person's codes against what the locks hold: where each opens now, where it waits for a Door Sync, and where an
// old one may still open that should not.
import type { Code, Exposure } from '#protocol/api/people.ts';
import { liveGrantsAt, type LiveGrant } from './live-access.ts';
import { rowsAtLock, type RowAtLock } from './rows-at-lock.ts';
import { personOf } from './tenancy.ts';
import type { Work } from './work.ts';

/** Codes of access that is in force or to come, with what the door's lock has proven to hold of each. */
export async function personCodes(work: Work, personId: string): Promise<Code[]> {
  await personOf(work, personId);
  const codes: Code[] = [];
  for (const { number, door_id: doorId, value: code, name: doorName } of await codesOf(work, personId)) {
    const wanted = await liveGrantsAt(work.trx, doorId, work.nowS, personId);
    if (wanted.length === 0) continue;
    const rows = await rowsAtLock(work, doorId, new Set([number]));
    const atLock = rows === undefined ? 'no-lock' : stateOf(wanted, rows.proven, work.nowS);
    const startsAtS = Math.min(...wanted.map((grant) => grant.startsAtS));
    const isLater = startsAtS > work.nowS;
    codes.push({ doorId, doorName, kind: 'doorcode', code, atLock, startsAtS: isLater ? startsAtS : null });
  }
  return codes;
}

/** Live only by a row that is wanted as it is: other dates wait for their Door Sync. */
function stateOf(wanted: readonly LiveGrant[], proven: readonly RowAtLock[], nowS: number): Code['atLock'] {
  const there = wanted.filter((grant) => proven.some((row) => hasDatesOf(row, grant)));
  if (there.some((grant) => grant.startsAtS <= nowS)) return 'live';
  const isNothingDueYet = wanted.every((grant) => grant.startsAtS > nowS);
  return isNothingDueYet && there.length > 0 ? 'starts-later' : 'waits-for-sync';
}

const hasDatesOf = (row: RowAtLock, grant: LiveGrant): boolean =>
  row.startsAtS === grant.startsAtS && row.expiresAtS === grant.expiresAtS;

/** Doors whose locks may hold more for the person than the grants say, whoever changed them and when. */
export async function exposureOf(work: Work, personId: string): Promise<Exposure[]> {
  await personOf(work, personId);
  const current = await codesOf(work, personId);
  const retired = await retiredOf(work, personId);
  const doors = new Map([...current, ...retired].map(({ door_id, name }) => [door_id, name]));
  const exposed: Exposure[] = [];
  for (const [doorId, doorName] of doors) {
    const isHere = (code: { door_id: string }): boolean => code.door_id === doorId;
    const numbers = new Set([...current, ...retired].filter(isHere).map(({ number }) => number));
    const rows = await rowsAtLock(work, doorId, numbers);
    const live = await liveGrantsAt(work.trx, doorId, work.nowS, personId);
    const number = current.find(isHere)?.number;
    const over = (rows?.possible ?? []).filter(
      (row) =>
        isToCome(row.expiresAtS, work.nowS) && !(row.number === number && isGranted(row, live, work.nowS)),
    );
    if (over.length > 0) exposed.push({ doorId, doorName, untilS: lastEnd(over) });
  }
  return exposed.sort((a, b) => (a.doorName < b.doorName ? -1 : 1));
}

const isToCome = (endS: number | null, nowS: number): boolean => endS === null || endS > nowS;

/** What is left of the row's time lies within one grant. */
const isGranted = (row: RowAtLock, live: readonly LiveGrant[], nowS: number): boolean =>
  live.some(
    ({ startsAtS, expiresAtS }) =>
      startsAtS <= Math.max(row.startsAtS, nowS) &&
      (expiresAtS === null || (row.expiresAtS !== null && row.expiresAtS <= expiresAtS)),
  );

function lastEnd(rows: readonly RowAtLock[]): number | null {
  const ends = rows.map(({ expiresAtS }) => expiresAtS ?? Infinity);
  const last = Math.max(...ends);
  return last === Infinity ? null : last;
}

const codesOf = (work: Work, personId: string) =>
  work.trx
    .selectFrom('credentials')
    .innerJoin('doors', 'doors.id', 'credentials.door_id')
    .select(['credentials.number', 'credentials.door_id', 'credentials.value', 'doors.name'])
    .where('credentials.person_id', '=', personId)
    .orderBy('doors.name')
    .orderBy('doors.id')
    .execute();

const retiredOf = (work: Work, personId: string) =>
  work.trx
    .selectFrom('retired_credentials')
    .innerJoin('doors', 'doors.id', 'retired_credentials.door_id')
    .select(['retired_credentials.number', 'retired_credentials.door_id', 'doors.name'])
    .where('retired_credentials.person_id', '=', personId)
    .execute();
