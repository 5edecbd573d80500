// Rows that a lock may have of certain people and that no grant covers now: a credential that was taken away, or one that
// opens for longer, or at other hours, than its person is granted.
import { ROW_BYTES } from '#protocol/limits.ts';
import type { ScheduleWindow } from '#protocol/table/head.ts';
import { credentialIdOf, decodeRow, NO_END, type Row } from '#protocol/table/rows.ts';
import type { CredentialKind } from '../../db/schema/people.ts';
import { windowsOf } from '../access/key-schedules.ts';
import { groupBy } from '../groups.ts';
import { liveGrantsAt, type LiveGrant } from '../access/live-access.ts';
import { hoursNow } from './hours-at-lock.ts';
import type { WholeTable } from './tables-at-lock.ts';
import type { Work } from '../work.ts';

export interface ExposedRows {
  readonly by: CredentialKind[];
  /** Null where it does not end by itself. */
  readonly untilS: number | null;
  readonly sinceS: number | null;
}

interface DoorOfTables {
  readonly id: string;
}

interface KnownNumber {
  readonly personId: string;
  /** When it was taken away; null where it is still the person's. */
  readonly retiredAtS: number | null;
}

/** By person; nobody who has no more at the lock than is granted. */
export async function exposedRows(
  work: Work,
  door: DoorOfTables,
  tables: readonly WholeTable[],
  personIds: readonly string[],
): Promise<Map<string, ExposedRows>> {
  if (personIds.length === 0 || tables.length === 0) return new Map();
  const numbers = await numbersOf(work, door.id, personIds);
  const grants = groupBy(
    await liveGrantsAt(work.trx, [door.id], work.nowS, personIds),
    (grant) => grant.personId,
  );
  const hasHours = tables.some(({ head }) => head !== undefined && head.schedules.length > 0);
  const isAtSameHours = hasHours ? await hoursNow(work, door.id) : () => true;
  const over = new Map<string, { row: Row; known: KnownNumber }[]>();
  for (const { rows, head } of tables) {
    const schedules = head !== undefined && isAtSameHours(head) ? head.schedules : [];
    for (const row of rowsOfNumbers(rows, numbers)) {
      const known = numbers.get(row.credentialId);
      if (known === undefined || row.endS <= work.nowS) continue;
      const windows = row.schedule === 0 ? null : (schedules[row.schedule - 1] ?? null);
      const own = known.retiredAtS === null ? (grants.get(known.personId) ?? []) : [];
      if (own.some((grant) => covers(grant, row, windows, work.nowS))) continue;
      over.set(known.personId, [...(over.get(known.personId) ?? []), { row, known }]);
    }
  }
  const since = await changedSinceS(work, door, [...over.keys()]);
  return new Map(
    [...over].map(([personId, found]) => {
      const ends = found.map(({ row }) => row.endS);
      const retired = found.flatMap(({ known }) => known.retiredAtS ?? []);
      const last = Math.max(...ends);
      return [
        personId,
        {
          by: [...new Set(found.map(({ row }) => row.kind))].sort(),
          untilS: last === NO_END ? null : last,
          sinceS: retired.length > 0 ? Math.min(...retired) : (since.get(personId) ?? null),
        },
      ];
    }),
  );
}

/** What is left of the row's time, and all its hours, lie within the grant. */
function covers(
  grant: LiveGrant,
  row: Row,
  windows: readonly ScheduleWindow[] | null,
  nowS: number,
): boolean {
  if (row.kind === 'doorcode' && !grant.providesDoorcodes) return false;
  if (grant.startsAtS > Math.max(row.startS, nowS)) return false;
  if (grant.expiresAtS !== null && row.endS > grant.expiresAtS) return false;
  if (grant.schedule === null) return true;
  return windows !== null && isSameSchedule(windows, windowsOf(grant.schedule));
}

/** A schedule within another one counts as another: until the sync, the hours between are not what was granted. */
export const isSameSchedule = (a: readonly ScheduleWindow[], b: readonly ScheduleWindow[]): boolean =>
  textOf(a) === textOf(b);

const textOf = (windows: readonly ScheduleWindow[]): string =>
  windows
    .map(({ days, startMinute, endMinute }) => `${days} ${startMinute} ${endMinute}`)
    .sort()
    .join();

function* rowsOfNumbers(rows: Uint8Array, numbers: ReadonlyMap<number, unknown>): Generator<Row> {
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    const row = rows.subarray(at, at + ROW_BYTES);
    if (numbers.has(credentialIdOf(row))) yield decodeRow(row);
  }
}

async function numbersOf(
  work: Work,
  doorId: string,
  personIds: readonly string[],
): Promise<Map<number, KnownNumber>> {
  const current = await work.trx
    .selectFrom('credentials')
    .select(['number', 'person_id'])
    .where('door_id', '=', doorId)
    .where('person_id', 'in', [...personIds])
    .execute();
  const retired = await work.trx
    .selectFrom('retired_credentials')
    .select(['number', 'person_id', 'retired_at_s'])
    .where('door_id', '=', doorId)
    .where('person_id', 'in', [...personIds])
    .execute();
  const numbers = new Map<number, KnownNumber>();
  for (const row of current) numbers.set(row.number, { personId: row.person_id, retiredAtS: null });
  for (const row of retired)
    numbers.set(row.number, { personId: row.person_id, retiredAtS: row.retired_at_s });
  return numbers;
}

/** When the last change of a person's access at the door was made that its lock has not proven. */
async function changedSinceS(
  work: Work,
  door: DoorOfTables,
  personIds: readonly string[],
): Promise<Map<string, number>> {
  if (personIds.length === 0) return new Map();
  const rows = await work.trx
    .selectFrom('access_changes')
    .innerJoin('sync_tasks', (join) =>
      join
        .onRef('sync_tasks.door_id', '=', 'access_changes.door_id')
        .onRef('sync_tasks.table_version', '=', 'access_changes.table_version'),
    )
    .select(['access_changes.person_id', 'sync_tasks.since_s'])
    .where('access_changes.door_id', '=', door.id)
    .where('access_changes.person_id', 'in', [...personIds])
    .where('sync_tasks.closed_at_s', 'is', null)
    .execute();
  return new Map(rows.map((row) => [row.person_id, row.since_s]));
}
