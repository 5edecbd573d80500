// When a row happened, as far as is known today. Rows that a lock wrote without a clock are dated by what comes later in
// the same boot, or by their neighbours: those are looked at again with each batch until nothing can date them better.
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { dateRows, type RowDate } from '#protocol/log/row-dates.ts';
import type { LogEntry } from '#protocol/log/row.ts';
import type { Schema } from '../../db/schema.ts';
import type { Work } from '../work.ts';

/** Of one lock without a clock for a long time: older ones keep the date that they have. */
const UNDATED_MAX = 2_000;

export interface NumberedEntry extends LogEntry {
  readonly number: number;
}

export interface KnownDate {
  readonly date: RowDate;
  /** What lists are ordered by; never in the future. */
  readonly atS: number;
  readonly isUndated: boolean;
}

/** Of `rows` and of those held that they date better, by number. */
export async function datesOf(
  work: Work,
  lockId: string,
  rows: readonly NumberedEntry[],
): Promise<{ own: Map<number, KnownDate>; held: Map<number, KnownDate> }> {
  const undated = await undatedRows(work, lockId);
  const isPlain = undated.length === 0 && rows.every(({ clockTrust }) => clockTrust !== 'lost');
  const around = isPlain ? [] : await rowsAround(work, lockId, [...undated, ...rows]);
  const run = inOrder([...around, ...undated, ...rows]);
  const newestBoot = Math.max(...run.map(({ bootCount }) => bootCount));
  const dated = new Map(dateRows(run).map((row) => [row.number, knownDate(work.nowS, row, newestBoot)]));
  const pick = (wanted: readonly NumberedEntry[]): Map<number, KnownDate> =>
    new Map(wanted.map(({ number }) => [number, dated.get(number) as KnownDate]));
  return { own: pick(rows), held: pick(undated) };
}

export async function updateDates(
  work: Work,
  lockId: string,
  held: ReadonlyMap<number, KnownDate>,
): Promise<void> {
  for (const [number, { date, atS, isUndated }] of held) {
    await work.trx
      .updateTable('activity')
      .set({ date: JSON.stringify(date), at_s: atS, undated: isUndated ? 1 : 0 })
      .where('lock_id', '=', lockId)
      .where('number', '=', number)
      .execute();
  }
}

function knownDate(
  nowS: number,
  { date, bootCount }: { readonly date: RowDate; readonly bootCount: number },
  newestBoot: number,
): KnownDate {
  if (date.by !== 'neighbours') return { date, atS: Math.min(date.atS, nowS), isUndated: false };
  const atS = Math.min(date.notBeforeS ?? date.notAfterS ?? nowS, nowS);
  return { date, atS, isUndated: date.notAfterS === undefined || bootCount === newestBoot };
}

const entryOf = (row: Schema['activity']): NumberedEntry => ({
  number: row.number,
  typeNumber: row.type_number,
  bootCount: row.boot,
  timeS: row.lock_time_s,
  clockTrust: row.clock_trust,
  data: row.data,
});

async function undatedRows(work: Work, lockId: string): Promise<NumberedEntry[]> {
  const rows = await work.trx
    .selectFrom('activity')
    .selectAll()
    .where('lock_id', '=', lockId)
    .where('undated', '=', 1)
    .orderBy('number', 'desc')
    .limit(UNDATED_MAX)
    .execute();
  return rows.map(entryOf);
}

/** What says how time went in these boots, and the last row before them that has a time. */
async function rowsAround(
  work: Work,
  lockId: string,
  rows: readonly NumberedEntry[],
): Promise<NumberedEntry[]> {
  const boots = [...new Set(rows.map(({ bootCount }) => bootCount))];
  const ofLock = work.trx.selectFrom('activity').selectAll().where('lock_id', '=', lockId);
  const clocks = await ofLock
    .where('type_number', 'in', [EVENT_TYPES.clockLost, EVENT_TYPES.clockSet])
    .where('boot', 'in', boots)
    .execute();
  const before = await ofLock
    .where('number', '<', Math.min(...rows.map(({ number }) => number)))
    .where('clock_trust', '!=', 'lost')
    .orderBy('number', 'desc')
    .limit(1)
    .execute();
  return [...before, ...clocks].map(entryOf);
}

/** By number, each once. */
function inOrder(rows: readonly NumberedEntry[]): NumberedEntry[] {
  const byNumber = new Map(rows.map((row) => [row.number, row]));
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}
