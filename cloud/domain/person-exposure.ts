// Where an old credential may still open that should not: what a person's locks hold, or may hold, beyond what the
// person is granted now.
import type { Exposure } from '#protocol/api/people.ts';
import type { CredentialKind } from '../db/schema/people.ts';
import { exposedDailyCodes } from './daily-view.ts';
import { liveGrantsAt, type LiveGrant } from './live-access.ts';
import { requirePerson } from './person-codes.ts';
import { rowsAtLock, type RowAtLock } from './rows-at-lock.ts';
import type { Work } from './work.ts';

/** Doors whose locks may hold more for the person than the grants say, whoever changed them and when. */
export async function exposureOf(work: Work, personId: string): Promise<Exposure[]> {
  await requirePerson(work, personId);
  const current = await currentOf(work, personId);
  const retired = await retiredOf(work, personId);
  const doors = new Map([...current, ...retired].map(({ door_id, name }) => [door_id, name]));
  const exposed = new Map<string, Exposure>();
  for (const [doorId, doorName] of doors) {
    const isHere = (credential: { door_id: string }): boolean => credential.door_id === doorId;
    const here = current.filter(isHere);
    const numbers = new Set([...here, ...retired.filter(isHere)].map(({ number }) => number));
    const rows = await rowsAtLock(work, doorId, numbers);
    const live = await liveGrantsAt(work.trx, [doorId], work.nowS, [personId]);
    const isHeld = (row: RowAtLock): boolean => here.some(({ number }) => number === row.number);
    const over = (rows?.possible ?? []).filter(
      (row) =>
        isToCome(row.expiresAtS, work.nowS) &&
        !(isHeld(row) && isGranted(row, grantsFor(row.kind, live), work.nowS)),
    );
    if (over.length === 0) continue;
    const by = [...new Set(over.map(({ kind }) => kind))].sort();
    exposed.set(doorId, { doorId, doorName, by, untilS: lastEnd(over) });
  }
  for (const daily of await exposedDailyCodes(work, personId)) {
    const before = exposed.get(daily.doorId);
    if (before === undefined) exposed.set(daily.doorId, daily);
    else exposed.set(daily.doorId, { ...before, by: [...before.by, ...daily.by] });
  }
  return [...exposed.values()].sort((a, b) => (a.doorName < b.doorName ? -1 : 1));
}

const isToCome = (endS: number | null, nowS: number): boolean => endS === null || endS > nowS;

const grantsFor = (kind: CredentialKind, live: readonly LiveGrant[]): LiveGrant[] =>
  live.filter((grant) => kind !== 'doorcode' || grant.providesDoorcodes);

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

const currentOf = (work: Work, personId: string) =>
  work.trx
    .selectFrom('credentials')
    .innerJoin('doors', 'doors.id', 'credentials.door_id')
    .select(['credentials.number', 'credentials.door_id', 'doors.name'])
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
