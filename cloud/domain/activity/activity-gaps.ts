// Rows that a lock has no more. A lock that lost some says so in a row of its own, which comes later: what no such row
// explains once the log is here to its end is an alarm.
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { unexplainedLosses, type LostRows } from '#protocol/log/join.ts';
import type { Schema } from '../../db/schema.ts';
import { endAlarm, raiseAlarm, type AlarmDoor } from './alarms.ts';
import type { Work } from '../work.ts';

/** The newest rows of a lock that own up to losses: each tells of many. */
const GAP_ROWS_MAX = 1_000;

export async function noteGaps(
  work: Work,
  lockId: string,
  doorId: string,
  lost: readonly LostRows[],
): Promise<void> {
  for (const { from, to } of lost) {
    await work.trx
      .insertInto('activity_gaps')
      .values({
        lock_id: lockId,
        from_number: from,
        to_number: to,
        door_id: doorId,
        explained: 0,
        found_at_s: work.nowS,
      })
      .execute();
  }
}

/** Call it after the rows are stored. `isWhole`: the log is here to its end. */
export async function settleGaps(
  work: Work,
  lockId: string,
  door: AlarmDoor,
  isWhole: boolean,
): Promise<void> {
  const open = await work.trx
    .selectFrom('activity_gaps')
    .selectAll()
    .where('lock_id', '=', lockId)
    .where('explained', '=', 0)
    .execute();
  if (open.length === 0) return;
  const rows = await gapRows(work, lockId);
  const left: Schema['activity_gaps'][] = [];
  for (const gap of open) {
    if (unexplainedLosses([{ from: gap.from_number, to: gap.to_number }], rows).length > 0) {
      left.push(gap);
      continue;
    }
    await work.trx
      .updateTable('activity_gaps')
      .set({ explained: 1 })
      .where('lock_id', '=', lockId)
      .where('from_number', '=', gap.from_number)
      .execute();
  }
  if (left.length === 0) {
    await endAlarm(work, door, 'log-lost');
    return;
  }
  if (!isWhole) return;
  const [first] = left;
  const numbers = `${first?.from_number ?? 0} to ${first?.to_number ?? 0}`;
  await raiseAlarm(
    work,
    door,
    'log-lost',
    `Rows ${numbers} of the lock’s log are missing, and no row says why.`,
  );
}

/** By the lock and the row that they stand before. */
export async function gapsBefore(
  work: Work,
  rows: readonly { readonly lock_id: string; readonly number: number }[],
): Promise<Map<string, Schema['activity_gaps']>> {
  const lockIds = [...new Set(rows.map((row) => row.lock_id))];
  if (lockIds.length === 0) return new Map();
  const ends = [...new Set(rows.map((row) => row.number - 1))];
  const gaps = await work.trx
    .selectFrom('activity_gaps')
    .selectAll()
    .where('lock_id', 'in', lockIds)
    .where('to_number', 'in', ends)
    .execute();
  return new Map(gaps.map((gap) => [`${gap.lock_id}/${gap.to_number + 1}`, gap]));
}

async function gapRows(work: Work, lockId: string) {
  const rows = await work.trx
    .selectFrom('activity')
    .select(['type_number', 'boot', 'lock_time_s', 'clock_trust', 'data'])
    .where('lock_id', '=', lockId)
    .where('type_number', '=', EVENT_TYPES.gap)
    .orderBy('number', 'desc')
    .limit(GAP_ROWS_MAX)
    .execute();
  return rows.map((row) => ({
    typeNumber: row.type_number,
    bootCount: row.boot,
    timeS: row.lock_time_s,
    clockTrust: row.clock_trust,
    data: row.data,
  }));
}
